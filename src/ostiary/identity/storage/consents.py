"""Consents: which scopes a person once allowed a client; one row for each pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


async def agreed(connection: AsyncConnection, user_id: str, client_id: str) -> frozenset[str]:
    """The scopes that were allowed."""
    asked = select(consents.c.scopes).where(consents.c.user_id == user_id, consents.c.client_id == client_id)
    found = (await connection.execute(asked)).scalar()
    return frozenset((found or "").split())


async def agree(connection: AsyncConnection, user_id: str, client_id: str, scopes: Sequence[str], now: float) -> None:
    """Remember that these scopes are allowed, besides those that were."""
    both = " ".join(sorted({*scopes, *await agreed(connection, user_id, client_id)}))
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
    return [Consent(row[0], row[1], row[2], tuple(row[3].split()), row[4]) for row in rows]


async def withdraw(connection: AsyncConnection, user_id: str, client_id: str) -> bool:
    """Allow it nothing any more; whether there was anything. What was issued: `grants.end_families`."""
    mine = (consents.c.user_id == user_id, consents.c.client_id == client_id)
    return (await connection.execute(delete(consents).where(*mine))).rowcount == 1
