"""An address is proven by the mailed link and by who knows the account's password, both: a click alone proves a mailbox.

Somebody may register another person's address with a password of their own and wait for that person to click. So the link
counts only from a session of the account, or together with its password; whoever has neither did not register, and takes
the account over with a reset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ostiary.errors import Denied
from ostiary.identity.events import record
from ostiary.identity.flows.signing_in import account_of, fail
from ostiary.identity.ids import new_secret
from ostiary.identity.mails.templates import lifetime
from ostiary.identity.sessions import Session
from ostiary.identity.storage import tickets, users

if TYPE_CHECKING:
    from ostiary.identity.services import Services, Visit
    from ostiary.identity.storage.database import AsyncConnection
    from ostiary.identity.storage.tickets import Ticket
    from ostiary.identity.storage.users import User

__all__ = ["GONE", "PURPOSE", "is_good", "issue", "mail", "resend", "verify"]

PURPOSE: Final = "verify-email"
PAGE: Final = "/verify"
GONE: Final = "the link was used, is too old, or is none of ours"


async def issue(services: Services, connection: AsyncConnection, user_id: str | None) -> str:
    """A new link for an account; older ones die. For nobody, the work is the same."""
    secret = new_secret(services.entropy)
    await tickets.issue(
        connection, services.ring, secret, user_id=user_id, purpose=PURPOSE, now=services.now(),
        seconds=float(services.settings.lifetimes.verify),
    )  # fmt: skip
    return services.outgoing.link(PAGE, secret)


async def mail(services: Services, connection: AsyncConnection, to: str, link: str) -> None:
    """Owe the address its link."""
    values = {"link": link, "lifetime": lifetime(float(services.settings.lifetimes.verify))}
    await services.outgoing.mail(connection, to, "verify-email", values)


async def resend(services: Services, visit: Visit, session: Session) -> None:
    """Mail the account's address another link; nothing where it is proven already.

    :raises Denied: 429 when that is asked too often.
    """
    async with services.database.read() as connection:
        user = await users.by_id(connection, services.ring, session.user_id)
    if user is None or not user.email or user.email_verified_at is not None:
        return
    await services.gate.send(visit, account_of(user.email), "verify")
    async with services.database.write() as connection:
        await mail(services, connection, user.email, await issue(services, connection, user.id))


async def is_good(services: Services, secret: str) -> bool:
    """Whether a link would count; a page asks before it shows a button. Looking uses nothing up."""
    async with services.database.read() as connection:
        return await tickets.find(connection, services.ring, secret, PURPOSE, now=services.now()) is not None


async def verify(
    services: Services, visit: Visit, secret: str, *, session: Session | None = None, password: str = ""
) -> None:
    """The address of an account is proven.

    :param session: of the account, if the browser has one; else
    :param password: the account's.
    :raises Denied: 400 when the link is no good, 403 when the password is wrong or missing.
    """
    ticket, user = await _whose(services, visit, secret)
    if session is None or session.user_id != user.id or session.pending:
        await _knows_password(services, visit, user, password)
    async with services.database.write() as connection:
        await _use(services, connection, visit, secret, ticket)


async def _whose(services: Services, visit: Visit, secret: str) -> tuple[Ticket, User]:
    """The ticket and its account.

    :raises Denied: 400 where the link is no good.
    """
    async with services.gate.guess(visit, "link") as guess:
        async with services.database.read() as connection:
            ticket = await tickets.find(connection, services.ring, secret, PURPOSE, now=services.now())
            user = await users.by_id(connection, services.ring, ticket.user_id) if ticket and ticket.user_id else None
        if ticket is None or user is None or user.disabled_at is not None:
            raise Denied(400, GONE)
        guess.good()
    return ticket, user


async def _use(services: Services, connection: AsyncConnection, visit: Visit, secret: str, seen: Ticket) -> None:
    used = await tickets.use(connection, services.ring, secret, PURPOSE, now=services.now())
    if used is None or used.user_id is None or used.user_id != seen.user_id:
        raise Denied(400, GONE)
    await users.set_email_verified(connection, used.user_id, now=services.now())
    await record(connection, services, "account.verified", user_id=used.user_id, actor=used.user_id, visit=visit)


async def _knows_password(services: Services, visit: Visit, user: User, password: str) -> None:
    if not password:
        raise Denied(403, "sign in first, or give the password", members={"needs": "password"})
    async with services.gate.guess(visit, "password", account_of(user.email)) as guess:
        verified = await services.hasher.verify(password, user.password_hash)
        if not verified.good or user.password_disabled:
            await fail(services, visit, user, guessed=not verified.good)
            raise Denied(403, "the password is wrong", members={"needs": "password"})
        guess.good()
