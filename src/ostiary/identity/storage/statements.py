"""On SQLite a statement is one visit to its connection's thread: executed, read to its end and closed there.

The driver would go there four times for each (cursor, execute, fetch, close), and the way there and back costs more than
the work. Nothing else differs: results here are small, and SQLAlchemy reads them whole anyway.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import aiosqlite

__all__ = ["connect"]

_CHUNK: Final = 64  # the driver's own default, for what is read in parts; nothing here is


class _Done(NamedTuple):
    """What a statement left."""

    description: Any = None
    rows: Sequence[Any] = ()
    rowcount: int = -1
    lastrowid: int | None = None


class _Connection(aiosqlite.Connection):
    """A connection whose cursors are opened by what they execute.

    :param connector: opens the file; called in the connection's own thread.
    """

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, _CHUNK)
        thread: Any = getattr(self, "_thread", self)  # until 0.22 a connection was its thread
        thread.daemon = True  # as SQLAlchemy does it: a process ends, whatever its connections do

    def cursor(self) -> Any:
        """A cursor; nothing has happened yet."""
        return _Cursor(self)

    async def finish(self, statement: str, parameters: Iterable[Any], *, many: bool) -> _Done:
        """Execute a statement in the connection's thread, and bring back all that it gave."""
        visit: Any = self._execute  # the driver's way to its thread, which says nothing of types
        done: _Done = await visit(_finished, self._conn, statement, parameters, many=many)
        return done


def _finished(connection: sqlite3.Connection, statement: str, parameters: Any, *, many: bool) -> _Done:
    cursor = connection.cursor()
    try:
        if many:
            cursor.executemany(statement, parameters)
        else:
            cursor.execute(statement, parameters)
        rows = cursor.fetchall() if cursor.description else ()  # also what RETURNING gives: it is done when it is read
        return _Done(cursor.description, rows, cursor.rowcount, cursor.lastrowid)
    finally:
        cursor.close()


class _Cursor:
    """What SQLAlchemy asks of a driver's cursor."""

    arraysize = 1

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._done = _Done()

    @property
    def description(self) -> Any:
        """The columns, or None."""
        return self._done.description

    @property
    def rowcount(self) -> int:
        """Rows that were changed; -1 where that means nothing."""
        return self._done.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The row that was inserted."""
        return self._done.lastrowid

    async def execute(self, statement: str, parameters: Iterable[Any] = ()) -> _Cursor:
        """Execute a statement.

        :raises sqlite3.Error: as the driver.
        """
        self._done = await self._connection.finish(statement, parameters, many=False)
        return self

    async def executemany(self, statement: str, parameters: Iterable[Any]) -> _Cursor:
        """Execute a statement with each of the parameters.

        :raises sqlite3.Error: as the driver.
        """
        self._done = await self._connection.finish(statement, parameters, many=True)
        return self

    async def fetchall(self) -> Sequence[Any]:
        """The rows, which are here already."""
        rows, self._done = self._done.rows, self._done._replace(rows=())
        return rows

    async def close(self) -> None:
        """It is closed since it was executed."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    def __await__(self) -> Generator[Any, None, Self]:
        """As the driver's, which is awaited or entered."""
        yield from ()
        return self


async def connect(path: Path, seconds: float) -> aiosqlite.Connection:
    """Connect to a file, with transactions as they are written: nothing begins by itself.

    :param seconds: how long SQLite itself waits for a lock.
    """

    def open_file() -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=seconds, isolation_level=None)

    return await _Connection(open_file)
