"""Another address or number counts once it proved itself to the session's owner; the former one is told, and can take it back.

Whoever asks learns nothing about others: an address that belongs to somebody else gets another mail, and the same answer.
"""

from __future__ import annotations

from typing import Final

from ostiary.errors import Denied
from ostiary.identity import events, sessions
from ostiary.identity.factors import codes
from ostiary.identity.flows.undoing import GONE, make_room, offer
from ostiary.identity.ids import new_secret
from ostiary.identity.mails.templates import lifetime
from ostiary.identity.services import Services, Visit
from ostiary.identity.sessions import Session
from ostiary.identity.storage import accounts, tickets, users
from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.users import Taken, User
from ostiary.parts.email_addresses import Address, email_address
from ostiary.parts.text_messages import number

__all__ = ["ask_email", "ask_phone", "confirm_email", "confirm_phone"]

EMAIL: Final = "change-email"  # the purpose of its tickets
PHONE: Final = "change-phone"  # and of its codes
PAGE: Final = "/account/email"


async def ask_email(services: Services, visit: Visit, session: Session, email: str) -> None:
    """Ask to use another address: it gets a link, the present one is told; nothing is changed yet.

    :param session: fresh; only its owner can follow the link.
    :raises Denied: 422 for what is no address, 409 for the account's own, 403 for a session that is not fresh, 429.
    """
    must_be_fresh(services, session)
    try:
        address = email_address(email)
    except ValueError as error:
        raise Denied(422, "the body is not as described", faults=[("/email", str(error))]) from error
    await services.gate.send(visit, session.user_id, "email-change")  # the present address hears of each
    await services.gate.send(visit, address.key)
    async with services.database.write(f"user:{session.user_id}") as connection:
        user = await present(services, connection, session)
        if user.email and email_address(user.email).key == address.key:
            raise Denied(409, "that is the account's address already")
        await _owe_link(services, connection, user, address)
        await events.record(
            connection, services, "email.change-asked", user_id=user.id, actor=user.id, visit=visit, session=session.id
        )
        if user.email_verified_at is not None:
            await services.outgoing.mail(connection, user.email, "email-change-asked", {})


async def _owe_link(services: Services, connection: AsyncConnection, user: User, address: Address) -> None:
    """The ticket is made for an address that is somebody's, too: it is then one that nobody gets."""
    secret = new_secret(services.entropy)
    seconds = float(services.settings.lifetimes.verify)
    await tickets.issue(
        connection, services.ring, secret, user_id=user.id, purpose=EMAIL, now=services.now(), seconds=seconds,
        payload=address.written.encode(),
    )  # fmt: skip
    other = await users.by_email(connection, services.ring, address.written)
    if other is not None and other.email_verified_at is not None:
        await services.outgoing.mail(connection, address.written, "change-email-taken", {})
        return
    values = {"link": services.outgoing.link(PAGE, secret), "lifetime": lifetime(seconds)}
    await services.outgoing.mail(connection, address.written, "change-email", values)


async def confirm_email(services: Services, visit: Visit, session: Session, token: str) -> None:
    """Follow the link: the new address counts, and every session ends, this one too, with every application's access.

    :param session: of the account that asked; in another's hands the link does nothing, and stays good.
    :raises Denied: 400 when it does not (any longer) lead anywhere.
    """
    await services.gate.knock(visit, "contact")
    async with services.database.write(f"user:{session.user_id}") as connection:
        ticket = await tickets.use(connection, services.ring, token, EMAIL, now=services.now(), user_id=session.user_id)
        if ticket is None:
            raise Denied(400, GONE)
        user = await present(services, connection, session)
        taken = await _set_email(services, connection, user.id, ticket.payload.decode())
        ended = await sessions.end_all(services, connection, user.id, "email-changed", visit=visit)
        await events.record(
            connection, services, "email.changed", user_id=user.id, actor=user.id, visit=visit, session=session.id
        )
        if user.email_verified_at is not None:  # who has never proved to be there gets no way back into the account
            link = await offer(services, connection, session, kind="email", before=user.email)
            await services.outgoing.mail(connection, user.email, "email-changed", link)
        await services.outgoing.mail(connection, ticket.payload.decode(), "email-changed-to", {})
    await sessions.announce(services, ended)
    if taken is not None:
        await sessions.announce(services, taken)


async def _set_email(
    services: Services, connection: AsyncConnection, user_id: str, email: str
) -> sessions.Ended | None:
    """Set it; an account that claims the address and never proved it makes room, as it is not its owner's."""
    try:
        await users.set_email(connection, services.ring, user_id, email, now=services.now())
    except Taken:
        ended = await make_room(services, connection, email)
        if ended is None:
            raise Denied(400, GONE) from None
        await users.set_email(connection, services.ring, user_id, email, now=services.now())
        return ended
    return None


async def ask_phone(services: Services, visit: Visit, session: Session, phone: str) -> str:
    """Ask to use another telephone number: it gets a code; the present one and the mailbox are told.

    :param phone: with its country's code.
    :returns: the id of the challenge that the code answers, in this session alone.
    :raises Denied: 422 for what is no number, 409 for the account's own or where no texts are sent, 403, 429.
    """
    must_be_fresh(services, session)
    if not services.outgoing.can_text:
        raise Denied(409, "text messages are not sent here, so that a number cannot be proven")
    try:
        wanted = number(phone)
    except ValueError as error:
        raise Denied(422, "the body is not as described", faults=[("/phone", str(error))]) from error
    await services.gate.send(visit, session.user_id, "phone-change")
    await services.gate.send(visit, wanted)
    async with services.database.write(f"user:{session.user_id}") as connection:
        user = await present(services, connection, session)
        if user.phone == wanted:
            raise Denied(409, "that is the account's number already")
        issued = await codes.issue(services, connection, _bond(session), payload=wanted.encode())
        if await accounts.has_phone(connection, services.ring, wanted):
            await services.outgoing.text(connection, wanted, "phone-taken", {})
        else:
            values = {"code": issued.code, "lifetime": lifetime(services.settings.lifetimes.one_time_code)}
            await services.outgoing.text(connection, wanted, "phone-code", values)
        await events.record(
            connection, services, "phone.change-asked", user_id=user.id, actor=user.id, visit=visit, session=session.id
        )
        await _tell_phone(services, connection, user)
    return issued.id


async def _tell_phone(services: Services, connection: AsyncConnection, user: User) -> None:
    if user.email_verified_at is not None:
        await services.outgoing.mail(connection, user.email, "phone-change-asked", {})
    if user.phone:
        await services.outgoing.text(connection, user.phone, "phone-change-asked", {})


async def confirm_phone(services: Services, visit: Visit, session: Session, challenge: str, code: str) -> None:
    """Type the code: the new number counts, every other session and every application's access ends.

    :param session: the one that asked.
    :raises Denied: 403 when the code is wrong, expired, used, or of another account or session; 429.
    """
    async with codes.proven(services, visit, challenge, _bond(session), code) as (connection, payload):
        user = await present(services, connection, session)
        try:
            await users.set_phone(connection, services.ring, user.id, payload.decode(), now=services.now())
        except Taken:
            raise Denied(403, "the code is not right, or not valid any longer") from None
        ended = await sessions.end_all(services, connection, user.id, "phone-changed", but=session.id, visit=visit)
        await events.record(
            connection, services, "phone.changed", user_id=user.id, actor=user.id, visit=visit, session=session.id
        )
        if user.email_verified_at is not None:
            link = await offer(services, connection, session, kind="phone", before=user.phone)
            await services.outgoing.mail(connection, user.email, "phone-changed", link)
        if user.phone:
            link = await offer(services, connection, session, kind="phone", before=user.phone)
            await services.outgoing.text(connection, user.phone, "phone-changed", link)
    await sessions.announce(services, ended)


def _bond(session: Session) -> codes.Bond:
    return codes.Bond(session.user_id, session.id, PHONE)


def must_be_fresh(services: Services, session: Session) -> None:
    """Refuse unless the person was proven present a moment ago: pages and calls ask too, and one of them may forget to.

    :raises Denied: 403.
    """
    if not sessions.is_fresh(services, session):
        raise Denied(403, "show that it is you first", members={"needs": "fresh"})


async def present(services: Services, connection: AsyncConnection, session: Session) -> User:
    """The session's account, as it is in this transaction.

    :raises Denied: 401 when it is gone.
    """
    user = await users.by_id(connection, services.ring, session.user_id)
    if user is None or user.disabled_at is not None:
        raise Denied(401, "sign in again")
    return user
