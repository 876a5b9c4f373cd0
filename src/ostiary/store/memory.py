"""State in this process: bounded, forgotten at exit, right for one process."""

from __future__ import annotations

from collections.abc import Callable

from ostiary.store.ports import Rate, Taken

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
