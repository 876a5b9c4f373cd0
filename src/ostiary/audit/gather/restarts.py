"""A target whose process ended is waited for, as its keeper may start it again; who did not hear its answer asks anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.parts.seen.bodies import parse

WAIT: Final = 12.0  # seconds that a keeper is given: its pause, and the start of a program
PAUSE: Final = 0.2  # between two knocks
MOST: Final = 40  # ends; whoever ends more often is not being audited
MOST_WAITED: Final = 180.0  # seconds in all
MOST_STRANGE: Final = 2  # ends under requests of one method and path: then only what is like an answered one is asked
MOST_UNDER: Final = 4  # ends under such requests: then none is

_Content = tuple[str, bytes]  # target and body
_Shape = frozenset[str]


class Restarts:
    """How often the process ended, under which requests, and whether waiting once more is worth it.

    :param clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.count = 0
        self.hopeless = False  # nobody started it again, or it ends too often
        self._clock = clock
        self._under: dict[str, set[_Content]] = {}
        self._answered: set[tuple[str, _Shape]] = set()
        self._lines: set[str] = set()
        self._since = self._waited = 0.0

    @property
    def ended(self) -> tuple[str, ...]:
        """Requests (method and path) under which the process ended, and ended again when nothing else was asked."""
        return tuple(self._under)

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence for the report, once the process has ended."""
        if not self.count:
            return ()
        times = "once" if self.count == 1 else f"{self.count} times"
        under = f" ({', '.join(self.ended[:3])} ended it, asked alone too)" if self.ended else ""
        back = "was not there again in time" if self.hopeless else "was there again each time"
        return (f"The target's process ended {times} during the audit{under} and {back}.",)

    def see(self, line: str, content: _Content) -> None:
        """Say whether a request is worth sending: one like it may have ended the process.

        :raises Unanswerable: when it has, or when this method and path were never answered, or ended it often.
        """
        ends = self._under.get(line, ())
        if not ends:
            return
        strange = (line, _shape(content)) not in self._answered
        most = (MOST_STRANGE if line in self._lines else 1) if strange else MOST_UNDER
        if content in ends or len(ends) >= most:
            raise Unanswerable(f"{line} ended the target's process and is not asked again")

    def under(self, line: str, content: _Content) -> None:
        """The process ended while this was under way, and once more when this was asked alone."""
        self._under.setdefault(line, set()).add(content)

    def answered(self, line: str, content: _Content) -> None:
        """This was under way, and the process lives."""
        self._lines.add(line)
        self._answered.add((line, _shape(content)))

    def begin(self) -> bool:
        """The port is shut that was open; whether to wait for it."""
        self.count += 1
        self._since = self._clock()
        self.hopeless = self.hopeless or self.count > MOST or self._waited >= MOST_WAITED
        return not self.hopeless

    def patient(self) -> bool:
        """Whether to knock once more."""
        return self._clock() - self._since < WAIT

    def over(self, *, back: bool) -> None:
        """Somebody listens again, or it has been waited for long enough."""
        self._waited += self._clock() - self._since
        self.hopeless = not back


def _shape(content: _Content) -> _Shape:
    """Which parameters and members a request has, and of which type, whatever they hold."""
    target, body = content
    found = {f"?{each.partition('=')[0]}" for each in target.partition("?")[2].split("&")}
    value = parse(body)
    if isinstance(value, dict):
        return frozenset(found | {f"{name}:{type(each).__name__}" for name, each in value.items()})
    return frozenset(found | {type(value).__name__ if body else ""})
