from __future__ import annotations

import copy
from typing import Any

import pytest

from ostiary.model import Schema
from ostiary.parts.read_only import dropper

SET: dict[str, Any] = {"type": "integer", "readOnly": True}
DEFS: dict[str, Any] = {
    "Stamp": {"type": "string", "readOnly": True},
    "Node": {"properties": {"id": SET, "next": {"$ref": "#/$defs/Node"}, "all": {"items": {"$ref": "#/$defs/Node"}}}},
}


@pytest.mark.parametrize(
    ("fragment", "before", "after"),
    [
        ({"properties": {"id": SET, "name": {}}}, {"id": 1, "name": "x", "more": 2}, {"name": "x", "more": 2}),
        ({"properties": {"at": {"$ref": "#/$defs/Stamp"}}}, {"at": "x"}, {}),
        ({"allOf": [{"properties": {"id": SET}}, {"properties": {"n": {}}}]}, {"id": 1, "n": 2}, {"n": 2}),
        (
            {"anyOf": [{"properties": {"id": SET, "at": SET}}, {"properties": {"id": {}}}]},
            {"id": 1, "at": 2},
            {"id": 1},
        ),
        ({"items": {"properties": {"id": SET}}}, [{"id": 1}, 5, {"n": 1}], [{}, 5, {"n": 1}]),
        (
            {"$ref": "#/$defs/Node"},
            {"id": 1, "next": {"id": 2, "all": [{"id": 3, "v": 1}]}},
            {"next": {"all": [{"v": 1}]}},
        ),
        (
            {"properties": {"n": {}}, "additionalProperties": {"properties": {"id": SET}}},
            {"n": {"id": 1}, "a": {"id": 2, "v": 3}, "b": 4},
            {"n": {"id": 1}, "a": {"v": 3}, "b": 4},
        ),
        ({"patternProperties": {"^x": {"$ref": "#/$defs/Node"}}}, {"xy": {"id": 1, "v": 2}}, {"xy": {"v": 2}}),
        ({"properties": {"id": SET}}, "not an object", "not an object"),
    ],
)
def test_read_only_properties_are_taken_out(fragment: Any, before: Any, after: Any) -> None:
    drop = dropper(Schema(fragment=fragment, root={"$defs": DEFS}))
    assert drop is not None
    document = copy.deepcopy(before)
    drop(document)
    assert document == after


def test_a_schema_without_them_costs_nothing() -> None:
    looping = {"$defs": {"L": {"properties": {"l": {"$ref": "#/$defs/L"}, "n": {"readOnly": False}}}}}
    assert dropper(Schema(fragment={"$ref": "#/$defs/L"}, root=looping)) is None
    assert dropper(Schema(fragment=True, root={})) is None
