"""A reset is asked for without an answer, done once, and leaves nothing alive of what was there before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ostiary.errors import Denied
from ostiary.identity import sessions
from ostiary.identity.events import record
from ostiary.identity.factors.owed import owed
from ostiary.identity.flows import passwords
from ostiary.identity.flows.signing_in import account_of
from ostiary.identity.ids import new_secret
from ostiary.identity.mails.templates import lifetime
from ostiary.identity.sessions import Ended
from ostiary.identity.storage import tickets, users

if TYPE_CHECKING:
    from ostiary.identity.services import Services, Visit
    from ostiary.identity.storage.database import AsyncConnection
    from ostiary.identity.storage.users import User

__all__ = ["PURPOSE", "ask", "complete", "is_good"]

PURPOSE: Final = "reset-password"
PAGE: Final = "/reset"
_NOBODY: Final = "nobody@nowhere.invalid"  # about as long as an address is; a stranger's own is not kept
GONE: Final = "the link was used, is too old, or is none of ours"


async def ask(services: Services, visit: Visit, email: str) -> None:
    """Mail a link that sets a new password to the address, if it is an account's.

    The answer and the time are the same if it is not: the same rows are written, for nobody; a disk tells a row that is
    kept from one that is taken back. No mail goes to strangers.

    :raises Denied: 429 when that is asked too often for an address or from a source, known or not.
    """
    await services.gate.knock(visit, "reset")
    await services.gate.send(visit, account_of(email), "reset")
    async with services.database.write() as connection:
        user = await users.by_email(connection, services.ring, email)
        if user is not None and user.disabled_at is not None:
            user = None
        await _owe(services, connection, user)
        await record(
            connection, services, "password.reset-asked", user_id=user.id if user is not None else None, visit=visit
        )


async def _owe(services: Services, connection: AsyncConnection, user: User | None) -> None:
    """Issue the link, and the mail with it."""
    secret = new_secret(services.entropy)
    seconds = float(services.settings.lifetimes.reset)
    to = user.email if user is not None else _NOBODY
    await tickets.issue(
        connection, services.ring, secret, user_id=user.id if user is not None else None, purpose=PURPOSE,
        now=services.now(), seconds=seconds, payload=to.encode(),
    )  # fmt: skip
    values = {"link": services.outgoing.link(PAGE, secret), "lifetime": lifetime(seconds)}
    await services.outgoing.mail(connection, to, "reset-password", values, leaves=user is not None)


async def is_good(services: Services, secret: str) -> bool:
    """Whether a link would count; a page asks before it shows a form. Looking uses nothing up."""
    async with services.database.read() as connection:
        return await tickets.find(connection, services.ring, secret, PURPOSE, now=services.now()) is not None


async def complete(services: Services, visit: Visit, secret: str, password: str) -> None:
    """Set a password by a mailed link. Every session, grant, link and code of the account ends in the same transaction.

    Nobody is signed in by it: the next sign-in asks for the new password and the second factor. The mailbox has proven
    itself, so the address is proven too, and a password that was disabled by guesses is enabled again.

    :raises Denied: 400 when the link is no good, 422 when the password will not do: then the link stays good.
    """
    user, has_factor = await _owner(services, visit, secret)
    passwords.check(services, password, user.email, user.name, has_factor=has_factor)
    made = await services.hasher.hash(password)
    async with services.database.write() as connection:
        ended = await _set(services, connection, visit, user, secret=secret, made=made)
    await sessions.announce(services, ended)


async def _owner(services: Services, visit: Visit, secret: str) -> tuple[User, bool]:
    """Whose link it is, and whether they have a second factor: nothing slow is done for a link that is no good.

    :raises Denied: 400 where it is none.
    """
    async with services.gate.guess(visit, "link") as guess:
        async with services.database.read() as connection:
            ticket = await tickets.find(connection, services.ring, secret, PURPOSE, now=services.now())
            user = await users.by_id(connection, services.ring, ticket.user_id) if ticket and ticket.user_id else None
            has_factor = bool(user and await owed(connection, user.id))
        if ticket is None or user is None or user.disabled_at is not None or ticket.payload.decode() != user.email:
            raise Denied(400, GONE)
        guess.good()
    return user, has_factor


async def _set(
    services: Services, connection: AsyncConnection, visit: Visit, user: User, *, secret: str, made: str
) -> Ended:
    now = services.now()
    used = await tickets.use(connection, services.ring, secret, PURPOSE, now=now)
    if used is None or used.user_id != user.id:
        raise Denied(400, GONE)
    ended = await sessions.end_all(services, connection, user.id, "password-reset", visit=visit)
    if not await users.set_password(connection, user.id, made, now=now):
        raise Denied(400, GONE)  # closed meanwhile: all of this is taken back
    await users.set_email_verified(connection, user.id, now=now)
    await record(connection, services, "password.reset", user_id=user.id, actor=user.id, visit=visit)
    await services.outgoing.mail(connection, user.email, "password-changed", {})
    return ended
