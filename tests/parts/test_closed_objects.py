"""What a schema says itself need not be asked twice, and what it does not say must be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.model import Schema
from ostiary.parts import schema as schemas
from ostiary.parts.closed_objects import implied
from ostiary.parts.members import fitting
from ostiary.parts.schema import Reading

DEFS: dict[str, Any] = {
    "Closed": {"type": "object", "additionalProperties": False, "properties": {"a": {"type": "string"}}},
    "Open": {"type": "object", "properties": {"a": {"type": "string"}}},
    "Node": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "a": {},
            "b": {"$ref": "#/$defs/Node"},
            "c": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
        },
    },
    "Set": {"type": "string", "readOnly": True},
}
CLOSED = {"$ref": "#/$defs/Closed"}
OPEN = {"$ref": "#/$defs/Open"}


def of(fragment: Any) -> Schema:
    return Schema(fragment=fragment, root={"$defs": DEFS})


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


SAID = [
    CLOSED,
    {"$ref": "#/$defs/Node"},
    closed(a={"type": "integer"}, b={"type": "array", "items": CLOSED}),
    closed(a={"anyOf": [CLOSED, {"type": "null"}]}),
    {"allOf": [CLOSED], "minProperties": 1},
    {"type": "array", "items": CLOSED},
    closed(a={"type": "object"}),
    {"additionalProperties": True, "properties": {"a": CLOSED}},
]
NOT_SAID = [
    OPEN,
    closed(a=OPEN),
    closed(a={"type": "array", "items": OPEN}),
    closed(a={"anyOf": [CLOSED, {"$ref": "#/$defs/Node"}]}),
    closed(a={"anyOf": [{"enum": [{"z": 1}]}, CLOSED]}),
    closed(a={"$ref": "#/$defs/Set"}),
    closed(a={"type": "string", "readOnly": True}),
    closed(a={**closed(b={}), "readOnly": True}),
    {**CLOSED, "patternProperties": {"^x": {}}},
    {"type": "array", "prefixItems": [CLOSED, OPEN]},
    {**closed(a={}), "if": {"required": ["a"]}, "then": {"properties": {"b": {}}}},
    {**OPEN, "dependentSchemas": {"a": CLOSED}},
    {"type": "object", "additionalProperties": CLOSED},
    {"type": "object", "properties": {"a": {}}, "unevaluatedProperties": False},
]


@pytest.mark.parametrize("fragment", SAID)
def test_closed_objects_need_no_second_look(fragment: Any) -> None:
    assert implied(of(fragment))


@pytest.mark.parametrize("fragment", NOT_SAID)
def test_what_the_schema_leaves_to_others_is_looked_at(fragment: Any) -> None:
    assert not implied(of(fragment))


def test_a_schema_of_very_many_places_is_not_followed_to_its_end() -> None:
    deep: Any = CLOSED
    for _ in range(400):
        deep = closed(a=deep)
    assert not implied(of(deep))


documents = st.recursive(
    st.none() | st.integers(0, 2) | st.sampled_from(["", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c", "z"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.sampled_from(SAID + NOT_SAID), documents)
def test_what_fits_such_a_schema_would_have_passed_the_second_look(fragment: Any, document: Any) -> None:
    schema = of(fragment)
    asks = fitting(schema)
    if asks is not None and implied(schema) and schemas.compile(schema, Reading(any_read_only=True)).is_valid(document):
        assert asks(document)
