"""Durations are read as the languages mean them, and nothing is guessed."""

from __future__ import annotations

import pytest

from ostiary.parts.code.lifetimes import named_unit, seconds_of, spoken
from ostiary.parts.code.python import read


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("from datetime import timedelta\nf(timedelta(minutes=15))", 900),
        ("import datetime as dt\nf(dt.timedelta(1))", 86_400),
        ("import datetime as dt\nf(dt.datetime.now() + dt.timedelta(hours=2))", 7200),
        ("import datetime as dt\nend = dt.datetime.utcnow() + dt.timedelta(days=2)\nf(end)", 172_800),
        ("import datetime as dt\nf(dt.timedelta(minutes=MINUTES))", None),
        ("import datetime as dt\nMINUTES = 60 * 24\nf(dt.timedelta(minutes=MINUTES))", 86_400),
        ("import time\nf(time.time() + 600)", 600),
        ("f('30d')", 2_592_000),
        ("f('10 minutes')", 600),
        ("f('soon')", None),
        ("f(x)", None),
        ("f(x + y)", None),
    ],
)
def test_what_lives_how_long(text: str, seconds: float | None) -> None:
    value = next(each for each in read("a.py", text).calls if each.name == "f").args[0]
    assert seconds_of(value, number=1.0) == seconds


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("TOKEN_MINUTES", 60),
        ("tokenTtlMs", 0.001),
        ("expires_in_seconds", 1),
        ("EXPIRE_DAYS", 86_400),
        ("EXPIRY", None),
    ],
)
def test_a_name_tells_the_unit(name: str, unit: float | None) -> None:
    assert named_unit(name) == unit


def test_durations_are_spoken_in_their_largest_unit() -> None:
    assert [spoken(each) for each in (59, 900, 7200, 86_400, 691_200)] == [
        "59 seconds",
        "15 minutes",
        "2 hours",
        "1 day",
        "8 days",
    ]
