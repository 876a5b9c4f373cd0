"""Registering tells a stranger nothing: a known address is answered, mailed and paid for like a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostiary.errors import Denied
from ostiary.identity.events import record
from ostiary.identity.flows import passwords, verifying
from ostiary.identity.flows.signing_in import account_of
from ostiary.identity.ids import new_id
from ostiary.identity.storage import users
from ostiary.parts.display_names import display_name
from ostiary.parts.email_addresses import email_address

if TYPE_CHECKING:
    from ostiary.identity.services import Services, Visit

__all__ = ["newcomer", "register"]


async def register(services: Services, visit: Visit, email: str, password: str, name: str = "") -> None:
    """Make an account, and mail it a link that proves its address; whoever has one already gets a mail that says so.

    Nobody signs in with it before the address is proven, by the link and the password; where the settings allow
    ``unproven`` accounts, they sign in at once and do little (`standing`). A second registration of an
    address changes nothing: neither the password nor the link of the first, so that nobody can slip theirs in before the
    owner of the mailbox clicks.

    :raises Denied: 403 when registration is closed, 422 for what cannot be an address, a name or a password, 429 for too
        many; never for an address that is known.
    """
    if not services.settings.registration:
        raise Denied(403, "accounts are made by an operator here")
    written, called = newcomer(services, email, password, name)
    await services.gate.knock(visit, "register")
    await services.gate.send(visit, account_of(written), "verify")
    made = await services.hasher.hash(password)
    async with services.database.write() as connection:
        user_id, now = new_id(services.entropy), services.now()
        is_new = await users.create(
            connection, services.ring, id=user_id, email=written, password_hash=made, name=called, now=now
        )
        owner = await users.by_email(connection, services.ring, written)
        if owner is None:  # pragma: no cover - one of the two statements above has just found it
            raise Denied(503, "try again in a moment", {"retry-after": "1"})
        link = await verifying.issue(services, connection, user_id if is_new else None)
        if is_new:
            await verifying.mail(services, connection, written, link)
            what = "account.registered"
        else:
            there = {"link": f"{services.issuer}/sign-in"}
            await services.outgoing.mail(connection, owner.email, "already-registered", there)
            what = "account.registered-again"
        await record(connection, services, what, user_id=owner.id, visit=visit)


def newcomer(services: Services, email: str, password: str, name: str) -> tuple[str, str]:
    """The address as it was written, and the name as it is kept.

    :raises Denied: 422 with all that is wrong.
    """
    try:
        written = email_address(email).written
    except ValueError as error:
        raise Denied(422, "no such address can be", faults=[("/email", str(error))]) from error
    try:
        called = display_name(name)
    except ValueError as error:
        raise Denied(422, "no such name can be", faults=[("/name", str(error))]) from error
    passwords.check(services, password, email, name)
    return written, called
