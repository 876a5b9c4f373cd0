"""Every request is paid for, and no check can spend what another one needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from ostiary.errors import Unanswerable

GUARANTEED: Final = 12  # requests that every check may count on, if the budget is large enough
LARGEST_SHARE: Final = 0.25  # of the whole budget, for one check


class Budget:
    """A number of requests, shared by checks that are known beforehand.

    :param total: how many requests the whole audit may send.
    :param checks: who will ask; each keeps a reserve until it is done.
    """

    def __init__(self, total: int, checks: Iterable[str] = ()) -> None:
        self.total = total
        self.spent: Counter[str] = Counter()
        self.starved: set[str] = set()  # who asked for more than there was
        self._waiting: set[str] = set()
        self._guaranteed = 0
        self.expect(checks)

    def expect(self, checks: Iterable[str]) -> None:
        """Set the reserves aside."""
        self._waiting = set(checks)
        self._guaranteed = min(GUARANTEED, self.left // max(1, len(self._waiting)))

    @property
    def used(self) -> int:
        """Requests sent so far."""
        return self.spent.total()

    @property
    def left(self) -> int:
        """Requests that may still be sent."""
        return self.total - self.used

    def spend(self, check: str) -> None:
        """Pay for one request.

        :raises Unanswerable: when the check has had its share, or the rest is reserved for others.
        """
        reserved = sum(max(0, self._guaranteed - self.spent[each]) for each in self._waiting if each != check)
        own = max(self._guaranteed, int(self.total * LARGEST_SHARE))
        within_guarantee = check in self._waiting and self.spent[check] < self._guaranteed
        if self.left <= 0 or not (within_guarantee or (self.left > reserved and self.spent[check] < own)):
            self.starved.add(check)
            raise Unanswerable(f"the budget of {self.total} requests does not reach further (--budget)")
        self.spent[check] += 1

    def done(self, check: str) -> None:
        """Release what a check did not need."""
        self._waiting.discard(check)
