"""Bytes out, replies in: RESP2, parsed by hiredis.

A client library's task, lock and timer for each command would cost ten times as much as the command (bench/stores.py).
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import hiredis

from ostiary.errors import StoreError
from ostiary.store.redis.scripts import BY_SHA

_USELESS = {"READONLY", "LOADING", "MASTERDOWN", "NOAUTH"}  # who answers so is not the server we need, or not yet

Part = bytes | str | int | float
Done = Callable[[Any], None]  # takes the reply, or a StoreError
_packed: Callable[[Any], bytes] = hiredis.pack_command  # its stub knows tuples of one only


class Target(NamedTuple):
    """Where Redis is, and who we are there."""

    host: str = "127.0.0.1"
    port: int = 6379
    path: str = ""  # of a unix socket, instead of host and port
    user: str = ""
    password: str = ""
    database: int = 0
    tls: ssl.SSLContext | None = None
    timeout: float = 0.25  # seconds, for a connection and for an answer
    prefix: str = "ostiary:"

    def hello(self) -> list[tuple[Part, ...]]:
        """What is said on a new connection; each is answered before it counts as one."""
        said: list[tuple[Part, ...]] = []
        if self.password:
            said.append(("AUTH", self.user, self.password) if self.user else ("AUTH", self.password))
        if self.database:
            said.append(("SELECT", self.database))
        return said + [("SCRIPT", "LOAD", text) for text in BY_SHA.values()]


class Link(asyncio.Protocol):
    """A connection, its commands that have no reply yet, and when they were sent."""

    def __init__(self, clock: Callable[[], float], lost: Callable[[str], None]) -> None:
        self._clock = clock
        self._lost = lost
        self._reader = hiredis.Reader()
        self.pending: deque[tuple[tuple[Part, ...], Done, float]] = deque()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self.transport = transport  # type: ignore[assignment]  # create_connection makes a Transport

    def connection_lost(self, error: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._lost("the connection was lost" if error is None else f"the connection was lost: {type(error).__name__}")

    def write(self, commands: list[tuple[tuple[Part, ...], Done]]) -> None:
        """Send commands; what their `done` gets is the reply."""
        now = self._clock()
        if self.transport is not None:
            self.pending.extend((parts, done, now) for parts, done in commands)
            self.transport.write(b"".join([_packed(parts) for parts, _ in commands]))

    def data_received(self, data: bytes) -> None:
        """Hand each reply to the command that waits for it."""
        reader = self._reader
        try:
            reader.feed(data)
            while (reply := reader.gets()) is not False:
                parts, done, _ = self.pending.popleft()  # empty once the connection was given up
                if reply.__class__ is hiredis.ReplyError:
                    self._complaint(parts, done, str(reply))
                else:
                    done(reply)
        except (hiredis.ProtocolError, IndexError):
            self._lost("what answers is not a Redis")

    def _complaint(self, parts: tuple[Part, ...], done: Done, text: str) -> None:
        kind = text.partition(" ")[0]
        if kind == "NOSCRIPT" and parts[0] == b"EVALSHA":  # somebody flushed the scripts; EVAL loads this one again
            self.write([((b"EVAL", BY_SHA[parts[1]], *parts[2:]), done)])  # type: ignore[index]  # a digest, always
            return
        done(StoreError(f"Redis refuses: {kind}"))
        if kind in _USELESS:
            self._lost(f"Redis refuses: {kind}")
