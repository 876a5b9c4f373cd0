"""What operators do to accounts: made, closed, opened, made to choose a new password; each leaves an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ostiary.errors import Denied
from ostiary.identity import sessions
from ostiary.identity.events import record
from ostiary.identity.flows.registering import newcomer
from ostiary.identity.ids import new_id
from ostiary.identity.storage import users

if TYPE_CHECKING:
    from ostiary.identity.services import Services
    from ostiary.identity.storage.users import User

__all__ = ["ROLES", "add", "any_operator", "disable", "enable", "end_sessions", "find", "require_reset", "set_role"]

ROLES: Final = ("user", "operator")


async def add(services: Services, email: str, password: str, *, name: str = "", role: str = "user", actor: str) -> User:
    """Make an account whose address counts as proven: an operator says so.

    :param actor: who does it: ``operator:<id>`` or ``system``.
    :raises Denied: 409 where the address has one, 422 for what cannot be an address, a name or a password.
    """
    written, called = newcomer(services, email, password, name)
    made = await services.hasher.hash(password)
    user_id, now = new_id(services.entropy), services.now()
    async with services.database.write() as connection:
        is_new = await users.create(
            connection, services.ring, id=user_id, email=written, password_hash=made, name=called, role=role, now=now,
            email_verified_at=now,
        )  # fmt: skip
        if not is_new:
            raise Denied(409, "there is an account with this address")
        await record(connection, services, "account.registered", user_id=user_id, actor=actor)
        user = await users.by_id(connection, services.ring, user_id)
    if user is None:  # pragma: no cover - the transaction has just made it
        raise Denied(503, "try again in a moment")
    return user


async def any_operator(services: Services) -> bool:
    """Whether somebody can operate this at all."""
    async with services.database.read() as connection:
        return await users.any_with_role(connection, "operator")


async def find(services: Services, name: str) -> User:
    """An account by its address or its id.

    :raises Denied: 404.
    """
    async with services.database.read() as connection:
        lookup = users.by_email if "@" in name else users.by_id
        user = await lookup(connection, services.ring, name)
    if user is None:
        raise Denied(404, "no such account")
    return user


async def disable(services: Services, user: User, why: str, *, actor: str) -> None:
    """Close an account: nobody signs in, and everything alive of it ends."""
    async with services.database.write() as connection:
        await users.set_disabled(connection, user.id, at=services.now(), why=why)
        ended = await sessions.end_all(services, connection, user.id, "disabled", actor=actor)
        await record(connection, services, "account.disabled", user_id=user.id, actor=actor)
    await sessions.announce(services, ended)


async def enable(services: Services, user: User, *, actor: str) -> None:
    """Open it again; its password stays as it was."""
    async with services.database.write() as connection:
        await users.set_disabled(connection, user.id, at=None)
        await record(connection, services, "account.enabled", user_id=user.id, actor=actor)


async def end_sessions(services: Services, user: User, *, actor: str) -> None:
    """End every session and token of an account."""
    async with services.database.write() as connection:
        ended = await sessions.end_all(services, connection, user.id, "operator", actor=actor)
    await sessions.announce(services, ended)


async def require_reset(services: Services, user: User, *, actor: str) -> None:
    """End everything alive of an account, and make its owner choose a new password at the next sign-in."""
    async with services.database.write() as connection:
        await users.require_new_password(connection, user.id)
        ended = await sessions.end_all(services, connection, user.id, "operator", actor=actor)
        await record(connection, services, "password.must-change", user_id=user.id, actor=actor)
    await sessions.announce(services, ended)


async def set_role(services: Services, user: User, role: str, *, actor: str) -> None:
    """Make somebody an operator, or no longer one; sessions end, because they were opened as somebody else.

    :raises Denied: 422 for a role that there is not.
    """
    if role not in ROLES:
        raise Denied(422, f"a role is one of {', '.join(ROLES)}")
    async with services.database.write() as connection:
        await users.set_role(connection, user.id, role)
        ended = await sessions.end_all(services, connection, user.id, "role", actor=actor)
        await record(connection, services, "account.role-changed", user_id=user.id, actor=actor, role=role)
    await sessions.announce(services, ended)
