"""Grants: requests that wait, codes, families and refresh tokens; what is good once is spent by one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BindParameter, RowMapping, Select, and_, bindparam, insert, or_, select, update

from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.schema import clients, codes, families, refresh_tokens, requests, sessions, users

__all__ = [
    "Code", "Family", "Kept", "Refresh", "add_code", "add_family", "add_refresh", "bind", "end_family",
    "families_of", "find_code", "find_refresh", "keep_answer", "keep_request", "look_request", "standing", "use_code",
    "use_refresh", "use_request",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """An authorization request that waits.

    :param parameters: sealed JSON.
    :param kind: "pushed" (by a client) or "waiting" (for a person).
    """

    hash: bytes
    client_id: str
    parameters: bytes
    kind: str
    created_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class Family:
    """Everything that one authorization led to.

    :param offline: whether it outlives the browser's session.
    :param jkt: the key that it is bound to (RFC 9449), as a thumbprint.
    """

    id: str
    client_id: str
    user_id: str | None
    session_id: str | None
    scopes: tuple[str, ...]
    audience: str
    created_at: float
    expires_at: float
    jkt: str | None = None
    offline: bool = False
    auth_time: float | None = None
    amr: str = ""
    nonce: str | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code, by its hash."""

    hash: bytes
    family_id: str
    client_id: str
    redirect_uri: str
    challenge: str
    created_at: float
    expires_at: float
    used_at: float | None = None


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh token, by its hash.

    :param answer: sealed: what its first use was told.
    """

    hash: bytes
    family_id: str
    created_at: float
    expires_at: float
    used_at: float | None = None
    answer: bytes | None = None


def _read(kind: type[Any], row: RowMapping) -> Any:
    values: dict[str, Any] = {name: row[name] for name in kind.__slots__}
    for name in values.keys() & {"hash", "parameters", "answer"}:  # PostgreSQL's driver gives other byte types
        values[name] = None if values[name] is None else bytes(values[name])
    if "scopes" in values:
        values["scopes"] = tuple(values["scopes"].split())
    return kind(**values)


async def keep_request(connection: AsyncConnection, kept: Kept) -> None:
    """Keep a request until it is used or lapses."""
    await connection.execute(insert(requests).values({name: getattr(kept, name) for name in Kept.__slots__}))


async def look_request(connection: AsyncConnection, hash: bytes, kind: str, now: float) -> Kept | None:  # noqa: A002 - the column's name
    """A request that still waits; it stays."""
    living = (
        requests.c.hash == hash,
        requests.c.kind == kind,
        requests.c.used_at.is_(None),
        requests.c.expires_at > now,
    )
    row = (await connection.execute(select(requests).where(*living))).mappings().first()
    return None if row is None else _read(Kept, row)


async def use_request(connection: AsyncConnection, hash: bytes, kind: str, client_id: str, now: float) -> Kept | None:  # noqa: A002 - as above
    """Take a request of this client out, once."""
    done = await connection.execute(
        update(requests)
        .where(requests.c.hash == hash, requests.c.kind == kind, requests.c.client_id == client_id)
        .where(requests.c.used_at.is_(None), requests.c.expires_at > now)
        .values(used_at=now)
        .returning(*requests.c)
    )
    row = done.mappings().first()
    return None if row is None else _read(Kept, row)


async def add_family(connection: AsyncConnection, family: Family) -> None:
    """Begin a family."""
    values = {name: getattr(family, name) for name in Family.__slots__} | {"scopes": " ".join(family.scopes)}
    await connection.execute(insert(families).values(values))


def _standing(*, beyond_session: bool) -> Select[Any]:
    """A family, if at ``now`` what it rests on is alive: itself, its client, the account, and the session unless it outlives that.

    Built once: that costs more than to ask it.
    """
    now: BindParameter[float] = bindparam("now")
    in_session = and_(sessions.c.id.is_not(None), sessions.c.ended_at.is_(None), sessions.c.expires_at > now)
    account = and_(
        users.c.id.is_not(None), users.c.disabled_at.is_(None), users.c.tokens_not_before <= families.c.created_at
    )
    itself = and_(families.c.revoked_at.is_(None), families.c.expires_at > now, clients.c.disabled_at.is_(None))
    stands = and_(
        itself,
        or_(families.c.user_id.is_(None), account),
        or_(families.c.session_id.is_(None), in_session),
    )  # fmt: skip
    if beyond_session:
        stands = or_(stands, and_(families.c.offline, itself, account))
    return (
        select(families)
        .join(clients, clients.c.id == families.c.client_id)
        .outerjoin(sessions, sessions.c.id == families.c.session_id)
        .outerjoin(users, users.c.id == families.c.user_id)
        .where(families.c.id == bindparam("family"), stands)
    )


_STANDING: Final = {beyond: _standing(beyond_session=beyond) for beyond in (True, False)}


async def standing(
    connection: AsyncConnection, family_id: str, now: float, *, beyond_session: bool = True
) -> Family | None:
    """A family, if it and all that it rests on is alive.

    :param beyond_session: whether an offline family may have outlived its session; a code never does.
    """
    found = await connection.execute(_STANDING[beyond_session], {"family": family_id, "now": now})
    row = found.mappings().first()
    return None if row is None else _read(Family, row)


async def bind(connection: AsyncConnection, family_id: str, jkt: str) -> None:
    """Bind a family to a key; it is done once, where its first tokens are issued."""
    await connection.execute(
        update(families).where(families.c.id == family_id, families.c.jkt.is_(None)).values(jkt=jkt)
    )


async def end_family(connection: AsyncConnection, family_id: str, now: float, why: str) -> Family | None:
    """Revoke a family that is alive; None when there is none. Its tokens follow by `sessions.end_family`."""
    done = await connection.execute(
        update(families)
        .where(families.c.id == family_id, families.c.revoked_at.is_(None))
        .values(revoked_at=now, revoked_why=why)
        .returning(*families.c)
    )
    row = done.mappings().first()
    return None if row is None else _read(Family, row)


async def families_of(connection: AsyncConnection, user_id: str, client_id: str) -> Sequence[str]:
    """What is alive of all that somebody granted to a client, by its ids."""
    mine = (families.c.user_id == user_id, families.c.client_id == client_id, families.c.revoked_at.is_(None))
    return (await connection.execute(select(families.c.id).where(*mine))).scalars().all()


async def add_code(connection: AsyncConnection, code: Code) -> None:
    """Keep a code."""
    values = {name: getattr(code, name) for name in Code.__slots__}
    await connection.execute(insert(codes).values(values | {"redirect_uri_sent": True}))


async def use_code(connection: AsyncConnection, hash: bytes, client_id: str, now: float) -> Code | None:  # noqa: A002 - as above
    """Spend a code of this client; of all who try, one gets it."""
    done = await connection.execute(
        update(codes)
        .where(codes.c.hash == hash, codes.c.client_id == client_id, codes.c.used_at.is_(None), codes.c.expires_at > now)
        .values(used_at=now)
        .returning(*codes.c)
    )  # fmt: skip
    row = done.mappings().first()
    return None if row is None else _read(Code, row)


async def find_code(connection: AsyncConnection, hash: bytes, client_id: str) -> Code | None:  # noqa: A002 - as above
    """A code of this client, spent or lapsed, to judge a replay by."""
    asked = select(codes).where(codes.c.hash == hash, codes.c.client_id == client_id)
    row = (await connection.execute(asked)).mappings().first()
    return None if row is None else _read(Code, row)


async def add_refresh(connection: AsyncConnection, token: Refresh) -> None:
    """Keep a refresh token."""
    await connection.execute(insert(refresh_tokens).values({name: getattr(token, name) for name in Refresh.__slots__}))


async def use_refresh(connection: AsyncConnection, hash: bytes, now: float) -> Refresh | None:  # noqa: A002 - as above
    """Spend a refresh token; of all who try, one gets it, and the others wait for it to be done."""
    done = await connection.execute(
        update(refresh_tokens)
        .where(refresh_tokens.c.hash == hash, refresh_tokens.c.used_at.is_(None), refresh_tokens.c.expires_at > now)
        .values(used_at=now)
        .returning(*refresh_tokens.c)
    )
    row = done.mappings().first()
    return None if row is None else _read(Refresh, row)


async def find_refresh(connection: AsyncConnection, hash: bytes) -> tuple[Refresh, Family] | None:  # noqa: A002 - as above
    """A refresh token and its family, spent or not, alive or not."""
    row = (await connection.execute(select(refresh_tokens).where(refresh_tokens.c.hash == hash))).mappings().first()
    if row is None:
        return None
    token = _read(Refresh, row)
    family = (await connection.execute(select(families).where(families.c.id == token.family_id))).mappings().one()
    return token, _read(Family, family)


async def keep_answer(connection: AsyncConnection, hash: bytes, answer: bytes) -> None:  # noqa: A002 - as above
    """Keep what a refresh token's use was told, for those who ask again within the grace."""
    await connection.execute(update(refresh_tokens).where(refresh_tokens.c.hash == hash).values(answer=answer))
