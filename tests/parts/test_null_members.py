from __future__ import annotations

from typing import Any

import pytest

from ostiary.model import Schema
from ostiary.parts import schema
from ostiary.parts.null_members import forgiving, patching

TEXT: dict[str, Any] = {"type": "string"}
NODE: dict[str, Any] = {
    "type": "object",
    "required": ["name", "note"],
    "properties": {
        "name": TEXT,
        "note": {"type": ["string", "null"]},
        "sort": {"type": "string", "enum": ["up", "down"]},
        "a/b~c": TEXT,
        "lines": {"type": "array", "items": {"type": "object", "properties": {"qty": {"type": "integer"}}}},
        "tags": {"type": "array", "items": TEXT},
        "pick": {
            "anyOf": [
                {"type": "object", "properties": {"x": TEXT, "kind": {"const": "x"}}},
                {"type": "object", "properties": {"x": {"type": "integer"}, "kind": {"const": "y"}}},
            ]
        },
    },
}
FINE: dict[str, Any] = {"name": "n", "note": None}
FAULTS = forgiving(schema.compile(Schema(fragment=NODE, root={}, pointer="")))


@pytest.mark.parametrize(
    "more",
    [
        {"sort": None},
        {"a/b~c": None, "sort": None},
        {"lines": [{"qty": 1}, {"qty": None}]},
        {"pick": {"x": "x"}},
    ],
)
def test_a_null_where_a_member_may_be_absent_is_no_fault(more: dict[str, Any]) -> None:
    assert FAULTS(FINE | more) == []


def test_members_inside_a_union_may_be_null_too() -> None:
    union = {"oneOf": [{"type": "object", "required": [each], "properties": {each: TEXT, "x": TEXT}} for each in "ab"]}
    told = forgiving(schema.compile(Schema(fragment=union, root={}, pointer="")))
    assert told({"a": "1", "x": None}) == []
    assert told({"x": None})


def test_more_nulls_than_a_validator_names_are_forgiven_together() -> None:
    many = {"type": "object", "properties": {f"m{n}": TEXT for n in range(500)}}
    told = forgiving(schema.compile(Schema(fragment=many, root={}, pointer="")))
    assert told({f"m{n}": None for n in range(500)}) == []


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({"name": None, "note": None}, "/name"),
        ({"name": "n"}, ""),
        (FINE | {"tags": ["a", None]}, "/tags/1"),
        (FINE | {"sort": None, "lines": [{"qty": "x"}]}, "/lines/0/qty"),
        (FINE | {"lines": [None]}, "/lines/0"),
        (None, ""),
    ],
)
def test_what_is_required_or_stands_in_a_list_is_not_forgiven(value: Any, pointer: str) -> None:
    assert pointer in {where for where, _ in FAULTS(value)}


def test_a_patch_lacks_what_stays_and_hides_nothing_behind_it() -> None:
    node = {"type": "array", "items": NODE}
    told = patching(schema.compile(Schema(fragment=node, root={}, pointer="")))
    assert told([{"sort": "up"}, {"name": None}, {"lines": None}]) == []
    assert told([{}, {"sort": 5}]) == [("/1/sort", "type string"), ("/1/sort", "enum")]
    assert told([{}] * 40 + [{"sort": 5}])


def test_the_value_itself_stays_as_it_was() -> None:
    value = FINE | {"sort": None, "lines": [{"qty": None}]}
    FAULTS(value)
    assert value == {"name": "n", "note": None, "sort": None, "lines": [{"qty": None}]}


def test_a_value_too_deep_to_be_checked_is_a_value_error() -> None:
    deep: Any = {"sort": 5}
    for _ in range(5000):
        deep = {"more": deep}
    with pytest.raises(ValueError, match="Recursion"):
        FAULTS({"name": None, "note": None, "deep": deep})
