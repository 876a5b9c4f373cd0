"""One connection to Redis, on which all commands of a loop's turn leave together and are answered in order, in time.

A connection that dies or keeps silent is given up whole, and made anew in the background; while there is none, commands
fail at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from ostiary.errors import StoreError
from ostiary.store.failed import Failed
from ostiary.store.redis.link import Done, Link, Part, Target

logger = logging.getLogger("ostiary.store")

MOST_WAITING = 20_000  # commands without an answer; more would not be answered in time
MOST_KEPT = 1_000  # commands that nobody waits for, kept while there is no connection
LARGEST_KEPT = 65_536  # bytes of one
SLOWEST = 1.0  # seconds for making a connection, if the timeout is less; nobody waits for it longer than the timeout
SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 1.0  # seconds between two attempts to connect
LAST_WORDS = 1.0  # seconds for what is still to be sent when the store stops


class Session:
    """The connection as seen from one event loop, for as long as that runs."""

    def __init__(self, target: Target, loop: asyncio.AbstractEventLoop, kept: deque[tuple[Part, ...]]) -> None:
        self._target = target
        self.loop = loop
        self._kept = kept
        self._link: Link | None = None
        self._down = ""  # why; while it is empty, there is a connection or hope for one
        self._told = False  # that it is down, in the log
        self._waiting: list[tuple[tuple[Part, ...], Done]] = []
        self._flushing = False
        self._hoping = False
        self._watching = False
        self._tried = asyncio.Event()  # the first attempt to connect is over
        self._gone = asyncio.Event()
        self._keeper = loop.create_task(self._keep(), name="ostiary-redis")

    @property
    def alive(self) -> bool:
        """Whether it still holds, or tries to make, a connection; a loop that is ending cancels all tasks."""
        return not self._keeper.done()

    def send(self, parts: tuple[Part, ...], done: Done) -> None:
        """Send a command at the end of this turn of the loop; `done` gets the reply, or a StoreError, within the timeout."""
        link = self._link
        if self._down or len(self._waiting) + (len(link.pending) if link else 0) >= MOST_WAITING:
            done(StoreError(self._down or "Redis is behind"))
            return
        self._waiting.append((parts, done))
        if link is None:
            if not self._hoping:
                self._hoping = True
                self.loop.call_later(self._target.timeout, self._despair)
        elif not self._flushing:
            self._flushing = True
            self.loop.call_soon(self._flush)

    def post(self, parts: tuple[Part, ...]) -> None:
        """Send a command that nobody waits for; without a connection it is kept for the next, unless that is too many."""
        if self._link is not None:
            self.send(parts, _unheard)
        elif len(self._kept) < MOST_KEPT and all(
            len(part) <= LARGEST_KEPT for part in parts if isinstance(part, bytes)
        ):
            self._kept.append(parts)

    async def ready(self) -> None:
        """Wait for the first attempt to connect, whatever comes of it."""
        await self._tried.wait()

    async def stop(self) -> None:
        """Wait for what is under way, for `LAST_WORDS` at the most, and close."""
        if self._link is not None:
            answered = asyncio.Event()  # what was sent before was answered before
            self.send(("PING",), lambda _: answered.set())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORDS):
                    await answered.wait()
        self._keeper.cancel()
        await asyncio.wait([self._keeper])

    def abandon(self) -> None:
        """Another loop has taken over."""
        with contextlib.suppress(RuntimeError):  # it is closed, and its tasks were cancelled then
            self.loop.call_soon_threadsafe(self._keeper.cancel)

    def _despair(self) -> None:
        """There was no connection in time: who waits for one hears so, and who comes later does not wait."""
        self._hoping = False
        if self._link is None and self._waiting:
            self._down = self._down or "Redis is out of reach: no connection in time"
            self._fail_waiting(self._down)

    def _flush(self) -> None:
        self._flushing = False
        if self._link is None or not self._waiting:
            return
        commands, self._waiting = self._waiting, []
        self._link.write(commands)
        self._watch()

    def _watch(self) -> None:
        """One timer for all commands: it looks at the oldest."""
        link = self._link
        if self._watching or link is None or not link.pending:
            return
        self._watching = True
        self.loop.call_at(link.pending[0][2] + self._target.timeout + 0.001, self._look)

    def _look(self) -> None:
        self._watching = False
        link = self._link
        if link is not None and link.pending and link.pending[0][2] + self._target.timeout <= self.loop.time():
            self._lost(link, "no answer in time")
        self._watch()

    def _lost(self, link: Link, why: str) -> None:
        """Give a connection up: what was sent on it may or may not have been done, and is not sent again."""
        if link.transport is not None:
            link.transport.abort()
        pending, link.pending = link.pending, deque()
        for _, done, _ in pending:
            done(StoreError(f"Redis: {why}"))
        if link is self._link:
            self._link = None
            self._gone.set()

    def _fail_waiting(self, why: str) -> None:
        waiting, self._waiting = self._waiting, []
        for _, done in waiting:
            done(StoreError(why))

    async def _keep(self) -> None:
        """Hold a connection until cancelled."""
        pause = 0.0
        try:
            while True:
                began = self.loop.time()
                try:
                    await self._connect()
                except Exception as error:  # whatever it is, there is no connection, and there may be one later
                    self._down = (
                        f"Redis is out of reach: {error if isinstance(error, StoreError) else type(error).__name__}"
                    )
                else:
                    await self._gone.wait()
                    if self.loop.time() - began > LONGEST_PAUSE:  # it worked for a while: try again at once
                        pause = 0.0
                        continue
                    self._down = "Redis is out of reach: the connection was lost at once"
                if not self._told:
                    self._told = True
                    logger.warning("%s", self._down)
                self._tried.set()
                self._fail_waiting(self._down)
                pause = min(LONGEST_PAUSE, max(SHORTEST_PAUSE, pause * 2))
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - many processes must not come back at once
        finally:
            self._down = "the store was stopped"
            if self._link is not None:
                self._lost(self._link, self._down)
            self._fail_waiting(self._down)

    async def _connect(self) -> None:
        self._gone.clear()
        link: Link
        link = Link(self.loop.time, lambda why: self._lost(link, why))
        target = self._target
        try:
            async with asyncio.timeout(max(target.timeout, SLOWEST)):
                opening: Awaitable[Any] = (
                    self.loop.create_unix_connection(lambda: link, target.path, ssl=target.tls)
                    if target.path
                    else self.loop.create_connection(lambda: link, target.host, target.port, ssl=target.tls)
                )
                await opening
                answers = [self.loop.create_future() for _ in target.hello()]
                hello = zip(target.hello(), answers, strict=True)
                link.write([(said, functools.partial(_settle, answer, _as_it_is)) for said, answer in hello])
                await asyncio.gather(*answers)
        except BaseException:
            self._lost(link, "not connected")
            raise
        self._link = link
        if self._told:
            self._told = False
            logger.warning("Redis is back")
        self._down = ""
        self._tried.set()
        kept = [(parts, _unheard) for parts in self._kept]
        self._kept.clear()
        self._waiting = [*kept, *self._waiting]
        self._flush()


class Wire:
    """The connection of this process, made by the first command of a loop and anew for another loop."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._session: Session | None = None
        self._kept: deque[tuple[Part, ...]] = deque()

    def session(self) -> Session:
        """The running loop's."""
        session = self._session
        loop = asyncio.get_running_loop()
        if session is None or session.loop is not loop or not session.alive:
            if session is not None:
                session.abandon()
            session = self._session = Session(self._target, loop, self._kept)
        return session

    def ask(self, parts: tuple[Part, ...], read: Callable[[Any], Any]) -> Awaitable[Any]:
        """Send a command; awaiting the answer gives what `read` makes of the reply, or raises StoreError."""
        session = self.session()
        future = session.loop.create_future()
        session.send(parts, functools.partial(_settle, future, read))
        if future.done() and (error := future.exception()) is not None:
            return Failed(StoreError(*error.args))
        return future

    async def stop(self) -> None:
        """See `Store.stop`."""
        session, self._session = self._session, None
        if session is not None and session.loop is asyncio.get_running_loop():
            await session.stop()


def _settle(future: asyncio.Future[Any], read: Callable[[Any], Any], reply: Any) -> None:
    if future.done():  # its caller is gone
        return
    if reply.__class__ is StoreError:
        future.set_exception(reply)
    else:
        future.set_result(read(reply))


def _as_it_is(reply: Any) -> Any:
    return reply


def _unheard(reply: object) -> None:
    """Nobody waits for it, and it errs towards refusing when it failed."""
