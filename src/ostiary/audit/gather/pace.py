"""An audit is a guest: it keeps to a rate, and asks for less at once when answers take longer than they did."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Final

MOST_AT_ONCE: Final = 8  # requests under way
SLOWED: Final = 4.0  # times as long as answers took at first: then less is asked at once
NOTICED: Final = 0.25  # seconds; below, nobody minds
_STEADY: Final = 0.2  # weight of the newest answer in the running mean
_FIRST: Final = 10  # answers that say what is usual here


class Pace:
    """How many requests may be under way, and when the next one may begin.

    :param most: requests at once.
    :param rate: requests per second; 0 for as many as the target bears.
    """

    def __init__(self, most: int, rate: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.allowed = most
        self.adapts = True
        self.rate = rate
        self._most = most
        self._gap = 1 / rate if rate else 0.0
        self._clock = clock
        self._next = 0.0  # when the next request may begin
        self._under_way = 0
        self._usual = self._mean = 0.0
        self._seen = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def measures(self, *, on: bool) -> None:
        """Answers are counted or timed from now on: slowing down, also what went before, would spoil the measure."""
        self.adapts = not on
        if on:
            self.allowed = self._most
            self._wake()

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn, and hold it while the request is under way."""
        while self._under_way >= self.allowed:
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            try:
                await waiting
            except asyncio.CancelledError:
                self._wake()  # the turn that was ours is the next one's
                raise
        self._under_way += 1
        try:
            await self._wait()
            yield
        finally:
            self._under_way -= 1
            self._wake()

    def told(self, seconds: float) -> None:
        """Learn how long an answer took."""
        if not self.adapts:
            return
        self._seen += 1
        self._mean = seconds if self._seen == 1 else (1 - _STEADY) * self._mean + _STEADY * seconds
        if self._seen <= _FIRST:
            self._usual = max(self._usual, self._mean)
            return
        if self._mean > max(NOTICED, SLOWED * self._usual):
            self.allowed = max(1, self.allowed // 2)
            self._mean = self._usual  # what is under way already was asked at the old pace
        elif self._mean < 2 * max(self._usual, NOTICED / SLOWED):
            self.allowed = min(self._most, self.allowed + 1)

    def _wake(self) -> None:
        free = self.allowed - self._under_way
        while free > 0 and self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(None)
                free -= 1

    async def _wait(self) -> None:
        if not self._gap:
            return
        now = self._clock()
        begin = max(now, self._next)
        self._next = begin + self._gap
        if begin > now:
            await asyncio.sleep(begin - now)
