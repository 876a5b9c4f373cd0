"""Signing keys: what each is for is told by its times alone, so that processes need not talk to agree."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, insert, select, text, update

from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.schema import signing_keys

__all__ = ["Kept", "add", "forget", "kept", "lock", "reseal", "retire"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A signing key as it is kept.

    :param private: the sealed JWK.
    :param public: the JWK that is published.
    :param active_at: seconds; it signs from then on.
    :param retired_at: it signs until then; None: until somebody says so.
    :param gone_at: it is published until then.
    """

    kid: str
    algorithm: str
    private: bytes
    public: str
    created_at: float
    active_at: float
    retired_at: float | None = None
    gone_at: float | None = None


async def kept(connection: AsyncConnection) -> tuple[Kept, ...]:
    """All keys there are, the one that signed first in front."""
    found = await connection.execute(select(signing_keys).order_by(signing_keys.c.active_at, signing_keys.c.kid))
    return tuple(Kept(**row) for row in found.mappings())


async def lock(connection: AsyncConnection) -> None:
    """Let no other process decide about keys until this transaction ends; readers do not wait.

    On SQLite the transaction itself is the only one that writes.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(text("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE"))


async def add(connection: AsyncConnection, key: Kept) -> None:
    """Keep a key."""
    values = {name: getattr(key, name) for name in Kept.__slots__}
    await connection.execute(insert(signing_keys).values(values))


async def retire(connection: AsyncConnection, kid: str, *, retired_at: float, gone_at: float) -> None:
    """Say until when a key signs, and until when it is published."""
    values = {"retired_at": retired_at, "gone_at": gone_at}
    await connection.execute(update(signing_keys).where(signing_keys.c.kid == kid).values(values))


async def reseal(connection: AsyncConnection, kid: str, private: bytes) -> None:
    """Keep the same key under another seal."""
    await connection.execute(update(signing_keys).where(signing_keys.c.kid == kid).values(private=private))


async def forget(connection: AsyncConnection, now: float) -> int:
    """Delete keys that are published no more; how many there were."""
    done = await connection.execute(delete(signing_keys).where(signing_keys.c.gone_at <= now))
    return done.rowcount
