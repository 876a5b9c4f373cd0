"""Counts of one process, and what Prometheus reads of all: every label value is fixed by the document and the policy."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from typing import Any, Final

from ostiary.guard.plan import Plan

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds


class Stats:
    """What one process counts; bounded by operations x statuses."""

    __slots__ = ("_exchanges", "buckets", "connections", "seconds", "upstream_errors")

    def __init__(self) -> None:
        self._exchanges: defaultdict[tuple[Plan, int], int] = defaultdict(int)
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0
        self.connections = 0  # accepted so far
        self.upstream_errors: Counter[str] = Counter()

    def count(self, plan: Plan, status: int, seconds: float) -> None:
        """An exchange has been answered."""
        self._exchanges[plan, status] += 1
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    def exchanges(self) -> dict[tuple[str, int], int]:
        """Answers by operation and status."""
        found: Counter[tuple[str, int]] = Counter()
        for (plan, status), number in self._exchanges.items():
            found[plan.operation.key, status] += number
        return dict(found)


def snapshot(core: Any) -> dict[str, Any]:
    """Placeholder for the next step."""
    return {"exchanges": core.stats.exchanges()}
