"""What is looked for in replies is found in time that grows as the reply does, whatever is in it."""

from __future__ import annotations

import re
import time

import pytest

from ostiary.audit.gather import repairs
from ostiary.controls.access import hsts
from ostiary.parts import security_txt
from ostiary.parts.seen import identifiers, leads, links

LONG = 60_000


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (links._ROBOTS, "\n" * LONG),
        (links._SITEMAP, "\n" * LONG),
        (repairs._QUOTED, '"' * LONG),
    ],
)
def test_searching_is_linear(pattern: re.Pattern[str], text: str) -> None:
    started = time.perf_counter()
    assert pattern.findall(text) == []
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (leads._REFRESH, " " * LONG + "x"),
        (identifiers._TAIL, "1" * LONG + "x"),
        (security_txt._FIELD, "Contact: x" + " " * LONG + "\n"),
        (hsts._DIRECTIVE, "max-age" + " " * LONG + "("),
    ],
)
def test_matching_is_linear(pattern: re.Pattern[str], text: str) -> None:
    started = time.perf_counter()
    assert pattern.fullmatch(text) is None
    assert time.perf_counter() - started < 1


def test_what_was_found_before_still_is() -> None:
    assert links._ROBOTS.findall("User-agent: *\r\n  Disallow : /admin \r\nallow:/x\n") == ["/admin", "/x"]
    assert links._SITEMAP.findall("a\n\nSitemap: https://x/s.xml\r\n") == ["https://x/s.xml"]
    assert repairs._QUOTED.findall('one of \'a\', "b" or \\"c\\"') == ["a", "b", "c"]
    assert [found[1] for text in ("0; url='/x'", "5,URL=/x", "url = /x") if (found := leads._REFRESH.match(text))] == [
        "/x"
    ] * 3
    tail = identifiers._TAIL.fullmatch("inv-2024-0017")
    assert tail is not None
    assert (tail["stem"], tail["number"]) == ("inv-2024-", "0017")
