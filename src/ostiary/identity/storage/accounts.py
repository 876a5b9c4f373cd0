"""All that is kept about an account: shown whole to its owner without secrets, and removed whole but for events that name nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, and_, delete, select, update

from ostiary.identity.storage import events
from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.schema import metadata
from ostiary.identity.storage.sealed import place
from ostiary.parts.sealing import KeyRing, Unsealable

__all__ = [
    "KINDS", "Avatar", "avatar", "drop_factors", "end_undos", "everything", "has_avatar", "has_phone",
    "remove", "set_avatar",
]  # fmt: skip

_USERS: Final = metadata.tables["users"]
_TICKETS: Final = metadata.tables["tickets"]
_FACTORS: Final = tuple(metadata.tables[each] for each in ("passkeys", "totp", "recovery_codes"))

# What its owner is shown, by table: a list, so that a new column is hidden until somebody decides otherwise. Hashes,
# secrets, codes and keys are in none of them.
KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "sessions": (
        "id", "created_at", "seen_at", "expires_at", "authenticated_at", "factors", "pending", "agent", "source", "ended_at",
        "ended_why",
    ),
    "totp": ("created_at", "confirmed_at"),
    "passkeys": ("name", "transports", "backed_up", "created_at", "used_at"),
    "recovery_codes": ("created_at", "used_at"),
    "tickets": ("purpose", "created_at", "expires_at", "used_at"),
    "challenges": ("purpose", "created_at", "expires_at", "used_at"),
    "consents": ("client_id", "scopes", "created_at"),
    "families": (
        "id", "client_id", "session_id", "scopes", "audience", "offline", "auth_time", "amr", "created_at", "expires_at",
        "revoked_at", "revoked_why",
    ),
    "access_tokens": ("client_id", "scopes", "audience", "created_at", "expires_at", "revoked_at"),
    "events": ("at", "actor", "what", "source", "details"),
}  # fmt: skip


class Avatar(NamedTuple):
    """A picture and its media type."""

    content: bytes
    media_type: str


async def avatar(connection: AsyncConnection, ring: KeyRing, user_id: str) -> Avatar | None:
    """The account's picture."""
    wanted = select(_USERS.c.avatar, _USERS.c.avatar_type).where(_USERS.c.id == user_id)
    row = (await connection.execute(wanted)).first()
    if row is None or not row.avatar:
        return None
    return Avatar(ring.open(row.avatar, place("users", "avatar", user_id)), row.avatar_type)


async def has_avatar(connection: AsyncConnection, user_id: str) -> bool:
    """Whether there is one."""
    wanted = select(_USERS.c.id).where(_USERS.c.id == user_id, _USERS.c.avatar.is_not(None))
    return (await connection.execute(wanted)).first() is not None


async def set_avatar(connection: AsyncConnection, ring: KeyRing, user_id: str, picture: Avatar | None) -> bool:
    """Keep another picture, or none; whether there is such an account."""
    sealed = ring.seal(picture.content, place("users", "avatar", user_id)) if picture is not None else None
    values = {"avatar": sealed, "avatar_type": picture.media_type if picture is not None else None}
    done = update(_USERS).where(_USERS.c.id == user_id).values(**values)
    return (await connection.execute(done)).rowcount == 1


async def everything(
    connection: AsyncConnection, ring: KeyRing, user_id: str, *, most: int
) -> dict[str, list[dict[str, Any]]]:
    """Rows of every kind that belong to an account, the latest first, sealed fields readable.

    :param most: of each kind.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for name, columns in KINDS.items():
        table = metadata.tables[name]
        order = table.c["id" if name == "events" else "created_at"].desc()
        wanted = select(table).where(table.c.user_id == user_id).order_by(order).limit(most)
        found[name] = [_shown(ring, name, row, columns) for row in await connection.execute(wanted)]
    return found


def _shown(ring: KeyRing, name: str, row: Row[Any], columns: Sequence[str]) -> dict[str, Any]:
    table = metadata.tables[name]
    given = row._mapping  # noqa: SLF001 - its public name in SQLAlchemy
    shown: dict[str, Any] = {}
    for column in columns:
        value = given[column]
        if table.c[column].info.get("sealed") and value:
            (key,) = table.primary_key.columns
            where = events.place(row.at, row.what) if name == "events" else place(name, column, given[key.name])
            value = _opened(ring, value, where)
        shown[column] = value
    return shown


def _opened(ring: KeyRing, sealed: bytes, where: str) -> str | None:
    """The text; None for what does not open, which is no reason to show nothing."""
    try:
        return ring.open(sealed, where).decode("utf-8", "replace")
    except Unsealable:
        return None


async def remove(connection: AsyncConnection, user_id: str) -> bool:
    """Remove an account with all that refers to it; whether it was there. Its events stay: their id is nobody's now."""
    tokens = metadata.tables["access_tokens"]
    await connection.execute(delete(tokens).where(tokens.c.user_id == user_id))  # not all of them have a family
    gone = delete(_USERS).where(_USERS.c.id == user_id).returning(_USERS.c.id)
    return (await connection.execute(gone)).first() is not None


async def has_phone(connection: AsyncConnection, ring: KeyRing, phone: str) -> bool:
    """Whether the number is an account's."""
    wanted = select(_USERS.c.id).where(_USERS.c.phone_key == ring.digest(phone.encode(), "users.phone"))
    return (await connection.execute(wanted)).first() is not None


async def drop_factors(connection: AsyncConnection, user_id: str, *, since: float) -> int:
    """Remove second factors and passkeys that were set up since then; how many."""
    dropped = 0
    for table in _FACTORS:
        done = delete(table).where(table.c.user_id == user_id, table.c.created_at >= since)
        dropped += (await connection.execute(done)).rowcount
    return dropped


async def end_undos(connection: AsyncConnection, user_id: str, *, since: float, now: float) -> None:
    """Ways back from changes that were made since then are void: they would lead to whoever made them."""
    later = and_(
        _TICKETS.c.user_id == user_id,
        _TICKETS.c.purpose == "undo",
        _TICKETS.c.created_at >= since,
        _TICKETS.c.used_at.is_(None),
    )
    await connection.execute(update(_TICKETS).where(later).values(used_at=now))
