from __future__ import annotations

import math
from typing import Any

import pytest

from exchanges import api_of
from ostiary.parts.page_sizes import items_in, number_of, page_sizes, replaced

INT = {"type": "integer"}
LIST = {"200": {"description": "", "content": {"application/json": {"schema": {"type": "array", "items": {}}}}}}
PAGE = {
    "200": {"description": "", "content": {"application/json": {"schema": {"properties": {"data": {"type": "array"}}}}}}
}
ONE = {"200": {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}}


def found(parameter: Any, replies: Any = LIST, method: str = "get") -> list[Any]:
    api = api_of({"/a": {method: {"parameters": [{"in": "query", **parameter}], "responses": replies}}})
    return [(each.name, each.whole, each.minimum, each.maximum) for each in page_sizes(api.operations[0])]


@pytest.mark.parametrize(
    "name",
    ["limit", "per_page", "perPage", "page_size", "pageSize", "max_results", "maxResults", "$limit", "page[size]", "_limit", "results-per-page"],
)  # fmt: skip
def test_some_names_are_page_sizes(name: str) -> None:
    assert found({"name": name, "schema": INT}, ONE) == [(name, True, 0, None)]


@pytest.mark.parametrize("name", ["size", "count", "first", "last", "$top", "take", "rows"])
def test_others_are_where_a_list_comes_back(name: str) -> None:
    assert found({"name": name, "schema": INT}) == [(name, True, 0, None)]
    assert found({"name": name, "schema": INT}, PAGE) == [(name, True, 0, None)]
    assert found({"name": name, "schema": INT}, ONE) == []


@pytest.mark.parametrize(
    ("schema", "bounds"),
    [
        ({**INT, "maximum": 50}, (True, 0, 50)),
        ({**INT, "exclusiveMaximum": 50}, (True, 0, 49)),
        ({**INT, "format": "int32"}, (True, 0, None)),
        ({**INT, "minimum": -1}, (True, -1, None)),
        ({"anyOf": [{**INT, "minimum": 1, "maximum": 100}, {"type": "null"}]}, (True, 0, 100)),
        ({"type": "string"}, (False, 0, None)),
        ({"type": "number"}, (False, 0, None)),
        ({}, (False, 0, None)),
    ],
)
def test_bounds_are_those_of_the_document(schema: Any, bounds: Any) -> None:
    assert found({"name": "limit", "schema": schema}) == [("limit", *bounds)]


@pytest.mark.parametrize(
    ("parameter", "method"),
    [
        ({"name": "limit", "in": "header", "schema": INT}, "get"),
        ({"name": "limit", "schema": INT}, "post"),
        ({"name": "limit", "schema": {"enum": [10, 20]}}, "get"),
        ({"name": "limit", "schema": {"type": "boolean"}}, "get"),
        ({"name": "limited", "schema": INT}, "get"),
        ({"name": "page", "schema": INT}, "get"),
        ({"name": "offset", "schema": INT}, "get"),
    ],
)
def test_what_is_no_page_size(parameter: Any, method: str) -> None:
    assert found(parameter, method=method) == []


def test_page_sizes_stand_inside_objects_too() -> None:
    deep = {
        "name": "page",
        "style": "deepObject",
        "schema": {"properties": {"size": {**INT, "maximum": 9}, "number": INT}},
    }
    assert found(deep, ONE) == [("page[size]", True, 0, 9)]
    spread = {"name": "paging", "schema": {"type": "object", "properties": {"limit": INT, "offset": INT}}}
    assert found(spread, ONE) == [("limit", True, 0, None)]
    assert found({"name": "limit"}) == [("limit", False, 0, None)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", 5), ("+5", 5), ("-5", -5), ("005", 5), ("1e9", 1e9), ("1_000_000", 1e6), ("0x7fffffff", 2**31 - 1), (" 7 ", 7), ("1,000", 1000),
        ("\uff11\uff10\uff10\uff10", 1000), ("inf", math.inf), ("9" * 300, math.inf), ("-" + "9" * 300, -math.inf), ("10.5", 10.5), ("all", None), ("", None), ("nan", None), ("0b" + "1" * 60, math.inf),
    ],
)  # fmt: skip
def test_a_number_is_read_in_every_spelling(text: str, number: float | None) -> None:
    assert number_of(text, whole=False) == number
    plain = text.lstrip("+-").isascii() and text.lstrip("+-").isdigit()
    assert number_of(text, whole=True) == (number if plain else None)


def test_nothing_else_of_a_query_changes() -> None:
    query = b"a=%2B+x&%6Cimit=99&&limit&b=limit=5"
    assert replaced(query, {"limit": 7}) == b"a=%2B+x&%6Cimit=7&&limit=7&b=limit=5"


def test_items_are_those_of_the_list_that_was_asked_for() -> None:
    assert [items_in(each) for each in ([1, 2], {"data": [1, 2, 3], "tags": [1]}, {"a": 1}, "x", [], None)] == [
        2,
        3,
        0,
        0,
        0,
        0,
    ]
