"""A place is held by one exchange from its start to its end, and given back exactly once, however it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple


class Need(NamedTuple):
    """A place among `limit` under a key."""

    key: str
    limit: int


class Ticket:
    """One exchange's places, or its turn in the queue for them."""

    __slots__ = ("_answer", "holding", "needs", "over", "places", "who")

    def __init__(self, places: Places, needs: Sequence[Need], who: str) -> None:
        self.places = places
        self.needs = needs
        self.who = who
        self.holding = False  # the places are ours
        self.over = False  # the exchange has ended
        self._answer: asyncio.Future[None] | None = None

    def admit(self) -> None:
        """The places are ours: take them."""
        self.holding = True
        self.places.take(self.needs)
        if self._answer is not None:
            self._wake()

    def end(self) -> None:
        """Give back what is held, or leave the queue; once."""
        self.over = True
        if self.holding:
            self.holding = False
            self.places.give_back(self.needs)
        else:
            self.places.leave(self)
            self._wake()

    def _wake(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(None)

    async def wait(self, seconds: float) -> None:
        """Return when the places are ours, the exchange is over or the time is, whichever comes first."""
        if self.holding or self.over:
            return
        self._answer = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await self._answer
        except TimeoutError:
            pass  # `holding` and `over` say how it ended


class Places:
    """Places of one process, by key, and the queue for them.

    Whoever finds places free takes them; the queue is served first come, first served whenever one is given back, but
    passes over those who wait for a place that is still taken. So nobody in it could be admitted, and a newcomer who
    finds his places free overtakes none who could use them.
    """

    def __init__(self) -> None:
        self.held: dict[str, int] = {}  # keys of which a place is held: no more than there are exchanges
        self._queue: dict[Ticket, None] = {}  # in order of arrival
        self._waiting: dict[str, int] = {}  # how many wait, by who

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._queue)

    def lacking(self, needs: Sequence[Need]) -> Need | None:
        """The first of the needs for which there is no place."""
        held = self.held
        for need in needs:
            key, limit = need
            if held.get(key, 0) >= limit:
                return need
        return None

    def take(self, needs: Sequence[Need]) -> None:
        """Take places that are there; who takes them gives them back, once (`give_back`)."""
        held = self.held
        for key, _ in needs:
            held[key] = held.get(key, 0) + 1

    def queue(self, ticket: Ticket, most: int) -> bool:
        """Get in line, where fewer than `most` stand and a quarter of them at the most are the same caller's."""
        mine = self._waiting.get(ticket.who, 0)
        if len(self._queue) >= most or mine >= max(1, most // 4):
            return False
        self._queue[ticket] = None
        self._waiting[ticket.who] = mine + 1
        return True

    def leave(self, ticket: Ticket) -> None:
        """Stand in line no longer."""
        if ticket in self._queue:
            del self._queue[ticket]
            left = self._waiting[ticket.who] - 1
            if left:
                self._waiting[ticket.who] = left
            else:
                del self._waiting[ticket.who]

    def give_back(self, needs: Sequence[Need]) -> None:
        """Return places, and let in who now fits."""
        held = self.held
        for key, _ in needs:
            left = held[key] - 1
            if left:
                held[key] = left
            else:
                del held[key]
        if self._queue:
            for ticket in list(self._queue):
                if self.lacking(ticket.needs) is None:
                    self.leave(ticket)
                    ticket.admit()
