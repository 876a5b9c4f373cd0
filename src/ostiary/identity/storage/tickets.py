"""Tickets are the secrets of mailed links: hashed, for one account and purpose, until a time, used by one statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, insert, select, update

from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.schema import tickets
from ostiary.parts.sealing import KeyRing, hashed

__all__ = ["Ticket", "find", "issue", "kill", "use"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a link is good for.

    :param user_id: None where it was issued for nobody, so that asking for nobody takes as long.
    :param payload: what its purpose needs, readable.
    """

    hash: bytes
    user_id: str | None
    purpose: str
    payload: bytes
    created_at: float
    expires_at: float


async def issue(
    connection: AsyncConnection,
    ring: KeyRing,
    secret: str,
    *,
    user_id: str | None,
    purpose: str,
    now: float,
    seconds: float,
    payload: bytes = b"",
    beside: bool = False,
) -> None:
    """Keep a new ticket; older ones of this account for this purpose die.

    :param secret: of at least 128 random bits (`identity.ids.new_secret`); only its SHA-256 is kept.
    :param seconds: how long it is good.
    :param beside: older ones stay: whoever makes a second change must not take back the way back from the first.
    """
    if not beside:
        await kill(connection, user_id, now=now, purpose=purpose)
    key = hashed(secret.encode())
    row = {
        "hash": key, "user_id": user_id, "purpose": purpose, "created_at": now, "expires_at": now + seconds,
        "payload": ring.seal(payload, _place(key)) if payload else None,
    }  # fmt: skip
    await connection.execute(insert(tickets).values(row))


async def find(connection: AsyncConnection, ring: KeyRing, secret: str, purpose: str, *, now: float) -> Ticket | None:
    """The ticket, if it is still good; it stays so: for a page that asks before it acts."""
    found = await connection.execute(select(tickets).where(_good(secret, purpose, now)))
    return _ticket(ring, found.first())


async def use(
    connection: AsyncConnection, ring: KeyRing, secret: str, purpose: str, *, now: float, user_id: str = ""
) -> Ticket | None:
    """Use the ticket: of any number of callers exactly one gets it.

    :param user_id: it has to be this account's; in anybody else's hands it stays unused.
    """
    good = _good(secret, purpose, now)
    if user_id:
        good = and_(good, tickets.c.user_id == user_id)
    once = update(tickets).where(good).values(used_at=now).returning(tickets)
    return _ticket(ring, (await connection.execute(once)).first())


async def kill(connection: AsyncConnection, user_id: str | None, *, now: float, purpose: str = "") -> None:
    """Nobody can use the account's tickets any more: those for a purpose, or all."""
    of = and_(tickets.c.user_id == (user_id or ""), tickets.c.used_at.is_(None))
    if purpose:
        of = and_(of, tickets.c.purpose == purpose)
    await connection.execute(update(tickets).where(of).values(used_at=now))


def _good(secret: str, purpose: str, now: float) -> ColumnElement[bool]:
    return and_(
        tickets.c.hash == hashed(secret.encode("utf-8", "replace")),
        tickets.c.purpose == purpose,
        tickets.c.used_at.is_(None),
        tickets.c.expires_at > now,
    )


def _ticket(ring: KeyRing, row: Row[Any] | None) -> Ticket | None:
    if row is None:
        return None
    payload = ring.open(row.payload, _place(row.hash)) if row.payload else b""
    return Ticket(row.hash, row.user_id, row.purpose, payload, row.created_at, row.expires_at)


def _place(key: bytes) -> str:
    return f"tickets.payload:{key.hex()}"
