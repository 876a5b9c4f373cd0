"""What somebody is called is theirs to choose, within one line; everything else of an account changes by a way of its own."""

from __future__ import annotations

from typing import NamedTuple

from ostiary.errors import Denied
from ostiary.identity import events
from ostiary.identity.flows import standing
from ostiary.identity.flows.contacts import present
from ostiary.identity.services import Services, Visit
from ostiary.identity.sessions import Session
from ostiary.identity.storage import accounts, factors, users
from ostiary.identity.storage.factors import SetUp
from ostiary.identity.storage.users import User
from ostiary.parts.display_names import display_name

__all__ = ["Looked", "look", "rename"]


class Looked(NamedTuple):
    """An account, for its owner: `limits` say what is in the way of using it."""

    user: User
    factors: SetUp
    avatar: bool
    limits: tuple[str, ...]


async def look(services: Services, session: Session) -> Looked:
    """The session's account.

    :raises Denied: 401 when it is gone.
    """
    async with services.database.read() as connection:
        user = await present(services, connection, session)
        found = await factors.set_up(connection, user.id)
        has_avatar = await accounts.has_avatar(connection, user.id)
    return Looked(user, found, has_avatar, standing.limits(user))


async def rename(services: Services, visit: Visit, session: Session, name: str) -> None:
    """Be called something else; "" for nothing.

    :raises Denied: 422 for what is no name.
    """
    try:
        chosen = display_name(name)
    except ValueError as error:
        raise Denied(422, "the body is not as described", faults=[("/name", str(error))]) from error
    async with services.database.write(f"user:{session.user_id}") as connection:
        if not await users.set_name(connection, services.ring, session.user_id, chosen):
            raise Denied(401, "sign in again")
        await events.record(
            connection,
            services,
            "account.changed",
            user_id=session.user_id,
            actor=session.user_id,
            visit=visit,
            member="name",
        )
