"""A few connections to PostgreSQL, each doing one call after the other; what waits too long is failed, not kept waiting.

Calls on one lane are done in the order in which they were made, if the lane has one connection. While no connection can
be made, calls fail at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import random
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import asyncpg

from ostiary.errors import StoreError
from ostiary.store.postgres.schema import LOCK, schema

logger = logging.getLogger("ostiary.store")

MOST_WAITING = 5_000  # calls on a lane
MOST_KEPT = 1_000  # calls that nobody waits for, kept while there is no connection
LARGEST_KEPT = 65_536  # bytes of one
SLOWEST = 1.0  # seconds for making a connection, if the timeout is less; nobody waits for it longer than the timeout
SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 1.0  # seconds between two attempts to connect
LAST_WORDS = 1.0  # seconds for what is still to be sent when the store stops
SLOW, STEPS = 30.0, 3  # seconds for a slow step of making the schema, and how many there are

_NO_SCHEMA = (asyncpg.UndefinedTableError, asyncpg.UndefinedFunctionError, asyncpg.InvalidSchemaNameError)

Done = Callable[[Any], None]  # takes the row, or a StoreError


class Target(NamedTuple):
    """Which database, and how."""

    dsn: str
    timeout: float = 0.25  # seconds, for a connection and for an answer
    schema: str = "ostiary"
    connections: int = 4


class _Call(NamedTuple):
    query: str
    values: tuple[Any, ...]
    done: Done
    until: float


class Lane:
    """Calls in a queue, and the connections that work it off."""

    def __init__(self, session: Session, connections: int) -> None:
        self._session = session
        self._calls: deque[_Call] = deque()
        self._idle: deque[asyncio.Future[None]] = deque()
        self._watching = False
        self.tasks = [session.loop.create_task(self._work(), name="ostiary-postgres") for _ in range(connections)]

    def call(self, query: str, values: tuple[Any, ...], done: Done) -> None:
        """Call a function of the schema; `done` gets its row, or a StoreError, within the timeout."""
        down = self._session.down
        if down or len(self._calls) >= MOST_WAITING:
            done(StoreError(down or "PostgreSQL is behind"))
            return
        loop = self._session.loop
        self._calls.append(_Call(query, values, done, loop.time() + self._session.target.timeout))
        self._wake()
        if not self._watching:
            self._watching = True
            loop.call_at(self._calls[0].until, self._expire)

    def fail(self, why: str) -> None:
        """Fail whatever waits."""
        while self._calls:
            self._calls.popleft().done(StoreError(why))

    def _wake(self) -> None:
        while self._idle:
            waiter = self._idle.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def _wake_all(self, _: object = None) -> None:
        while self._idle:
            self._wake()

    def _expire(self) -> None:
        self._watching = False
        now = self._session.loop.time()
        if self._calls and self._calls[0].until <= now:
            self._session.despair()
        while self._calls and self._calls[0].until <= now:
            self._calls.popleft().done(StoreError("PostgreSQL: no connection was free in time"))
        if self._calls:
            self._watching = True
            self._session.loop.call_at(self._calls[0].until, self._expire)

    async def _work(self) -> None:
        session = self._session
        pause = 0.0
        while True:
            db = None
            try:
                db = await session.connect()
                pause = 0.0
                await self._serve(db)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # whatever it is, this connection is no good, and the next may be
                session.failed(error)
            finally:
                if db is not None:
                    db.terminate()
                    session.lost()
            pause = min(LONGEST_PAUSE, max(SHORTEST_PAUSE, pause * 2))
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - many processes must not come back at once

    async def _serve(self, db: asyncpg.Connection[Any]) -> None:
        """Work until the connection is closed; who sleeps is woken to see that it is."""
        db.add_termination_listener(self._wake_all)
        while not db.is_closed():
            if not self._calls:
                waiter: asyncio.Future[None] = self._session.loop.create_future()
                self._idle.append(waiter)
                await waiter
                continue
            call = self._calls.popleft()
            try:
                result = await db.fetchrow(call.query, *call.values, timeout=self._session.target.timeout)
            except asyncpg.PostgresError as error:  # this call's fault, or the server is going; then db is closed
                call.done(StoreError(f"PostgreSQL: {type(error).__name__}"))
                self._session.complained(error)
            except BaseException as error:
                call.done(StoreError(f"PostgreSQL: {type(error).__name__}"))
                raise
            else:
                call.done(result)


class Session:
    """The connections as seen from one event loop, for as long as that runs."""

    def __init__(
        self, target: Target, loop: asyncio.AbstractEventLoop, kept: deque[tuple[str, tuple[Any, ...]]]
    ) -> None:
        self.target = target
        self.loop = loop
        self.down = ""  # why; while it is empty, there is a connection or hope for one
        self._kept = kept
        self._connected = 0
        self._tried = asyncio.Event()  # the first attempt to connect is over
        self._made = False  # the schema
        self._making = asyncio.Lock()
        self.free = Lane(self, target.connections)
        self.ordered = Lane(self, 1)

    @property
    def alive(self) -> bool:
        """Whether it still holds, or tries to make, connections; a loop that is ending cancels all tasks."""
        return not any(task.done() for task in (*self.free.tasks, *self.ordered.tasks))

    def post(self, query: str, values: tuple[Any, ...]) -> None:
        """Call in order, without waiting; while there is no connection it is kept for the next, unless that is too many."""
        if self._connected:
            self.ordered.call(query, values, _unheard)
        elif len(self._kept) < MOST_KEPT and all(
            len(each) <= LARGEST_KEPT for each in values if isinstance(each, bytes)
        ):
            self._kept.append((query, values))

    async def ready(self) -> None:
        """Wait for the first attempt to connect, whatever comes of it."""
        await self._tried.wait()

    async def connect(self) -> asyncpg.Connection[Any]:
        """A new connection to a database that has the schema."""
        settings = {"application_name": "ostiary", "jit": "off", "default_transaction_isolation": "read committed",
                    "lock_timeout": f"{math.ceil(self.target.timeout * 1000)}"}  # fmt: skip
        async with asyncio.timeout(max(self.target.timeout, SLOWEST)):
            db: asyncpg.Connection[Any] = await asyncpg.connect(self.target.dsn, server_settings=settings)
        try:
            async with self._making:
                if not self._made:
                    # ended, not cancelled: a server that hangs answers no ROLLBACK either
                    late = self.loop.call_later(STEPS * SLOW, db.terminate)
                    try:
                        await _make_schema(db, self.target.schema)
                    finally:
                        late.cancel()
                    self._made = True
        except BaseException:
            db.terminate()
            raise
        self._connected += 1
        if self.down:
            logger.warning("PostgreSQL is back")
        self.down = ""
        self._tried.set()
        for query, values in self._kept:
            self.ordered.call(query, values, _unheard)
        self._kept.clear()
        return db

    def complained(self, error: asyncpg.PostgresError) -> None:
        """A call was refused; if the schema is gone, it is made again.

        :raises PostgresError: when the connection is of no use.
        """
        if isinstance(error, _NO_SCHEMA):
            self._made = False
            raise error

    def lost(self) -> None:
        """A connection is no more."""
        self._connected -= 1

    def despair(self) -> None:
        """A call was kept waiting; if that is for want of any connection, those who come later do not wait."""
        if not self._connected:
            self.down = self.down or "PostgreSQL is out of reach: no connection in time"

    def failed(self, error: Exception) -> None:
        """A connection could not be made, or broke."""
        if not self._connected:
            if not self.down:
                logger.warning("PostgreSQL is out of reach: %s", error)
            self.down = f"PostgreSQL is out of reach: {type(error).__name__}"
            self.free.fail(self.down)
            self.ordered.fail(self.down)
        self._tried.set()

    async def stop(self) -> None:
        """Wait for what is under way, for `LAST_WORDS` at the most, and close."""
        if self._connected:
            answered = asyncio.Event()  # what was posted before was done before
            self.ordered.call("SELECT 1", (), lambda _: answered.set())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORDS):
                    await answered.wait()
        tasks = {*self.free.tasks, *self.ordered.tasks}
        while tasks:  # the first cancellation may end in a ROLLBACK, which a server that hangs does not answer
            for task in tasks:
                task.cancel()
            _, tasks = await asyncio.wait(tasks, timeout=LAST_WORDS)
        self.down = "the store was stopped"
        self.free.fail(self.down)
        self.ordered.fail(self.down)

    def abandon(self) -> None:
        """Another loop has taken over."""
        with contextlib.suppress(RuntimeError):  # it is closed, and its tasks were cancelled then
            for task in (*self.free.tasks, *self.ordered.tasks):
                self.loop.call_soon_threadsafe(task.cancel)


async def _make_schema(db: asyncpg.Connection[Any], name: str) -> None:
    """Make what is not there yet; of many processes one does it, and a role that may not is enough once it is done."""
    text, version = schema(name)
    there = f"SELECT value FROM {name}.versions WHERE name = 'schema'"  # noqa: S608 - a name of letters
    with contextlib.suppress(asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        if await db.fetchval(there) == version:
            return
    async with db.transaction():
        await db.execute("SET LOCAL lock_timeout = 0")
        await db.execute(LOCK, timeout=SLOW)
        exists = await db.fetchval("SELECT to_regclass($1) IS NOT NULL", f"{name}.versions")
        if exists and await db.fetchval(there) == version:
            return
        await db.execute(f"CREATE SCHEMA IF NOT EXISTS {name}", timeout=SLOW)
        await db.execute(text, timeout=SLOW)
        put = f"INSERT INTO {name}.versions VALUES ('schema', $1) ON CONFLICT (name) DO UPDATE SET value = $1"  # noqa: S608 - as above
        await db.execute(put, version)


def _unheard(row: object) -> None:
    """Nobody waits for it, and it errs towards refusing when it failed."""
