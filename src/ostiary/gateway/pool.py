"""Connections to the upstream: kept, lent to one exchange at a time, bounded in number and in age."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from ostiary.errors import ConfigError, Denied
from ostiary.gateway.limits import FRESH, IDLE_UPSTREAM, MOST_WAITING
from ostiary.gateway.upstream import Upstream

if TYPE_CHECKING:
    from ostiary.gateway.flow import Flow
    from ostiary.gateway.shared import Core


class Origin(NamedTuple):
    """Where the upstream listens."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    path: str  # of a UNIX socket; then host and port mean nothing
    authority: bytes


def origin_of(upstream: str | None, where: str) -> Origin:
    """Read ``http://host:port``, ``https://host`` or ``unix:/path``.

    :raises ConfigError: when it is none of these.
    """
    hint = 'write "http://127.0.0.1:9000", "https://api.internal" or "unix:/run/api.sock"'
    if not upstream:
        raise ConfigError(f"{where}: upstream", "is missing", hint)
    if upstream.startswith("unix:/"):
        return Origin("localhost", 0, None, upstream.removeprefix("unix:"), b"localhost")
    parts = urlsplit(upstream)
    try:
        port = parts.port
    except ValueError:
        port = -1
    plain = parts.path in {"", "/"} and not parts.query and not parts.fragment and parts.username is None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == -1 or not plain:
        raise ConfigError(f"{where}: upstream", f"{upstream!r} is not an origin", hint)
    tls = ssl.create_default_context() if parts.scheme == "https" else None
    return Origin(parts.hostname, port or (443 if tls else 80), tls, "", parts.netloc.encode("ascii"))


class Pool:
    """Lends connections; whoever waits is served in order."""

    __slots__ = ("_connects", "_core", "_idle", "_waiting", "open", "origin")

    def __init__(self, core: Core, origin: Origin) -> None:
        self._core = core
        self.origin = origin
        self.open = 0  # connections that exist or are being made
        self._idle: list[Upstream] = []  # the last one used is the first one lent: the others may age and go
        self._waiting: deque[Flow] = deque()
        self._connects: set[asyncio.Task[None]] = set()

    def lend(self, flow: Flow, *, fresh: bool = False, repeatable: bool = True) -> None:
        """Give the flow a connection, now or later, by its `attached`; or tell it by `unreachable` that there is none.

        :param fresh: a new one; the exchange has just lost a stale one.
        :param repeatable: whether the request could be sent again if a pooled connection turns out to be stale.
        """
        idle = self._idle
        while idle and not fresh:
            upstream = idle.pop()
            if upstream.gone or (not repeatable and self._core.now - upstream.used > FRESH):
                upstream.close()
                continue
            flow.attached(upstream)
            return
        if len(self._waiting) >= MOST_WAITING:
            self._waiting = deque(each for each in self._waiting if not each.over)
        if self.open < self._core.wire.upstream_connections:
            self._connect(flow)
        elif len(self._waiting) < MOST_WAITING:
            self._waiting.append(flow)
        else:
            flow.unreachable(Denied(503, "the service is busy", {"retry-after": "1"}))

    def take_back(self, upstream: Upstream) -> None:
        """An exchange is done with its connection and both ends keep it."""
        upstream.used = self._core.now
        while self._waiting:
            flow = self._waiting.popleft()
            if not flow.over:
                flow.attached(upstream)
                return
        self._idle.append(upstream)

    def lost(self, upstream: Upstream) -> None:
        """A connection has ended."""
        self.open -= 1
        if upstream in self._idle:
            self._idle.remove(upstream)
        while self._waiting and self.open < self._core.wire.upstream_connections:
            flow = self._waiting.popleft()
            if not flow.over:
                self._connect(flow)

    def _connect(self, flow: Flow) -> None:
        self.open += 1
        task = asyncio.get_running_loop().create_task(self._dial(flow))
        self._connects.add(task)
        task.add_done_callback(self._connects.discard)

    async def _dial(self, flow: Flow) -> None:
        origin = self.origin
        loop = asyncio.get_running_loop()
        upstream = Upstream(self._core, self)
        try:
            async with asyncio.timeout(self._core.wire.connect_timeout):
                if origin.path:
                    await loop.create_unix_connection(lambda: upstream, origin.path)
                else:
                    name = origin.host if origin.tls else None
                    await loop.create_connection(
                        lambda: upstream, origin.host, origin.port, ssl=origin.tls, server_hostname=name
                    )
        except TimeoutError:
            self._failed(upstream, flow, Denied(504, "the service does not answer"))
        except OSError:  # refused, unreachable, no such name, a certificate that does not hold
            self._failed(upstream, flow, Denied(502, "the service cannot be reached"))
        except asyncio.CancelledError:
            self._failed(upstream, flow, None)
            raise
        else:
            if flow.over:
                self.take_back(upstream)
            else:
                flow.attached(upstream)

    def _failed(self, upstream: Upstream, flow: Flow, denied: Denied | None) -> None:
        if upstream.transport is None:  # otherwise connection_lost counts it
            self.lost(upstream)
        else:
            upstream.close()
        if denied is not None and not flow.over:
            self._core.stats.upstream_errors["connect"] += 1
            flow.unreachable(denied)

    def sweep(self, now: float) -> None:
        """Close what has been unused for long; called every tick."""
        for upstream in [each for each in self._idle if now - each.used > IDLE_UPSTREAM]:
            upstream.close()

    def close(self) -> None:
        """Close every idle connection and stop connecting."""
        for task in list(self._connects):
            task.cancel()
        for upstream in list(self._idle):
            upstream.close()
