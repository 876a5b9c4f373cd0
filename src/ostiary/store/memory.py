"""State in this process: bounded, forgotten at exit, right for one process."""

from __future__ import annotations

from collections.abc import Callable

from ostiary.errors import StoreError
from ostiary.store.ports import Attempt, Ban, Begun, Count, Prisoner, Rate, Taken

_DRIFT = 1e-9  # seconds: sums of float steps drift by less
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
        debt = self._whole_at.get(key, now) - now
        if debt < 0.0:  # noqa: PLR1730 - a call of max() costs as much as the rest
            debt = 0.0
        after = debt + step * cost
        if after > room + _DRIFT:
            return Taken(after - room, int((room - debt + _DRIFT) / step))
        if len(self._whole_at) >= self._most_keys and key not in self._whole_at:
            self._sweep(now)
        self._whole_at[key] = now + after
        return Taken(0.0, int((room - after + _DRIFT) / step))

    def _sweep(self, now: float) -> None:
        kept = {key: at for key, at in self._whole_at.items() if at > now}
        while len(kept) > self._most_keys // 2:  # still full of debtors: the oldest half goes, so a sweep stays rare
            kept.pop(next(iter(kept)))
        self._whole_at = kept


class MemoryQuotas:
    """`Quotas` in a bounded dict; a full one forgets windows that are over, then refuses new keys (it fails closed)."""

    def __init__(self, *, now: Callable[[], float], most_keys: int = MOST_KEYS) -> None:
        self._now = now
        self._most_keys = most_keys
        self._spent: dict[str, tuple[float, int]] = {}

    def spend(self, key: str, limit: int, until: float, cost: int = 1) -> Taken:
        """See `Quotas.spend`."""
        end, spent = self._spent.get(key, (until, 0))
        if end != until:
            spent = 0
        now = self._now()
        if spent + cost > limit:
            return Taken(max(until - now, _DRIFT), limit - spent)
        if len(self._spent) >= self._most_keys and key not in self._spent:
            self._spent = {each: kept for each, kept in self._spent.items() if kept[0] > now}
            if len(self._spent) >= self._most_keys:
                return Taken(1.0, 0)
        self._spent[key] = (until, spent + cost)
        return Taken(0.0, limit - spent - cost)


class _Record:
    __slots__ = ("jailed", "latest", "step", "strikes")

    def __init__(self) -> None:
        self.strikes = 0
        self.latest = 0.0
        self.jailed = 0.0  # until
        self.step = 0


class MemoryStrikes:
    """`Strikes` in bounded dicts; a full one forgets whoever is not in jail, the oldest first."""

    def __init__(self, *, now: Callable[[], float], most_keys: int = MOST_KEYS) -> None:
        self._now = now
        self._most_keys = most_keys
        self._records: dict[str, _Record] = {}
        self._good: dict[str, float] = {}

    def attempt(self, attempt: Attempt) -> float:
        """See `Strikes.attempt`."""
        now = self._now()
        vouched = bool(attempt.good) and self._good.get(attempt.good, 0.0) > now
        wait = 0.0
        for count in attempt.counts:
            record = self._current(count, now)
            if record is None or (count.spares and vouched):
                continue
            if record.jailed > now:
                wait = max(wait, record.jailed - now)
            elif record.strikes >= count.ladder.tries:
                wait = max(wait, 1.0)
        if wait:
            return wait
        for count in attempt.counts:
            record = self._records.get(count.key)
            if record is None:
                if len(self._records) >= self._most_keys:
                    self._sweep(now)
                record = self._records[count.key] = _Record()
            record.strikes += 1
            record.latest = now
        return 0.0

    def settle(self, attempt: Attempt, *, good: bool) -> None:
        """See `Strikes.settle`."""
        now = self._now()
        for count in attempt.counts:
            record = self._current(count, now)
            if record is None:
                continue
            if good:
                self._take_back(count, record, clear=count.clears)
            elif record.strikes >= count.ladder.tries and record.jailed <= now:
                term = count.ladder.terms[min(record.step, len(count.ladder.terms) - 1)]
                record.step += 1
                record.jailed = now + term
                record.strikes = 0
        if good and attempt.good:
            if len(self._good) >= self._most_keys:
                self._good.pop(next(iter(self._good)))
            self._good[attempt.good] = now + attempt.good_for

    def drop(self, attempt: Attempt) -> None:
        """See `Strikes.drop`."""
        now = self._now()
        for count in attempt.counts:
            record = self._current(count, now)
            if record is not None:
                self._take_back(count, record, clear=False)

    def prisoners(self, prefix: str = "", most: int = 1000) -> list[Prisoner]:
        """See `Strikes.prisoners`."""
        now = self._now()
        found = [
            Prisoner(key, record.jailed, record.step)
            for key, record in self._records.items()
            if record.jailed > now and key.startswith(prefix)
        ]
        return sorted(found, key=lambda each: -each.until)[:most]

    def free(self, prefix: str) -> int:
        """See `Strikes.free`."""
        keys = [each.key for each in self.prisoners(prefix, self._most_keys)]
        for key in keys:
            del self._records[key]
        return len(keys)

    def _current(self, count: Count, now: float) -> _Record | None:
        record = self._records.get(count.key)
        if record is None:
            return None
        if record.strikes and record.latest + count.ladder.window <= now:
            record.strikes = 0
        if record.step and record.jailed + count.ladder.forget <= now:
            record.step = 0
        return record

    def _take_back(self, count: Count, record: _Record, *, clear: bool) -> None:
        record.strikes = max(0, record.strikes - 1)
        if clear:
            record.strikes = record.step = 0
            record.jailed = 0.0
        if not record.strikes and not record.step:
            del self._records[count.key]

    def _sweep(self, now: float) -> None:
        """Half of the room at the least: first the free, oldest first; if all are in jail, those with least to serve."""
        order = sorted(self._records.items(), key=lambda pair: (max(pair[1].jailed, now), pair[1].latest))
        self._records = dict(order[len(order) // 2 :])


class MemoryOnce:
    """`Once` in a bounded dict; a full one says no."""

    def __init__(self, *, clock: Callable[[], float], most_keys: int = MOST_KEYS) -> None:
        self._clock = clock
        self._most_keys = most_keys
        self._used: dict[str, float] = {}

    def first(self, key: str, seconds: float) -> bool:
        """See `Once.first`."""
        now = self._clock()
        if self._used.get(key, 0.0) > now:
            return False
        if len(self._used) >= self._most_keys:
            self._used = {each: until for each, until in self._used.items() if until > now}
            if len(self._used) >= self._most_keys:
                return False
        self._used[key] = now + seconds
        return True


class MemoryReplies:
    """`Replies` in a dict bounded in number and bytes; the oldest stored reply goes first."""

    def __init__(self, *, clock: Callable[[], float], most_keys: int = 10_000, most_bytes: int = 64 << 20) -> None:
        self._clock = clock
        self._most_keys = most_keys
        self._most_bytes = most_bytes
        self._bytes = 0
        self._known: dict[str, tuple[str, float, bytes | None]] = {}  # fingerprint, until, reply (None: being run)

    def begin(self, key: str, fingerprint: str, seconds: float, lock: float) -> Begun:  # noqa: ARG002 - for stores with a life of their own
        """See `Replies.begin`."""
        now = self._clock()
        known = self._known.get(key)
        if known is not None and known[1] > now:
            if known[0] != fingerprint:
                return Begun("other")
            return Begun("busy") if known[2] is None else Begun("done", known[2])
        self._forget(key)
        while len(self._known) >= self._most_keys:
            self._forget(next(iter(self._known)))
        self._known[key] = (fingerprint, now + lock, None)
        return Begun("new")

    def finish(self, key: str, fingerprint: str, reply: bytes, seconds: float) -> None:
        """See `Replies.finish`."""
        known = self._known.get(key)
        if known is None or known[0] != fingerprint or known[2] is not None:
            return
        while self._bytes + len(reply) > self._most_bytes and self._known:
            self._forget(next(iter(self._known)))
        self._known[key] = (fingerprint, self._clock() + seconds, reply)
        self._bytes += len(reply)

    def drop(self, key: str, fingerprint: str) -> None:
        """See `Replies.drop`."""
        known = self._known.get(key)
        if known is not None and known[0] == fingerprint and known[2] is None:
            self._forget(key)

    def _forget(self, key: str) -> None:
        known = self._known.pop(key, None)
        if known is not None and known[2] is not None:
            self._bytes -= len(known[2])


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
        self.strikes = MemoryStrikes(now=now)
        self.once = MemoryOnce(clock=clock)
        self.replies = MemoryReplies(clock=clock)
        self.bans = MemoryBans(now=now)

    async def start(self) -> None:
        """Nothing to connect to."""

    async def stop(self) -> None:
        """Nothing to send."""
