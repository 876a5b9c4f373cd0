"""An hour, a day or a month begins and ends where UTC says so, the same for every process."""

from __future__ import annotations

import calendar
import time
from typing import Final, Literal, NamedTuple

Span = Literal["hour", "day", "month"]
_HOUR: Final = 3600
_DAY: Final = 86400
_DECEMBER: Final = 12


class Window(NamedTuple):
    """A span of the calendar, in seconds since the epoch: `start` belongs to it, `end` to the next."""

    start: int
    end: int


def window_of(span: Span, now: float) -> Window:
    """The window around a moment: full hours, days from midnight, months from the first, all of UTC."""
    if span == "month":
        year, month, *_ = time.gmtime(now)
        after = (year + 1, 1) if month == _DECEMBER else (year, month + 1)
        return Window(_first(year, month), _first(*after))
    length = _HOUR if span == "hour" else _DAY
    start = int(now // length) * length
    return Window(start, start + length)


def _first(year: int, month: int) -> int:
    return calendar.timegm((year, month, 1, 0, 0, 0, 0, 0, 0))
