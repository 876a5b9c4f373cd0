"""Every request is paid for; what is asked first may spend what is asked later, and no check its neighbours' share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from ostiary.errors import Unanswerable

EACH: Final = 30  # requests for each operation of the document, unless the operator says how many in all
FIXED: Final = 400  # and for what does not depend on how many there are: documents, tokens, hidden paths, limits
INTRUSIVE: Final = 1000  # and for intrusive checks: throwaway accounts are guessed at, limits are measured
MOST: Final = 20_000  # whatever the document says
GUARANTEED: Final = 12  # requests that every check of a stage may count on, if the budget is large enough
LARGEST_SHARE: Final = 0.25  # of the whole budget, for one check
CLEANING: Final = 300  # requests beyond the budget for removing what the audit made
CLEANER: Final = "cleaning up"  # whose account pays for that, also before the end


class Budget:
    """A number of requests, shared by checks that are asked in stages.

    :param total: how many requests the whole audit may send; None: in proportion to the document.
    :param checks: who will ask first.
    :param intrusive: whether intrusive checks are among them, who need more.
    """

    def __init__(self, total: int | None = None, checks: Iterable[str] = (), *, intrusive: bool = False) -> None:
        self.spent: Counter[str] = Counter()
        self.starved: set[str] = set()  # who asked for more than there was
        self._given = total
        self._fixed = FIXED + INTRUSIVE * intrusive
        self._proportional = self._fixed
        self._waiting: set[str] = set()
        self._limits: Mapping[str, int] = {}
        self._guaranteed = 0
        self._cleaning: int | None = None  # how much was used before
        self._share, self._began = 1.0, 0
        self._sole = False
        self.enter(checks)

    @property
    def total(self) -> int:
        """How many requests may be sent in all."""
        return self._proportional if self._given is None else self._given

    @property
    def tight(self) -> bool:
        """Whether it is less than would be taken without being told."""
        return self.total < self._proportional

    def cover(self, operations: int) -> None:
        """Say how many operations there are."""
        self._proportional = min(self._fixed + EACH * operations, MOST)

    def enter(self, checks: Iterable[str], *, share: float = 1.0, limits: Mapping[str, int] | None = None) -> None:
        """Begin a stage: set reserves aside for its checks, and for no later ones.

        :param share: of the whole budget, for the stage.
        :param limits: the most that a check may send, by name.
        """
        self._waiting = set(checks)
        self._limits = limits or {}
        self._share, self._began = share, self.used
        self._sole = len(self._waiting) == 1
        self._guaranteed = min(GUARANTEED, self._here // max(1, len(self._waiting)))

    @property
    def used(self) -> int:
        """Requests sent so far."""
        return self.spent.total()

    @property
    def left(self) -> int:
        """Requests that may still be sent."""
        return max(0, self.total - self.used)

    @property
    def _here(self) -> int:
        """Requests that this stage may still send."""
        return min(self.total, self._began + int(self.total * self._share)) - self.used

    @property
    def cleaned(self) -> int:
        """Requests for removing what the audit made; they are in `used`, and beyond the total."""
        return self.spent[CLEANER] if self._cleaning is None else self.used - self._cleaning

    def spend(self, check: str) -> None:
        """Pay for one request.

        :raises Unanswerable: when the check has had its share, or the rest is reserved for others.
        """
        if check == CLEANER or self._cleaning is not None:
            if self.cleaned >= CLEANING:
                raise Unanswerable(f"cleaning up took {CLEANING} requests and was not done")
            self.spent[check] += 1
            return
        limit = self._limits.get(check)
        if limit is not None and self.spent[check] >= limit:
            self.starved.add(check)
            raise Unanswerable(f"the {limit} requests that this check may send were not enough")
        reserved = sum(max(0, self._guaranteed - self.spent[each]) for each in self._waiting if each != check)
        own = self.total if self._sole else max(self._guaranteed, int(self.total * LARGEST_SHARE))
        left = self._here
        within_guarantee = check in self._waiting and self.spent[check] < self._guaranteed
        if left <= 0 or not (within_guarantee or (left > reserved and self.spent[check] < own)):
            self.starved.add(check)
            raise Unanswerable(f"the budget of {self.total} requests does not reach further (--budget)")
        self.spent[check] += 1

    def clean(self) -> None:
        """From now on what the audit made is removed: that has requests of its own, however little is left."""
        self._cleaning = self.used

    def done(self, check: str) -> None:
        """Release what a check did not need."""
        self._waiting.discard(check)
