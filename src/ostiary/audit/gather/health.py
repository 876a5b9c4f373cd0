"""A target that answers no longer, or refuses everybody since a moment, is asked no more; the report says since when."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from ostiary.errors import Unanswerable

FAILURES: Final = 8  # in a row without any reply: then one question decides whether it lives
TIMEOUTS: Final = 12  # replies that never came in time, of the whole audit: from then on less time is given
IMPATIENT: Final = 0.25  # of the time a request is given, once that many did not come
MOST_TIMEOUTS: Final = 60  # then, if they outweigh the answers, the audit ends
SILENT: Final = 2  # times that a path may let us wait in vain
REFUSALS: Final = 12  # of one kind in a row: then what was answered before is asked again
MOST_WAITED: Final = 2_400.0  # seconds spent waiting for replies in all, side by side
_SUSPECTS: Final = 4  # requests that are named, once nobody answers any more
_REFUSING: Final = frozenset({403, 406, 418, 420, 429, 503})  # what firewalls and limiters say


class Health:
    """What the replies so far say of the target; ``lost`` is a clause with the reason once it is given up.

    :param clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.lost = ""
        self.since = 0.0  # monotonic: from here on replies, or their absence, say nothing about the API
        self._clock = clock
        self._failures = self._answers = self._timeouts = 0
        self._first_failure = self._first_refusal = 0.0
        self._waited = 0.0
        self._silent: Counter[str] = Counter()
        self._refused = (0, 0)  # a status, and how often in a row
        self._last_words = ""
        self._unanswered: list[str] = []  # the first of those that got no reply since the last one: one may be why

    @property
    def notes(self) -> tuple[str, ...]:
        """What the report says once the target is given up, and which requests may have stopped it."""
        if not self.lost:
            return ()
        ended = f"The audit ended early: {self.lost}. What was not answered until then is UNKNOWN."
        return (ended, self._last_words) if self._last_words else (ended,)

    @property
    def heard(self) -> bool:
        """Whether anything has been answered so far."""
        return self._answers > 0

    @property
    def doubtful(self) -> bool:
        """Whether so many requests in a row failed that somebody should see if the target lives."""
        return self._failures >= FAILURES and not self.lost

    def patience(self, seconds: float) -> float:
        """How long to wait for a reply, of what the operator allows."""
        return min(seconds, max(0.5, seconds * IMPATIENT)) if self._timeouts >= TIMEOUTS else seconds

    def see(self, line: str) -> None:
        """Say whether a request (its method and path) is worth sending.

        :raises Unanswerable: when the target is lost, or this path has let us wait in vain before.
        """
        if self.lost:
            raise Unanswerable(self.lost)
        if self._silent[line] >= SILENT:
            raise Unanswerable(f"{line} did not answer {SILENT} times and is not asked again")

    def failed(self, line: str, *, waited: float, late: bool) -> bool:
        """No reply came; whether it is time to see if anybody is there at all.

        :param late: nothing came in time, as opposed to a connection that was refused or closed.
        """
        if not self._failures:
            self._first_failure = self._clock() - waited
            self._unanswered.clear()
        if line not in self._unanswered and len(self._unanswered) < _SUSPECTS:
            self._unanswered.append(line)
        self._failures += 1
        self._count(line, waited, late=late)
        return self.doubtful

    def answered(self, line: str, *, waited: float, late: bool) -> None:
        """A reply came; `late`: its head only, the rest did not come in time."""
        self._failures = 0
        self._answers += not late
        self._count(line, waited, late=late)

    def alive(self) -> None:
        """Somebody is there after all."""
        self._failures = 0

    def dead(self, problem: str) -> None:
        """Nobody is."""
        if not self.lost:
            self._last_words = f"Without a reply then, and one of them may be why: {', '.join(self._unanswered)}."
        self.lose(
            f"the target stopped answering at {_at(self._clock() - self._first_failure)} ({problem})",
            self._first_failure,
        )

    def refuses(self, status: int) -> bool:
        """Count refusals of one kind; whether it is time to see if everybody is refused."""
        if status not in _REFUSING:
            self._refused = (0, 0)
            return False
        if self._refused[0] != status:
            self._first_refusal = self._clock()
        count = self._refused[1] + 1 if self._refused[0] == status else 1
        self._refused = (status, count)
        return count % REFUSALS == 0 and not self.lost

    def banned(self, line: str, status: int) -> None:
        """What was answered before is refused now."""
        when = _at(self._clock() - self._first_refusal)
        self.lose(
            f"since {when} the target answers {status} to everything, also to {line}, which worked before",
            self._first_refusal,
        )

    def lose(self, why: str, since: float) -> None:
        """Ask no more."""
        if not self.lost:
            self.lost, self.since = why, since

    def _count(self, line: str, waited: float, *, late: bool) -> None:
        self._waited += waited
        if late:
            self._timeouts += 1
            self._silent[line] += 1
        if self._timeouts >= MOST_TIMEOUTS and self._timeouts * 2 > self._answers:
            self.lose(f"{self._timeouts} replies did not come in time, and {self._answers} did", self._clock())
        elif self._waited > MOST_WAITED:
            self.lose(f"the target has let the audit wait for {MOST_WAITED / 60:.0f} minutes in all", self._clock())


def _at(ago: float) -> str:
    """A moment that many seconds ago, for people."""
    return (dt.datetime.now(dt.UTC) - dt.timedelta(seconds=ago)).strftime("%H:%M:%S UTC")
