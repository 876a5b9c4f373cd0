"""What is wrong is found in a moment, whatever the schema's unions would make of telling it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ostiary.model import Schema
from ostiary.parts import schema as schemas
from ostiary.parts.telling import Weight, weight_of

TREE: dict[str, Any] = {
    "T": {
        "anyOf": [
            {
                "type": "object",
                "properties": {"c": {"type": "array", "items": {"$ref": "#/$defs/T"}}, "k": {"const": at}},
                "required": ["k"],
            }
            for at in range(4)
        ]
    }
}
BRANCHES = [{"type": "object", "properties": {"k": {"const": at}, "v": {"type": "integer"}}} for at in range(10)]


def nested(depth: int) -> Any:
    value: Any = {"k": "no"}
    for _ in range(depth):
        value = {"c": [value]}
    return value


@pytest.mark.parametrize(
    ("fragment", "value", "told"),
    [
        ({"$ref": "#/$defs/T"}, nested(9), ("", "does not fit its schema")),
        ({"items": {"oneOf": BRANCHES}}, [{"k": 77, "v": "x"}] * 9000, ("", "does not fit its schema")),
        ({"items": {"type": "integer"}}, ["x"] * 60_000, ("/0", "type integer")),
        ({"allOf": [{"items": {"type": "integer"}}] * 9}, ["x"] * 9000, ("/0", "type integer")),
    ],
)
def test_a_value_made_to_multiply_its_faults_costs_little(fragment: Any, value: Any, told: tuple[str, str]) -> None:
    validator = schemas.compile(Schema(fragment=fragment, root={"$defs": TREE}))
    began = time.perf_counter()
    assert validator.faults(value) == [told]
    assert time.perf_counter() - began < 0.5


def test_ordinary_values_are_told_in_full() -> None:
    validator = schemas.compile(Schema(fragment={"$ref": "#/$defs/T"}, root={"$defs": TREE}))
    assert validator.faults(nested(1))[0][1] != "does not fit its schema"
    many = schemas.compile(Schema(fragment={"items": {"type": "integer"}}, root={}))
    assert len(many.faults([1, "x"] * 9)) == 9
    assert many.faults([1] * 9000) == []


@pytest.mark.parametrize(
    ("schema", "weight"),
    [
        (True, Weight(1, 1)),
        ({"properties": {"anyOf": {"type": "integer"}}}, Weight(1, 1)),
        ({"const": {"anyOf": [1, 2]}}, Weight(1, 1)),
        ({"anyOf": [{}, {"items": {"oneOf": [{}, {}, {}]}}]}, Weight(6, 1)),
        ({"properties": {"a": {"anyOf": [{}, {}]}, "b": {"anyOf": [{}, {}, {}]}}}, Weight(3, 1)),
        ({"$ref": "urn:x#/$defs/T"}, Weight(4, 4)),
        ({"$ref": "#/$defs/L"}, Weight(1, 1)),
    ],
)
def test_unions_inside_unions_multiply_and_loops_raise(schema: Any, weight: Weight) -> None:
    loop = {"properties": {"next": {"$ref": "#/$defs/L"}}}
    assert weight_of(schema, {**TREE, "L": loop}) == weight


def test_a_schema_deeper_than_we_walk_counts_as_a_loop() -> None:
    deep: Any = {"anyOf": [{}, {}]}
    for _ in range(3000):
        deep = {"items": deep}
    assert weight_of({"anyOf": [{}, {}], "items": deep}, {}).looping == 2
