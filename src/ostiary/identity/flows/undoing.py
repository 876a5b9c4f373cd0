"""Who had an address before can take it back for a week: everything of the account ends, and a new password is asked for.

The link that was made first wins: following it voids those of later changes, which lead to whoever made them.
"""

from __future__ import annotations

from typing import Final

from ostiary.errors import Denied
from ostiary.identity import events, sessions
from ostiary.identity.flows import resetting
from ostiary.identity.ids import new_secret
from ostiary.identity.mails.templates import lifetime
from ostiary.identity.services import Services, Visit
from ostiary.identity.sessions import Session
from ostiary.identity.storage import accounts, tickets, users
from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.users import Taken, User
from ostiary.strict import dumps, loads

__all__ = ["is_good", "make_room", "offer", "undo"]

PURPOSE: Final = "undo"
PAGE: Final = "/undo"
GONE: Final = "the link was used, is too old, or is none of ours"
_DAY: Final = 86400.0


async def offer(
    services: Services, connection: AsyncConnection, session: Session, *, kind: str, before: str
) -> dict[str, str]:
    """Make a way back from a change, and what the message to the former contact needs to show it.

    :param session: the one that made the change: what could sign in and was set up since it began goes with it.
    :param kind: "email" or "phone".
    :param before: the former address or number; "" for none.
    """
    secret = new_secret(services.entropy)
    seconds = float(services.settings.lifetimes.undo)
    payload = dumps({"kind": kind, "before": before, "since": session.created_at})
    await tickets.issue(
        connection, services.ring, secret, user_id=session.user_id, purpose=PURPOSE, now=services.now(), seconds=seconds,
        payload=payload, beside=True,
    )  # fmt: skip
    return {"link": services.outgoing.link(PAGE, secret), "days": f"{seconds / _DAY:.0f}"}


async def is_good(services: Services, token: str) -> bool:
    """Whether a link would count; a page asks before it shows a button. Looking uses nothing up."""
    async with services.database.read() as connection:
        return await tickets.find(connection, services.ring, token, PURPOSE, now=services.now()) is not None


async def undo(services: Services, visit: Visit, token: str) -> None:
    """Put back what was there ("this was not me"), end all sessions and tokens, have a new password set.

    :raises Denied: 400 when the link does not (any longer) lead anywhere; 429.
    """
    await services.gate.knock(visit, "undo")
    if not await is_good(services, token):
        raise Denied(400, GONE)
    nobodys = await services.hasher.hash(new_secret(services.entropy))
    async with services.database.write() as connection:
        ticket = await tickets.use(connection, services.ring, token, PURPOSE, now=services.now())
        user = await users.by_id(connection, services.ring, ticket.user_id or "") if ticket is not None else None
        if ticket is None or user is None:
            raise Denied(400, GONE)
        change = loads(ticket.payload)
        await accounts.end_undos(connection, user.id, since=ticket.created_at, now=services.now())
        ended = [await sessions.end_all(services, connection, user.id, "contact-undone", visit=visit)]
        # not none: an account without a password may be given one by whoever signs in with a passkey
        await users.set_password(connection, user.id, nobodys, now=services.now(), must_change=True)
        await accounts.drop_factors(connection, user.id, since=float(change["since"]))
        restored = await _restore(services, connection, user, change, ended)
        await events.record(
            connection, services, "contact.undone", user_id=user.id, actor=user.id, visit=visit,
            kind=str(change["kind"]), restored=restored,
        )  # fmt: skip
        await _tell(services, connection, user.id, str(change["before"]), restored=restored)
    for each in ended:
        await sessions.announce(services, each)


async def _restore(
    services: Services, connection: AsyncConnection, user: User, change: dict[str, str], ended: list[sessions.Ended]
) -> bool:
    """Put the former contact back. An address that was proven for another account meanwhile stays there: then nobody gets
    in, until an operator has looked.
    """
    ring, now, before = services.ring, services.now(), str(change["before"])
    try:
        if change["kind"] == "phone":
            await users.set_phone(connection, ring, user.id, before, now=now)
            return True
        await users.set_email(connection, ring, user.id, before, now=now)
    except Taken:
        room = await make_room(services, connection, before) if change["kind"] == "email" else None
        if room is None:
            await users.set_disabled(connection, user.id, at=now, why="contact-undone")
            return False
        ended.append(room)
        await users.set_email(connection, ring, user.id, before, now=now)
    return True


async def make_room(services: Services, connection: AsyncConnection, email: str) -> sessions.Ended | None:
    """Remove an account that claims an address which now proved to be another's; None where it is that account's own."""
    other = await users.by_email(connection, services.ring, email)
    if other is None or other.email_verified_at is not None:
        return None
    ended = await sessions.end_all(services, connection, other.id, "address-of-another", actor="system")
    await events.record(connection, services, "account.deleted", user_id=other.id, why="address-of-another")
    await accounts.remove(connection, other.id)
    return ended


async def _tell(services: Services, connection: AsyncConnection, user_id: str, before: str, *, restored: bool) -> None:
    """To the address that counts now; with a link to a new password, without which nobody signs in."""
    user = await users.by_id(connection, services.ring, user_id)
    if not restored:
        if "@" in before:
            await services.outgoing.mail(connection, before, "contact-locked", {})
        return
    if user is None or not user.email:
        return
    await services.outgoing.mail(connection, user.email, "contact-restored", {})
    secret, seconds = new_secret(services.entropy), float(services.settings.lifetimes.reset)
    await tickets.issue(
        connection, services.ring, secret, user_id=user.id, purpose=resetting.PURPOSE, now=services.now(), seconds=seconds,
        payload=user.email.encode(),
    )  # fmt: skip
    values = {"link": services.outgoing.link(resetting.PAGE, secret), "lifetime": lifetime(seconds)}
    await services.outgoing.mail(connection, user.email, "reset-password", values)
