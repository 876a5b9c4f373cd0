"""What may be seen a single time, whichever process sees it: proofs, assertions, solutions; one statement decides."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite

from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.schema import once
from ostiary.parts.sealing import hashed

__all__ = ["first"]


async def first(connection: AsyncConnection, key: str | bytes, until: float, now: float) -> bool:
    """Whether this is the key's first use; of all who ask, one hears yes. It counts if the transaction does.

    :param key: with its purpose; only its hash is kept.
    :param until: when it may be forgotten, since the epoch: not before whatever it names is good no more.
    :param now: what has expired by now is nobody's first use.
    """
    if until <= now:
        return False
    name = hashed(key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key)
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    row = insert(once).values(hash=name, expires_at=until)
    row = row.on_conflict_do_update(
        index_elements=[once.c.hash], set_={"expires_at": until}, where=once.c.expires_at <= now
    )
    return (await connection.execute(row.returning(once.c.hash))).first() is not None
