"""One writer on SQLite, a pool on PostgreSQL; every change is a transaction that is whole or did not happen."""

from __future__ import annotations

import asyncio
import logging
import random
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from ostiary.errors import ConfigError, StoreError
from ostiary.identity.storage import statements
from ostiary.store.new_file import made

__all__ = ["AsyncConnection", "Database"]

logger = logging.getLogger("ostiary.identity")
# The driver logs every statement with its values when it is asked for DEBUG: hashes of passwords, digests of secrets.
logging.getLogger("aiosqlite").setLevel(logging.INFO)

_WAIT: Final = 10.0  # seconds for a connection, a lock or a statement; then 503
_CONNECTIONS: Final = 8  # readers on SQLite, all on PostgreSQL
_SHORTEST, _LONGEST = 0.0005, 0.01  # seconds between two looks at the lock that another process holds
_SLOW: Final = 1.0  # seconds; a transaction that takes longer holds all others up, and is told of
_TRIES: Final = 5  # of a change that collides with others
_COLLISIONS: Final = {"40001", "40P01"}  # PostgreSQL: serialization_failure, deadlock_detected
_SCHEMES: Final = ("postgresql:", "postgres:")

T = TypeVar("T")


class Database:
    """Accounts and grants, where they are kept.

    :param url: ``sqlite:///path`` or ``postgresql://user:password@host/name`` with libpq's parameters (``?sslmode=...``).
    :param where: the place of the setting, for messages.
    :param patience: seconds for a connection, a lock or a statement.
    :raises ConfigError: for a URL that is neither.
    """

    def __init__(self, url: str, *, where: str = "[identity] database", patience: float = _WAIT) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite:")
        self.path = _path(url, where) if self.is_sqlite else None
        if not self.is_sqlite and not url.startswith(_SCHEMES):
            raise ConfigError(where, "no such database", 'write "sqlite:///path" or "postgresql://..."')
        self._where = where
        self._patience = patience
        self._turn = asyncio.Lock()  # of this process's writers on SQLite: in order, without asking the file
        self._busy: set[asyncio.Task[Any] | None] = set()
        if self.path is not None:
            _make(self.path, where)
            self._readers = self._on_file(self.path, _CONNECTIONS, _reading)
            self._writer = self._on_file(self.path, 1, _writing)
        else:
            self._writer = self._on_server(url)
            self._readers = self._writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def patient(self, seconds: float) -> Database:
        """The same database for work that takes long, such as migrations; close it too."""
        return Database(self.url, where=self._where, patience=seconds)

    def _on_file(self, path: Path, size: int, prepare: Callable[[Any, Any], None]) -> AsyncEngine:
        engine = create_async_engine(
            f"sqlite+aiosqlite:///{path}", pool_size=size, max_overflow=0, pool_timeout=self._patience, hide_parameters=True,
            async_creator=lambda: statements.connect(path, self._patience),
        )  # fmt: skip
        event.listen(engine.sync_engine, "connect", prepare)
        return engine

    def _on_server(self, url: str) -> AsyncEngine:
        milliseconds = str(int(self._patience * 1000))
        given = {
            "dsn": url,  # the driver reads it, so that sslmode, host lists and ~/.pgpass mean what they mean elsewhere
            "timeout": min(self._patience, _WAIT),
            "command_timeout": self._patience * 1.5,  # where the server cannot keep its own
            "server_settings": {
                "application_name": "ostiary-identity",
                "statement_timeout": milliseconds,
                "lock_timeout": milliseconds,
                "idle_in_transaction_session_timeout": str(int(max(self._patience, 60.0) * 1000)),
            },
        }
        return create_async_engine(
            "postgresql+asyncpg://", pool_size=_CONNECTIONS, max_overflow=0, pool_timeout=self._patience, pool_pre_ping=True,
            hide_parameters=True, connect_args=given,
        )  # fmt: skip

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection to ask with: all answers of the block are of one moment, and changes are refused.

        :raises StoreError: when the database cannot be reached in time.
        :raises RuntimeError: inside another block of the same task, which has a connection already.
        """
        with self._alone(), _Told():
            connection = await self._readers.connect()
            try:
                if self.is_sqlite:
                    await connection.exec_driver_sql("BEGIN")
                yield connection
            finally:
                await _to_the_end(connection.close())

    @asynccontextmanager
    async def write(self, *about: str) -> AsyncIterator[AsyncConnection]:
        """A transaction: committed when the block ends, undone when it raises or is cancelled.

        Never wait for anything but the database inside. On SQLite no other transaction runs meanwhile, in no process. On
        PostgreSQL others do (READ COMMITTED): a block that reads and then decides names what it decides `about`, and
        blocks about the same run one after the other.

        :param about: such as ``user:<id>``.
        :raises StoreError: when the database cannot be reached in time, or the change collides.
        :raises RuntimeError: inside another block of the same task: half of it would not be undone with the rest.
        """
        with self._alone(), _Told():
            if not self.is_sqlite:
                async with self._transaction(about) as connection:
                    yield connection
                return
            async with asyncio.timeout(self._patience):
                await self._turn.acquire()
            try:
                async with self._transaction(about) as connection:
                    yield connection
            finally:
                self._turn.release()

    async def change(self, work: Callable[[AsyncConnection], Awaitable[T]], *about: str) -> T:
        """Do a piece of work in a transaction of its own, again when it collides with others.

        :param work: may be called several times; only the last one's changes stay.
        :param about: as in `write`.
        :raises StoreError: as `write`, and when it collided five times.
        """
        for left in reversed(range(_TRIES)):
            try:
                async with self.write(*about) as connection:
                    return await work(connection)
            except StoreError as error:
                if not left or not _collided(error.__cause__):
                    raise
                await asyncio.sleep(random.uniform(0.005, 0.05))  # noqa: S311 - so that they do not meet again
        msg = "the change collides with others again and again"  # not reached: the last turn returns or raises
        raise StoreError(msg)

    @asynccontextmanager
    async def _transaction(self, about: tuple[str, ...]) -> AsyncIterator[AsyncConnection]:
        connection = await self._writer.connect()
        try:
            await (self._take_file(connection) if self.is_sqlite else _take_turns(connection, about))
            began = time.monotonic()
            try:
                yield connection
            except BaseException:
                with suppress(DBAPIError, OSError):  # a lost connection is rolled back by its loss
                    await _to_the_end(connection.rollback())
                raise
            await _to_the_end(connection.commit())
            if (took := time.monotonic() - began) > _SLOW:
                logger.warning("a transaction took %.1f s; others waited for it", took)
        finally:
            await _to_the_end(connection.close())

    async def _take_file(self, connection: AsyncConnection) -> None:
        """The file's only lock; SQLite's own way of waiting for it would favour whoever has just had it."""
        until = time.monotonic() + self._patience
        pause = _SHORTEST
        while True:
            try:
                await _to_the_end(connection.exec_driver_sql("BEGIN IMMEDIATE"))
            except DBAPIError as error:
                if not _is_locked(error) or time.monotonic() > until:
                    raise
            else:
                return
            await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - so that processes do not march in step
            pause = min(_LONGEST, pause * 1.5)

    def _alone(self) -> _Alone:
        return _Alone(self._busy)

    async def pack(self) -> None:
        """Leave one file on SQLite, without a log beside it; nobody else may have it open."""
        await self._readers.dispose()
        async with self._writer.connect() as connection:
            await connection.exec_driver_sql("PRAGMA journal_mode=DELETE")
        await self.close()

    async def close(self) -> None:
        """Give all connections back."""
        await self._writer.dispose()
        if self.is_sqlite:
            await self._readers.dispose()


class _Alone:
    """One block per task: a second one could wait for the first for ever, or for a connection that all others hold."""

    def __init__(self, busy: set[asyncio.Task[Any] | None]) -> None:
        self._busy = busy
        self._task = asyncio.current_task()

    def __enter__(self) -> None:
        if self._task in self._busy:
            msg = "a block on the database inside another one: use the connection that is there"
            raise RuntimeError(msg)
        self._busy.add(self._task)

    def __exit__(self, *_: object) -> None:
        self._busy.discard(self._task)


class _Told:
    """Whatever goes wrong with the database leaves as a StoreError, without statements and their values."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, IntegrityError) or _collided(error):
            msg = "the change collides with another one"
            raise StoreError(msg) from error
        if isinstance(error, (DBAPIError, PoolTimeoutError, TimeoutError, OSError)):
            inner = error.orig if isinstance(error, DBAPIError) else error
            msg = f"the accounts' database does not answer: {type(inner).__name__}"
            raise StoreError(msg) from error


async def _to_the_end(doing: Coroutine[Any, Any, T]) -> T:
    """Finish what must not be left half done, also when the task is cancelled meanwhile; then it is.

    A cancelled statement costs the connection, and a cancelled COMMIT would leave nobody knowing what became of it.
    """
    task = asyncio.ensure_future(doing)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:  # as often as somebody likes
            cancelled = error
    if cancelled is not None:
        if not task.cancelled() and task.exception() is not None:
            raise cancelled from task.exception()
        raise cancelled
    return task.result()


async def _take_turns(connection: AsyncConnection, about: tuple[str, ...]) -> None:
    """PostgreSQL's advisory locks, given back when the transaction ends; always in the same order."""
    for each in sorted(set(about)):
        await connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:about, 0))"), {"about": each})


def _path(url: str, where: str) -> Path:
    """The file's path; nothing else is taken, as a database in memory would be another one for each connection."""
    path = url.removeprefix("sqlite:///")
    if path == url or not path or path.startswith(":") or "?" in path or "#" in path or "\0" in path:
        raise ConfigError(where, "names no file", 'write "sqlite:///path" or "sqlite:////absolute/path"')
    return Path(path)


def _make(path: Path, where: str) -> None:
    try:
        made(path)
    except OSError as error:
        raise ConfigError(where, f"{path} cannot be opened: {error.strerror}") from error


def _reading(connection: Any, _record: Any) -> None:
    _prepare(connection, "query_only=ON")


def _writing(connection: Any, _record: Any) -> None:
    _prepare(connection, "busy_timeout=0")  # last: `_take_file` waits instead


def _prepare(connection: Any, *last: str) -> None:
    cursor = connection.cursor()
    for each in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF", *last):
        cursor.execute(f"PRAGMA {each}")
    cursor.close()


def _is_locked(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _collided(error: BaseException | None) -> bool:
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", "") in _COLLISIONS
