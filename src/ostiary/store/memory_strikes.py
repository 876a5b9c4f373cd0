"""Strikes in this process: a full record forgets whoever is not in jail, the oldest first."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from ostiary.store.jail import Cells, Record
from ostiary.store.keys import bounded
from ostiary.store.ports import Attempt, Prisoner


class MemoryStrikes:
    """`Strikes` in bounded dicts."""

    def __init__(self, *, now: Callable[[], float], most_keys: int) -> None:
        self._now = now
        self._most_keys = most_keys
        self._records: dict[str, Record] = {}
        self._good: dict[str, float] = {}
        self._cells = Cells(self._read, self._write, self._forget)

    def attempt(self, attempt: Attempt) -> float:
        """See `Strikes.attempt`."""
        now = self._now()
        vouched = bool(attempt.good) and self._good.get(bounded(attempt.good), 0.0) > now
        return self._cells.attempt(attempt, now, vouched=vouched)

    def settle(self, attempt: Attempt, *, good: bool) -> None:
        """See `Strikes.settle`."""
        now = self._now()
        self._cells.settle(attempt.counts, now, good=good)
        if good and attempt.good:
            key = bounded(attempt.good)
            self._good.pop(key, None)  # to the end: the latest success is forgotten last
            if len(self._good) >= self._most_keys:
                del self._good[next(iter(self._good))]
            self._good[key] = now + attempt.good_for

    def drop(self, attempt: Attempt) -> None:
        """See `Strikes.drop`."""
        self._cells.take_back(attempt.counts, self._now())

    def prisoners(self, prefix: str = "", most: int = 1000) -> list[Prisoner]:
        """See `Strikes.prisoners`."""
        now = self._now()
        start = prefix if prefix in self._records else bounded(prefix)
        found = [
            Prisoner(key, record.jailed, record.step)
            for key, record in self._records.items()
            if record.jailed > now and key.startswith(start)
        ]
        return sorted(found, key=lambda each: -each.until)[:most]

    def free(self, prefix: str) -> int:
        """See `Strikes.free`."""
        keys = [each.key for each in self.prisoners(prefix, len(self._records))]
        for key in keys:
            del self._records[key]
        return len(keys)

    def _read(self, key: str) -> Record | None:
        return self._records.get(bounded(key))

    def _write(self, key: str, record: Record, until: float) -> None:  # noqa: ARG002 - other places forget by themselves
        key = bounded(key)
        if len(self._records) >= self._most_keys and key not in self._records:
            self._sweep()
        self._records[key] = record

    def _forget(self, key: str) -> None:
        self._records.pop(bounded(key), None)

    def _sweep(self) -> None:
        """Half of the room at the least, so that it is rare: the free go, oldest first, then prisoners."""
        now = self._now()
        room = self._most_keys // 2
        jailed = {key: record for key, record in self._records.items() if record.jailed > now}
        spare = max(0, room - len(jailed))
        latest = islice(self._records.items(), len(self._records) - spare, None)
        self._records = dict(latest) | dict(islice(jailed.items(), max(0, len(jailed) - room), None))
