"""Access tokens: each is a row, so that one can be asked about and revoked; whether it lives is one question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    RowMapping,
    Select,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.schema import access_tokens, clients, families, sessions, users

__all__ = ["Issued", "Living", "Revoked", "add", "find", "forget", "living", "revoke", "revoke_all"]


@dataclass(frozen=True, slots=True)
class Issued:
    """An access token as it is kept.

    :param hash: what orders call it: SHA-256 of an opaque token, or of what is signed of a JWT.
    """

    jti: str
    hash: bytes
    family_id: str | None
    client_id: str
    user_id: str | None
    scopes: tuple[str, ...]
    audience: str
    jkt: str | None
    created_at: float
    expires_at: float
    revoked_at: float | None = None


@dataclass(frozen=True, slots=True)
class Living:
    """An access token that is alive, and how its person was proven present when it was granted (None: there is none)."""

    token: Issued
    auth_time: float | None
    amr: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Revoked:
    """A token that was alive and is dead: `hash` names it in an order for the guard (``token:<hex>``)."""

    hash: bytes
    expires_at: float


async def add(connection: AsyncConnection, token: Issued) -> None:
    """Keep a token that is being issued, in the transaction of what it is issued for."""
    values = {name: getattr(token, name) for name in Issued.__slots__} | {"scopes": " ".join(token.scopes)}
    await connection.execute(insert(access_tokens).values(values))


def _issued(row: RowMapping) -> Issued:
    values: Mapping[str, Any] = {name: row[name] for name in Issued.__slots__}
    return Issued(**{**values, "scopes": tuple(str(row["scopes"]).split())})


def _which(jti: str, name: bytes) -> ColumnElement[bool]:
    return access_tokens.c.jti == jti if jti else access_tokens.c.hash == name


async def find(connection: AsyncConnection, *, jti: str = "", hash: bytes = b"") -> Issued | None:  # noqa: A002 - the column's name
    """A token by its id or its hash, alive or not."""
    found = (await connection.execute(select(access_tokens).where(_which(jti, hash)))).mappings().first()
    return None if found is None else _issued(found)


def _rests_on() -> Select[Any]:
    """Tokens that are alive at ``now``, and all that they rest on too. Built once: that costs more than to ask it."""
    now: BindParameter[float] = bindparam("now")
    return (
        select(access_tokens, families.c.auth_time, families.c.amr)
        .join(clients, clients.c.id == access_tokens.c.client_id)
        .outerjoin(families, families.c.id == access_tokens.c.family_id)
        .outerjoin(sessions, sessions.c.id == families.c.session_id)
        .outerjoin(users, users.c.id == access_tokens.c.user_id)
        .where(access_tokens.c.revoked_at.is_(None), access_tokens.c.expires_at > now)
        .where(clients.c.disabled_at.is_(None))
        .where(or_(access_tokens.c.family_id.is_(None), and_(families.c.id.is_not(None), families.c.revoked_at.is_(None))))
        .where(or_(families.c.session_id.is_(None), families.c.offline, and_(sessions.c.ended_at.is_(None), sessions.c.expires_at > now)))
        .where(or_(access_tokens.c.user_id.is_(None), and_(users.c.id.is_not(None), users.c.disabled_at.is_(None), users.c.tokens_not_before <= access_tokens.c.created_at)))
        .where(or_(access_tokens.c.user_id.is_(None), families.c.id.is_(None), users.c.tokens_not_before <= families.c.created_at))
    )  # fmt: skip


_BY_JTI: Final = _rests_on().where(access_tokens.c.jti == bindparam("name"))
_BY_HASH: Final = _rests_on().where(access_tokens.c.hash == bindparam("name"))


async def living(connection: AsyncConnection, now: float, *, jti: str = "", hash: bytes = b"") -> Living | None:  # noqa: A002 - as above
    """A token that is alive, and all that it rests on too: family, session, account and client.

    An offline family outlives its session.
    """
    asked = _BY_JTI if jti else _BY_HASH
    found = (await connection.execute(asked, {"now": now, "name": jti or hash})).mappings().first()
    return None if found is None else Living(_issued(found), found["auth_time"], tuple((found["amr"] or "").split()))


async def revoke(connection: AsyncConnection, now: float, *, jti: str, client_id: str) -> Revoked | None:
    """Revoke a client's own token; None when it has none of that id that is alive."""
    own = (access_tokens.c.jti == jti, access_tokens.c.client_id == client_id)
    return next(iter(await _revoke(connection, now, *own)), None)


async def revoke_all(
    connection: AsyncConnection, now: float, *, family_id: str = "", user_id: str = "", session_id: str = "", client_id: str = ""
) -> tuple[Revoked, ...]:  # fmt: skip
    """Revoke what is alive of a family, an account, a session or a client (what is given must all fit); for `announce`."""
    which: list[ColumnElement[bool]] = []
    if family_id:
        which.append(access_tokens.c.family_id == family_id)
    if user_id:
        which.append(access_tokens.c.user_id == user_id)
    if client_id:
        which.append(access_tokens.c.client_id == client_id)
    if session_id:
        of_session = select(families.c.id).where(families.c.session_id == session_id)
        which.append(access_tokens.c.family_id.in_(of_session))
    if not which:
        msg = "whose tokens?"
        raise ValueError(msg)
    return await _revoke(connection, now, *which)


async def _revoke(connection: AsyncConnection, now: float, *which: ColumnElement[bool]) -> tuple[Revoked, ...]:
    done = await connection.execute(
        update(access_tokens)
        .where(*which, access_tokens.c.revoked_at.is_(None), access_tokens.c.expires_at > now)
        .values(revoked_at=now)
        .returning(access_tokens.c.hash, access_tokens.c.expires_at)
    )
    return tuple(Revoked(bytes(row.hash), row.expires_at) for row in done)


async def forget(connection: AsyncConnection, before: float) -> int:
    """Delete tokens that expired before that time; how many there were."""
    return (await connection.execute(delete(access_tokens).where(access_tokens.c.expires_at < before))).rowcount
