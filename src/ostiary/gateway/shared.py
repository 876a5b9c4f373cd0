"""What all connections of one process share: the compiled plan, the pool, the counts and a coarse clock."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from ostiary.config import Config
from ostiary.gateway import heads
from ostiary.gateway.limits import LAST_REQUESTS
from ostiary.gateway.metrics import Stats
from ostiary.gateway.pool import Origin, Pool
from ostiary.guard.site import Compiled
from ostiary.model import Place

if TYPE_CHECKING:
    from ostiary.gateway.client import Client

logger = logging.getLogger("ostiary.gateway")


class Core:
    """One per process; lives on one event loop."""

    def __init__(self, config: Config, compiled: Compiled, origin: Origin) -> None:
        self.compiled = compiled
        self.wire = config.wire
        self.scheme = "https" if config.tls is not None else "http"
        self.clients: set[Client] = set()
        self.stats = Stats()
        self.now = time.monotonic()  # coarse: moved by `_tick`, so that requests ask no clock
        self.date = heads.date(compiled.site.now())
        self.draining = False  # replies tell clients to come back elsewhere
        self.shut = False  # no request is taken any more
        self.underscored = _underscored(compiled)
        self.pool = Pool(self, origin)
        waits = (self.wire.reply_timeout, self.wire.idle_timeout, self.wire.head_timeout, self.wire.stall_timeout)
        self._period = min(0.5, max(0.02, min(waits) / 8))
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Let time pass."""
        self.now = time.monotonic()
        self._timer = asyncio.get_running_loop().call_later(self._period, self._tick)

    def _tick(self) -> None:
        self.now = now = time.monotonic()
        try:
            for client in [each for each in self.clients if each.deadline < now]:
                client.expire()
            self.pool.sweep(now)
            self.date = heads.date(self.compiled.site.now())
        except Exception:  # the clock must go on
            logger.exception("a connection could not be ended")
        self._timer = asyncio.get_running_loop().call_later(self._period, self._tick)

    async def drain(self, seconds: float) -> None:
        """Let exchanges under way finish, for at most this long; then end every connection.

        A client may be sending its next request just now: for a moment it is still answered, and told that it is the last.
        """
        self.draining = True
        until = time.monotonic() + seconds
        moment = time.monotonic() + min(LAST_REQUESTS, seconds / 2)
        await asyncio.sleep(0)  # connections that were accepted a moment ago
        while self.clients and time.monotonic() < moment:  # noqa: ASYNC110 - as below
            await asyncio.sleep(0.02)
        self.shut = True
        for client in list(self.clients):
            client.retire()
        while self.clients and time.monotonic() < until:  # noqa: ASYNC110 - the set is what ends the wait
            await asyncio.sleep(0.02)
        for client in list(self.clients):
            client.abort()
        self.pool.close()
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.sleep(0)  # the transports' last callbacks


def _underscored(compiled: Compiled) -> frozenset[bytes]:
    """Header names with an underscore that the document itself declares, lower case."""
    if compiled.api is None:
        return frozenset()
    names = {
        parameter.name
        for operation in compiled.api.operations
        for parameter in operation.parameters
        if parameter.place is Place.HEADER
    }
    names |= {
        str(scheme.get("name", "")) for scheme in compiled.api.security_schemes.values() if scheme.get("in") == "header"
    }
    return frozenset(name.lower().encode("latin-1", "replace") for name in names if "_" in name)
