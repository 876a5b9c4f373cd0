"""Windows tile the calendar: no moment is in two of them, none in neither."""

from __future__ import annotations

import datetime as dt
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.parts.windows import Span, window_of


def at(text: str) -> int:
    return int(dt.datetime.fromisoformat(text + "+00:00").timestamp())


@pytest.mark.parametrize(
    ("span", "now", "start", "end"),
    [
        ("hour", "2026-11-22T10:59:59", "2026-11-22T10:00:00", "2026-11-22T11:00:00"),
        ("day", "2026-11-22T00:00:00", "2026-11-22T00:00:00", "2026-11-23T00:00:00"),
        ("month", "2026-12-31T23:59:59", "2026-12-01T00:00:00", "2027-01-01T00:00:00"),
        ("month", "2028-02-29T12:00:00", "2028-02-01T00:00:00", "2028-03-01T00:00:00"),
    ],
)
def test_boundaries_are_those_of_utc(span: Span, now: str, start: str, end: str) -> None:
    assert window_of(span, at(now)) == (at(start), at(end))


@given(st.floats(0, 4e9), st.sampled_from(get_args(Span)))
def test_windows_tile(now: float, span: Span) -> None:
    start, end = window_of(span, now)
    assert start <= now < end
    assert window_of(span, end).start == end
    assert window_of(span, start - 0.5).end == start
    first = dt.datetime.fromtimestamp(start, dt.UTC)
    assert (first.minute, first.second) == (0, 0)
