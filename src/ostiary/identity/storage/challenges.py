"""What was asked and waits for its answer: tries and uses are spent by single statements, so that no two share one."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, insert, update

from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.schema import challenges

__all__ = ["Bond", "add", "answer", "forget", "spend_try", "sweep", "use"]


class Bond(NamedTuple):
    """What a challenge is bound to: an answer counts where all three are the same.

    :param user_id: None before anybody is known.
    :param session_id: of the session, or of the browser before there is one.
    """

    user_id: str | None
    session_id: str
    purpose: str


def _bound(bond: Bond) -> list[ColumnElement[bool]]:
    return [
        challenges.c.user_id.is_(None) if bond.user_id is None else challenges.c.user_id == bond.user_id,
        challenges.c.session_id == bond.session_id,
        challenges.c.purpose == bond.purpose,
    ]


def _waiting(now: float) -> list[ColumnElement[bool]]:
    return [challenges.c.used_at.is_(None), challenges.c.expires_at > now]


async def add(
    connection: AsyncConnection,
    challenge_id: str,
    bond: Bond,
    mac: bytes,
    *,
    tries: int,
    now: float,
    expires_at: float,
    payload: bytes | None = None,
) -> None:
    """Ask something. Whatever was asked for the same purpose before, of the same account or browser, is dead with that.

    :param mac: of what the right answer is.
    :param payload: sealed: what the answer would allow.
    """
    earlier = (
        challenges.c.session_id == bond.session_id if bond.user_id is None else challenges.c.user_id == bond.user_id
    )
    await connection.execute(delete(challenges).where(challenges.c.purpose == bond.purpose, earlier))
    row: dict[str, Any] = {
        **bond._asdict(), "id": challenge_id, "mac": mac, "payload": payload,
        "tries_left": tries, "created_at": now, "expires_at": expires_at,
    }  # fmt: skip
    await connection.execute(insert(challenges).values(row))


async def spend_try(connection: AsyncConnection, challenge_id: str, bond: Bond, now: float) -> bytes | None:
    """Spend one try: the MAC of the right answer, or None where there is nothing (any more) to be tried."""
    statement = (
        update(challenges)
        .where(challenges.c.id == challenge_id, *_bound(bond), *_waiting(now), challenges.c.tries_left > 0)
        .values(tries_left=challenges.c.tries_left - 1)
        .returning(challenges.c.mac)
    )
    row = (await connection.execute(statement)).first()
    return None if row is None else row.mac


async def use(connection: AsyncConnection, challenge_id: str, now: float) -> tuple[bytes | None] | None:
    """Use up what was answered rightly: its payload in a tuple, or None where somebody else did."""
    statement = (
        update(challenges)
        .where(challenges.c.id == challenge_id, *_waiting(now))
        .values(used_at=now)
        .returning(challenges.c.payload)
    )
    row = (await connection.execute(statement)).first()
    return None if row is None else (row.payload,)


async def answer(connection: AsyncConnection, mac: bytes, bond: Bond, now: float) -> bool:
    """Use up a challenge that its answer repeats (WebAuthn): whether it was ours, for this purpose and this session."""
    statement = (
        update(challenges)
        .where(challenges.c.mac == mac, *_bound(bond), *_waiting(now))
        .values(used_at=now, tries_left=0)
        .returning(challenges.c.id)
    )
    return (await connection.execute(statement)).first() is not None


async def forget(connection: AsyncConnection, user_id: str) -> None:
    """Nothing that was asked of an account can be answered any more."""
    await connection.execute(delete(challenges).where(challenges.c.user_id == user_id))


async def sweep(connection: AsyncConnection, now: float) -> int:
    """Drop what has expired; how many that were."""
    return (await connection.execute(delete(challenges).where(challenges.c.expires_at <= now))).rowcount
