"""Accept is read whole, and what cannot be read is ignored."""

from __future__ import annotations

import pytest

from exchanges import api_of
from ostiary.parts.accept import offered, weigh


@pytest.mark.parametrize(
    ("value", "produced", "acceptable", "forward"),
    [
        ("application/json", {"application/json"}, True, None),
        ("text/csv;q=0.9, text/html", {"application/json", "text/csv"}, True, "text/csv"),
        ("text/html, */*;q=0.1", {"application/json", "text/csv"}, True, "application/json, text/csv"),
        ("text/csv, application/json;q=0.5, x/y", {"application/json", "text/csv"}, True, "text/csv, application/json"),
        ("x/y", {"application/json", "text/csv"}, False, "application/json, text/csv"),
        ("x/y;q=0, */*", {"application/json"}, True, None),
        ("application/json;q=nonsense", {"application/json"}, True, None),
        ("application/json;q=7", {"application/json"}, True, None),
    ],
)
def test_the_most_specific_range_decides(
    value: str,
    produced: set[str],
    acceptable: bool,  # noqa: FBT001 - a table
    forward: str | None,
) -> None:
    assert weigh(value.encode(), frozenset(produced)) == (acceptable, forward.encode() if forward else None)


def test_types_of_errors_are_no_offer() -> None:
    replies = {
        "200": {"description": "x", "content": {"Application/JSON; charset=utf-8": {}}},
        "2XX": {"description": "x", "content": {"text/csv": {}}},
        "default": {"description": "x", "content": {"text/plain": {}}},
        "404": {"description": "x", "content": {"application/problem+json": {}}},
    }
    operation = api_of({"/x": {"get": {"responses": replies}}}).operations[0]
    assert offered(operation) == {"application/json", "text/csv", "text/plain"}


def test_only_so_many_ranges_are_weighed() -> None:
    many = b",".join(b"a/b%d" % at for at in range(2000))
    assert not weigh(many + b",application/json", frozenset({"application/json"})).acceptable
    assert weigh(b"application/json," + many, frozenset({"application/json"})).acceptable
