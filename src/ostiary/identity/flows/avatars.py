"""A picture of somebody is what its bytes are, drawn anew, sealed, and given back with nothing but its pixels."""

from __future__ import annotations

import asyncio

from ostiary.errors import Denied
from ostiary.identity import events
from ostiary.identity.services import Services, Visit
from ostiary.identity.sessions import Session
from ostiary.identity.storage import accounts
from ostiary.identity.storage.accounts import Avatar
from ostiary.parts import images

__all__ = ["read", "remove", "replace"]


async def read(services: Services, session: Session) -> Avatar:
    """The account's picture.

    :raises Denied: 404 when there is none.
    """
    async with services.database.read() as connection:
        found = await accounts.avatar(connection, services.ring, session.user_id)
    if found is None:
        raise Denied(404, "there is no picture")
    return found


async def replace(services: Services, visit: Visit, session: Session, data: bytes, declared: str) -> None:
    """Keep another picture.

    :param data: the file; its name is never asked for.
    :param declared: its media type, as the sender says.
    :raises Denied: 415 when it is another one than the sender says, or none that is taken; 413, 422 or 503 when it is too
        large, cannot be decoded, or others' are being drawn; 429.
    """
    await services.gate.knock(visit, "avatar")
    if declared not in images.MEDIA_TYPES or images.media_type(data) != declared:
        raise Denied(415, "the picture is not what it says, or not taken", {"accept": ", ".join(images.MEDIA_TYPES)})
    if len(data) > images.MOST_BYTES:
        raise Denied(413, f"the picture is larger than {images.MOST_BYTES} bytes")
    try:
        drawn = await asyncio.to_thread(images.avatar, data)
    except ValueError as error:
        raise Denied(422, "the picture cannot be used", faults=[("", str(error))]) from error
    except images.Busy as error:
        raise Denied(503, "try again in a moment", {"retry-after": "1"}) from error
    await _set(services, visit, session, Avatar(drawn.content, drawn.media_type))


async def remove(services: Services, visit: Visit, session: Session) -> None:
    """Keep no picture any longer."""
    await _set(services, visit, session, None)


async def _set(services: Services, visit: Visit, session: Session, picture: Avatar | None) -> None:
    async with services.database.write() as connection:
        if not await accounts.set_avatar(connection, services.ring, session.user_id, picture):
            raise Denied(401, "sign in again")
        await events.record(
            connection, services, "account.avatar-changed", user_id=session.user_id, actor=session.user_id, visit=visit
        )
