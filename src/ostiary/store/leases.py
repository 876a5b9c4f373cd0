"""A hot key's units are fetched some at a time and handed out from memory; what is fetched was taken from the shared count.

Units are charged to the shared count when they are leased, so no number of processes can hand out more than it admits;
only the moment may be later. A lease lapses after `SHARE` of the time in which a burst comes back, so in any stretch of
time at most that share of a burst is added: 5 %. What lapses is given back. No lease is larger than `SHARE` of the burst
either: where a burst is less than 20 units, each of them is asked for by itself.

A refusal is remembered until its wait ends, so that a flood costs the store nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from ostiary.errors import StoreError
from ostiary.store.ports import Rate, Taken

SHARE = 0.05  # of a burst: what a lease may hold, and the part of its time that a lease may last
LONGEST = 1.0  # seconds that a lease may last, whatever its burst
MOST_KEYS = 50_000  # leases; an attacker who rotates addresses makes us forget them
_AHEAD = 0.8  # of a lease's life: for so long its size is meant to last
_SWEEP = 0.5  # seconds between two searches for leases that lapsed unused


class Granted(NamedTuple):
    """What the shared count answers: the units it gave, or the wait until the least that was asked for would fit."""

    units: int
    wait: float
    left: int


Done = Callable[[Granted | StoreError], None]
Ask = Callable[[str, Rate, int, int, Done], None]  # key, rate, least, most: `done` is called at once or later
Give = Callable[[str, Rate, int], None]


class _Lease:
    __slots__ = (
        "asked", "asking", "got", "lapses", "left", "life", "most", "opens", "rate", "refused", "size", "step",
        "units", "waiting",
    )  # fmt: skip

    def __init__(self, rate: Rate, share: float) -> None:
        self.rate = rate
        self.step = rate.per / rate.amount  # seconds in which a unit comes back
        self.life = min(LONGEST, share * self.step * rate.burst)
        self.most = int(share * rate.burst)  # units more than are needed now
        self.size = 0
        self.units = 0  # in hand
        self.left = 0  # in the shared count, when it was last asked
        self.got = 0  # units of this lease when it was new
        self.asked = 0.0  # when
        self.lapses = 0.0
        self.opens = 0.0  # until then whoever needs `refused` units or more is refused
        self.refused = 0
        self.asking = False
        self.waiting: list[tuple[int, asyncio.Future[Taken]]] = []


class LeasedCounters:
    """`Counters` over a shared count that has to be asked.

    :param share: of the burst, that may be in hand; 0.0 for counters that never lease.
    """

    def __init__(
        self, ask: Ask, give: Give, *, clock: Callable[[], float], share: float = SHARE, most_keys: int = MOST_KEYS
    ) -> None:
        self._ask = ask
        self._give = give
        self._clock = clock
        self._share = share
        self._most_keys = most_keys
        self._leases: dict[str, _Lease] = {}
        self._held: set[str] = set()  # keys of leases that may have units in hand
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def take(self, key: str, rate: Rate, cost: int = 1) -> Taken | Awaitable[Taken]:
        """See `Counters.take`; most calls for a hot key are answered from memory, at once."""
        lease = self._leases.get(key)
        now = self._clock()
        if lease is not None:
            if now < lease.lapses and cost <= lease.units:
                lease.units -= cost
                return Taken(0.0, lease.left + lease.units)
            if now < lease.opens and cost >= lease.refused:
                return Taken(lease.opens - now + lease.step * (cost - lease.refused), lease.left + lease.units)
        return self._fetch(key, rate, cost, now)

    def stop(self) -> None:
        """Give everything back that is in hand."""
        for key, lease in self._leases.items():
            if lease.units:
                self._give(key, lease.rate, lease.units)
                lease.units = 0
        self._held.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fetch(self, key: str, rate: Rate, cost: int, now: float) -> Taken | Awaitable[Taken]:
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # answers for another loop never come
            self._loop = loop
            self._leases.clear()
            self._held.clear()
            self._timer = None
        lease = self._leases.get(key)
        if lease is None or lease.rate != rate:
            if len(self._leases) >= self._most_keys:
                self._evict()
            lease = self._leases[key] = _Lease(rate, self._share)
        future: asyncio.Future[Taken] = loop.create_future()
        lease.waiting.append((cost, future))
        if not lease.asking:
            self._refill(key, lease, now)
        return future.result() if future.done() and future.exception() is None else future

    def _refill(self, key: str, lease: _Lease, now: float) -> None:
        self._resize(key, lease, now)
        lease.asking = True
        lease.asked = now
        needed = sum(cost for cost, _ in lease.waiting)
        least = min(cost for cost, _ in lease.waiting)
        most = min(needed + lease.size, max(lease.rate.burst, least)) if needed else 0

        def done(answer: Granted | StoreError) -> None:
            self._answered(key, lease, least, most, answer)

        self._ask(key, lease.rate, least, most, done)

    def _resize(self, key: str, lease: _Lease, now: float) -> None:
        """As many units as this process used up lately in the time that a lease lasts; those that lapsed go back."""
        used = lease.got - lease.units
        if now >= lease.lapses and lease.units:
            self._give(key, lease.rate, lease.units)
            lease.units = 0
        if lease.most and lease.asked:
            speed = used / max(now - lease.asked, lease.life / 8)
            lease.size = min(lease.most, int(speed * lease.life * _AHEAD))

    def _answered(self, key: str, lease: _Lease, least: int, most: int, answer: Granted | StoreError) -> None:
        lease.asking = False
        if isinstance(answer, StoreError):
            for _, future in lease.waiting:
                if not future.done():
                    future.set_exception(StoreError(*answer.args))
            lease.waiting.clear()
            return
        lease.units += answer.units
        lease.got = lease.units
        lease.left = answer.left
        lease.lapses = lease.asked + lease.life
        now = self._clock()
        if answer.wait or (answer.units < most and lease.most):  # what is left gathers, and is fetched some at a time
            self._refuse(lease, answer.wait, least, now)
        self._serve(lease)
        if lease.waiting and answer.units >= most > 0:
            self._refill(key, lease, now)  # more came while it was being asked
            return
        if lease.waiting:
            least = min(cost for cost, _ in lease.waiting)
            if not answer.wait:
                self._refuse(lease, max(lease.step * (least - lease.units), lease.step / 8), least, now)
            self._turn_away(lease, now)
        if lease.units and key not in self._held:
            self._held.add(key)
            self._sweep_later()

    def _refuse(self, lease: _Lease, wait: float, least: int, now: float) -> None:
        """Until the wait is over; where units are leased, long enough for some of them to gather."""
        pause = lease.life / 2 if lease.most else 0.0
        lease.opens = now + max(wait, pause)
        lease.refused = max(1, least)

    def _serve(self, lease: _Lease) -> None:
        served = 0
        for cost, future in lease.waiting:
            if cost > lease.units:
                break
            served += 1
            if not future.done():  # its caller may be gone
                lease.units -= cost
                future.set_result(Taken(0.0, lease.left + lease.units))
        del lease.waiting[:served]

    def _turn_away(self, lease: _Lease, now: float) -> None:
        for cost, future in lease.waiting:
            if not future.done():
                wait = lease.opens - now + lease.step * (cost - lease.refused)
                future.set_result(Taken(max(wait, lease.step / 8), lease.left + lease.units))
        lease.waiting.clear()

    def _sweep_later(self) -> None:
        if self._timer is None and self._loop is not None:
            self._timer = self._loop.call_later(_SWEEP, self._sweep)

    def _sweep(self) -> None:
        self._timer = None
        now = self._clock()
        for key in list(self._held):
            lease = self._leases.get(key)
            if lease is None or not lease.units:
                self._held.discard(key)
            elif now >= lease.lapses and not lease.asking:
                self._give(key, lease.rate, lease.units)
                lease.got -= lease.units  # what was used of it is how fast it is used
                lease.units = 0
                self._held.discard(key)
        if self._held:
            self._sweep_later()

    def _evict(self) -> None:
        """Half of them, the oldest; nothing is lost but what they held, which lapses without being given back."""
        self._leases = dict(list(self._leases.items())[self._most_keys // 2 :])
