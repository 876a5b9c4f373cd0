"""State in this process: bounded, forgotten at exit, right for one process."""

from __future__ import annotations

from collections.abc import Callable

from ostiary.store.ports import Rate, Taken

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
        now = self._clock()
        step = rate.per / rate.amount
        whole_at = self._whole_at.get(key, now)
        whole_at = max(whole_at, now)
        after = whole_at + step * cost
        over = after - now - step * rate.burst
        if over > 1e-9:  # noqa: PLR2004 - sums of float steps drift by less than this
            return Taken(over, max(0, int((step * rate.burst - (whole_at - now)) / step + 1e-9)))
        if len(self._whole_at) >= self._most_keys and key not in self._whole_at:
            self._sweep(now)
        self._whole_at[key] = after
        return Taken(0.0, int((step * rate.burst - (after - now)) / step + 1e-9))

    def _sweep(self, now: float) -> None:
        kept = {key: at for key, at in self._whole_at.items() if at > now}
        while len(kept) > self._most_keys // 2:  # still full of debtors: the oldest half goes, so a sweep stays rare
            kept.pop(next(iter(kept)))
        self._whole_at = kept
