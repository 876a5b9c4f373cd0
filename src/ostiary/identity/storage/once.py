"""Names that may be seen a single time, whichever process sees them: proofs and assertions."""

from __future__ import annotations

import hashlib

from sqlalchemy.dialects import postgresql, sqlite

from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.schema import once

__all__ = ["first"]


async def first(connection: AsyncConnection, name: str, until: float) -> bool:
    """Whether this is the name's first use; of all who ask, one hears yes.

    :param name: with its purpose; it is kept as a digest.
    :param until: when it may be forgotten, since the epoch: later than whatever it names could be used.
    """
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
    row = insert(once).values(hash=digest, expires_at=until).on_conflict_do_nothing().returning(once.c.hash)
    return (await connection.execute(row)).first() is not None
