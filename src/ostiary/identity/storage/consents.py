"""Consents: which scopes a person once allowed a client, at which resource; one row for each pair of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, insert, select, update

from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.schema import clients, consents

__all__ = ["Consent", "agree", "agreed", "every", "withdraw"]


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody allowed a client, as it is listed for them."""

    client_id: str
    name: str
    uri: str | None
    scopes: tuple[str, ...]
    created_at: float


# Between a scope and its resource in a row: a character that neither can have (RFC 6749 section 3.3, RFC 3986).
_AT: Final = '"'


async def agreed(
    connection: AsyncConnection, user_id: str, client_id: str, resource: str | None = None
) -> frozenset[str]:
    """The scopes that were allowed at a resource, or at any when none is given."""
    pairs = [each.partition(_AT) for each in await _kept(connection, user_id, client_id)]
    return frozenset(scope for scope, _, at in pairs if resource in {None, at})


async def _kept(connection: AsyncConnection, user_id: str, client_id: str) -> list[str]:
    asked = select(consents.c.scopes).where(consents.c.user_id == user_id, consents.c.client_id == client_id)
    found: str | None = (await connection.execute(asked)).scalar()
    return (found or "").split()


async def agree(  # noqa: PLR0917 - who, whom, what, where, when
    connection: AsyncConnection, user_id: str, client_id: str, scopes: Sequence[str], resource: str, now: float
) -> None:
    """Remember that these scopes are allowed at a resource, besides those that were."""
    given = {f"{scope}{_AT}{resource}" for scope in scopes}
    both = " ".join(sorted({*given, *await _kept(connection, user_id, client_id)}))
    mine = (consents.c.user_id == user_id, consents.c.client_id == client_id)
    done = await connection.execute(update(consents).where(*mine).values(scopes=both, created_at=now))
    if not done.rowcount:
        row = {"user_id": user_id, "client_id": client_id, "scopes": both, "created_at": now}
        await connection.execute(insert(consents).values(row))


async def every(connection: AsyncConnection, user_id: str) -> Sequence[Consent]:
    """All that somebody allowed, by the client's name."""
    asked = (
        select(consents.c.client_id, clients.c.name, clients.c.uri, consents.c.scopes, consents.c.created_at)
        .join(clients, clients.c.id == consents.c.client_id)
        .where(consents.c.user_id == user_id)
        .order_by(clients.c.name, clients.c.id)
    )
    rows = (await connection.execute(asked)).all()
    return [
        Consent(row[0], row[1], row[2], tuple(dict.fromkeys(each.split(_AT)[0] for each in row[3].split())), row[4])
        for row in rows
    ]


async def withdraw(connection: AsyncConnection, user_id: str, client_id: str) -> bool:
    """Allow it nothing any more; whether there was anything. What was issued: `grants.end_families`."""
    mine = (consents.c.user_id == user_id, consents.c.client_id == client_id)
    return (await connection.execute(delete(consents).where(*mine))).rowcount == 1
