"""One writer on SQLite, a pool on PostgreSQL; every change is a transaction that is whole or did not happen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from ostiary.errors import ConfigError, StoreError

__all__ = ["AsyncConnection", "Database"]

_WAIT: Final = 10.0  # seconds for a connection or a lock; then 503
_READERS: Final = 8


class Database:
    """Accounts and grants, where they are kept.

    :param url: ``sqlite:///path`` or ``postgresql://user:password@host/name``.
    :param where: the place of the setting, for messages.
    """

    def __init__(self, url: str, *, where: str = "[identity] database") -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite:")
        if not self.is_sqlite and not url.startswith(("postgresql:", "postgres:")):
            raise ConfigError(where, "no such database", 'write "sqlite:///path" or "postgresql://..."')
        scheme, _, rest = url.partition(":")
        driver = "sqlite+aiosqlite" if scheme == "sqlite" else "postgresql+asyncpg"
        self._writing = asyncio.Lock()
        self._readers = self._engine(f"{driver}:{rest}", _READERS)
        self._writer = self._engine(f"{driver}:{rest}", 1) if self.is_sqlite else self._readers

    def _engine(self, url: str, size: int) -> AsyncEngine:
        given: dict[str, Any] = {"pool_size": size, "max_overflow": 0, "pool_timeout": _WAIT, "hide_parameters": True}
        if self.is_sqlite:
            given["connect_args"] = {"timeout": _WAIT, "isolation_level": None}
        else:
            given["pool_pre_ping"] = True
        engine = create_async_engine(url, **given)
        if self.is_sqlite:
            event.listen(engine.sync_engine, "connect", _pragmas)
        return engine

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection to ask with; nothing that is changed on it lasts.

        :raises StoreError: when the database cannot be reached in time.
        """
        try:
            async with self._readers.connect() as connection:
                yield connection
        except (DBAPIError, PoolTimeoutError, OSError) as error:
            raise StoreError(_said(error)) from error

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: committed when the block ends, undone when it raises. Never wait for anything else inside.

        :raises StoreError: when the database cannot be reached in time, or the change collides.
        """
        try:
            if not self.is_sqlite:
                async with self._writer.begin() as connection:
                    yield connection
                return
            async with asyncio.timeout(_WAIT):
                await self._writing.acquire()
            try:
                async with self._writer.connect() as connection:
                    await connection.exec_driver_sql("BEGIN IMMEDIATE")
                    try:
                        yield connection
                    except BaseException:
                        await connection.rollback()
                        raise
                    await connection.commit()
            finally:
                self._writing.release()
        except (DBAPIError, PoolTimeoutError, TimeoutError, OSError) as error:
            raise StoreError(_said(error)) from error

    async def close(self) -> None:
        """Give all connections back."""
        await self._readers.dispose()
        if self._writer is not self._readers:
            await self._writer.dispose()


def _pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for each in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={int(_WAIT * 1000)}"):
        cursor.execute(f"PRAGMA {each}")
    cursor.close()


def _said(error: BaseException) -> str:
    """What happened, without statements and their values."""
    inner = error.orig if isinstance(error, DBAPIError) else error
    return f"the accounts' database does not answer: {type(inner).__name__}"
