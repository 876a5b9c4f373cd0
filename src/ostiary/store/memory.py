"""State in this process: bounded, forgotten at exit, right for one process."""

from __future__ import annotations

from collections.abc import Callable

from ostiary.errors import StoreError
from ostiary.store.keys import LONGEST, bounded
from ostiary.store.memory_replies import MemoryReplies
from ostiary.store.memory_strikes import MemoryStrikes
from ostiary.store.ports import Ban, Rate, Taken

_DRIFT = 1e-6  # seconds: sums of float steps drift by less, after years without a restart
_new = tuple.__new__  # what Taken(...) does, without a call in between
_LOOK_AGAIN = 1.0  # seconds between two searches of a full map for what is over: a search costs milliseconds
MOST_KEYS = 100_000  # about 15 MB; an attacker who rotates addresses evicts, he does not grow us


class MemoryCounters:
    """`Counters` in a bounded dict.

    A key is the time at which its allowance is whole again. When the map is full the keys that are whole are dropped;
    if none is, the oldest entry goes: forgetting an allowance errs towards the caller, never towards unbounded memory.
    """

    def __init__(self, *, clock: Callable[[], float], most_keys: int = MOST_KEYS) -> None:
        self._clock = clock
        self._most_keys = most_keys
        self._whole_at: dict[str, float] = {}

    def take(self, key: str, rate: Rate, cost: int = 1) -> Taken:
        """See `Counters.take`; constant time but for the sweep, which a full map pays once per `most_keys` new keys."""
        amount, per, burst = rate
        step = per / amount
        room = step * burst
        now = self._clock()
        if len(key) > LONGEST or not key.isascii():
            key = bounded(key)
        debt = self._whole_at.get(key, now) - now
        if debt < 0.0:  # noqa: PLR1730 - a call of max() costs as much as the rest
            debt = 0.0
        after = debt + step * cost
        if after > room + _DRIFT:
            if debt > room + _DRIFT:  # it was counted at another rate, and nobody owes more than a burst
                self._whole_at[key] = now + room
                return Taken(step * cost, 0)
            return Taken(after - room, int((room - debt + _DRIFT) / step))
        if len(self._whole_at) >= self._most_keys and key not in self._whole_at:
            self._sweep(now)
        self._whole_at[key] = now + after
        return _new(Taken, (0.0, int((room - after + _DRIFT) / step)))

    def _sweep(self, now: float) -> None:
        kept = {key: at for key, at in self._whole_at.items() if at > now}
        while len(kept) > self._most_keys // 2:  # still full of debtors: the oldest half goes, so a sweep stays rare
            kept.pop(next(iter(kept)))
        self._whole_at = kept


class MemoryQuotas:
    """`Quotas` in a bounded dict; a full one forgets windows that are over, then refuses new keys (it fails closed).

    Each window is counted by itself: a clock that is set back over its end finds what was spent before.
    """

    def __init__(self, *, now: Callable[[], float], most_keys: int = MOST_KEYS) -> None:
        self._now = now
        self._most_keys = most_keys
        self._spent: dict[tuple[str, float], int] = {}
        self._searched = -_LOOK_AGAIN

    def spend(self, key: str, limit: int, until: float, cost: int = 1) -> Taken:
        """See `Quotas.spend`."""
        if len(key) > LONGEST or not key.isascii():
            key = bounded(key)
        window = (key, until)
        spent = self._spent.get(window, 0)
        now = self._now()
        if spent + cost > limit:
            return Taken(max(until - now, _DRIFT), max(0, limit - spent))
        if window not in self._spent and len(self._spent) >= self._most_keys and not self._room(now):
            return Taken(_LOOK_AGAIN, 0)
        self._spent[window] = spent + cost
        return Taken(0.0, limit - spent - cost)

    def _room(self, now: float) -> bool:
        if abs(now - self._searched) >= _LOOK_AGAIN:
            self._searched = now
            self._spent = {window: spent for window, spent in self._spent.items() if window[1] > now}
        return len(self._spent) < self._most_keys


class MemoryOnce:
    """`Once` in a bounded dict; a full one says no."""

    def __init__(self, *, clock: Callable[[], float], most_keys: int = MOST_KEYS) -> None:
        self._clock = clock
        self._most_keys = most_keys
        self._used: dict[str, float] = {}
        self._searched = -_LOOK_AGAIN

    def first(self, key: str, seconds: float) -> bool:
        """See `Once.first`."""
        now = self._clock()
        key = bounded(key)
        if self._used.get(key, 0.0) > now:
            return False
        if len(self._used) >= self._most_keys and not self._room(now):
            return False
        self._used[key] = now + seconds
        return True

    def _room(self, now: float) -> bool:
        if abs(now - self._searched) >= _LOOK_AGAIN:
            self._searched = now
            self._used = {key: until for key, until in self._used.items() if until > now}
        return len(self._used) < self._most_keys


class MemoryBans:
    """`Bans` in a dict; full, it takes no further order."""

    fresh = True

    def __init__(self, *, now: Callable[[], float], most: int = 10_000) -> None:
        self._now = now
        self._most = most
        self._orders: dict[str, Ban] = {}
        self._next_end = float("inf")
        self.changes = 0

    def current(self) -> dict[str, Ban]:
        """See `Bans.current`."""
        now = self._now()
        if self._next_end <= now:
            self._orders = {what: ban for what, ban in self._orders.items() if ban.until > now}
            self._changed()
        return self._orders

    def order(self, ban: Ban) -> None:
        """See `Bans.order`; StoreError when there are too many."""
        if len(self.current()) >= self._most and ban.what not in self._orders:
            raise StoreError("there are too many orders")
        self._orders[ban.what] = ban
        self._changed()

    def lift(self, what: str) -> bool:
        """See `Bans.lift`."""
        there = self._orders.pop(what, None) is not None
        self._changed()
        return there

    def _changed(self) -> None:
        self._next_end = min((ban.until for ban in self._orders.values()), default=float("inf"))
        self.changes += 1


class MemoryStore:
    """`Store` of one process."""

    shared = False

    def __init__(self, *, clock: Callable[[], float], now: Callable[[], float]) -> None:
        self.counters = self.exact = MemoryCounters(clock=clock)
        self.quotas = MemoryQuotas(now=now)
        self.strikes = MemoryStrikes(now=now, most_keys=MOST_KEYS)
        self.once = MemoryOnce(clock=clock)
        self.replies = MemoryReplies(clock=clock)
        self.bans = MemoryBans(now=now)

    async def start(self) -> None:
        """Nothing to connect to."""

    async def stop(self) -> None:
        """Nothing to send."""
