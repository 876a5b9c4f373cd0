"""Every process keeps a copy of all orders, and asks every two seconds whether they have changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from ostiary.errors import StoreError
from ostiary.store.ports import Ban

logger = logging.getLogger("ostiary.store")

EVERY = 2.0  # seconds between two questions
FRESH = 60.0  # seconds without an answer, after which nobody should rest on the copy
MOST = 10_000  # orders

Heard = Callable[[str | None, dict[str, Ban] | None], None]  # version (None: no answer), all orders (None: as before)


class Shared(Protocol):
    """Where the orders are that all share."""

    def fetch(self, version: str, heard: Heard) -> None:
        """Have `heard` called with the version that there is now, and all orders if it is another one."""
        ...

    async def order(self, ban: Ban) -> bool:
        """Put an order in force; False when there are `MOST` already."""
        ...

    async def lift(self, what: str) -> bool:
        """End an order; whether there was one."""
        ...


class CopiedBans:
    """`Bans` as this process knows them."""

    def __init__(self, shared: Shared, *, now: Callable[[], float], clock: Callable[[], float]) -> None:
        self._shared = shared
        self._now = now
        self._clock = clock
        self._orders: dict[str, Ban] = {}
        self._next_end = float("inf")
        self._version = ""
        self._asked = float("-inf")
        self._heard = float("-inf")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._first: asyncio.Future[None] | None = None
        self.changes = 0

    @property
    def fresh(self) -> bool:
        """See `Bans.fresh`; a copy that nobody has asked for yet is not."""
        return self._clock() - self._heard < FRESH

    def current(self) -> dict[str, Ban]:
        """See `Bans.current`."""
        if self._timer is None and self._clock() - self._asked > EVERY:  # nobody has started us: ask when we are asked
            self._ask()
        if self._next_end <= self._now():
            now = self._now()
            self._replace({what: ban for what, ban in self._orders.items() if ban.until > now})
        return self._orders

    async def order(self, ban: Ban) -> None:
        """See `Bans.order`; here it is in force at once. StoreError when there are too many."""
        if not await self._shared.order(ban):
            raise StoreError("there are too many orders")
        self._replace({**self._orders, ban.what: ban})

    async def lift(self, what: str) -> bool:
        """See `Bans.lift`."""
        there = await self._shared.lift(what)
        self._replace({key: ban for key, ban in self._orders.items() if key != what})
        return there

    async def start(self, seconds: float) -> None:
        """Ask now, wait for the answer for so long at the most, and go on asking."""
        self.stop()
        self._loop = asyncio.get_running_loop()
        self._first = self._loop.create_future()
        self._again()
        try:
            async with asyncio.timeout(seconds):
                await self._first
        except TimeoutError:
            logger.warning("the store does not answer; until it does, whoever must authenticate is refused")

    def stop(self) -> None:
        """Ask no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _again(self) -> None:
        if self._loop is not None:
            self._timer = self._loop.call_later(EVERY, self._again)
            self._ask()

    def _ask(self) -> None:
        self._asked = self._clock()
        try:
            self._shared.fetch(self._version, self._told)
        except (StoreError, RuntimeError):  # RuntimeError: no loop is running, so nobody can ask
            return

    def _told(self, version: str | None, orders: dict[str, Ban] | None) -> None:
        if self._first is not None and not self._first.done():
            self._first.set_result(None)
        if version is None:
            return
        self._heard = self._clock()
        if orders is not None:
            self._version = version
            self._replace(orders)

    def _replace(self, orders: dict[str, Ban]) -> None:
        if orders != self._orders:
            self._orders = orders
            self.changes += 1
        self._next_end = min((ban.until for ban in orders.values()), default=float("inf"))
