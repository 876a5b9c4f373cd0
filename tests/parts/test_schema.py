from __future__ import annotations

from typing import Any

import pytest

from exchanges import api_of
from ostiary.model import Schema
from ostiary.parts import openapi, schema
from ostiary.parts.schema import Reading, Validator


def read(node: Any, *, version: str = "3.1.0", **schemas: Any) -> Schema:
    """A request body's schema, through the reader."""
    content = {"application/json": {"schema": node}}
    document = {
        "openapi": version,
        "info": {},
        "paths": {"/a": {"post": {"requestBody": {"content": content}}}},
        "components": {"schemas": schemas},
    }
    found = openapi.from_plain(document, source="a.yaml").operations[0].consumes["application/json"].schema
    assert found is not None
    return found


def validator(node: Any, reading: Reading = schema.AS_WRITTEN, *, version: str = "3.1.0", **schemas: Any) -> Validator:
    return schema.compile(read(node, version=version, **schemas), reading)


REF = {"$ref": "#/components/schemas/S"}
INT: dict[str, Any] = {"type": "integer"}


@pytest.mark.parametrize(
    ("node", "good", "bad"),
    [
        ({"type": "integer", "nullable": True}, [1, None], ["x"]),
        ({"type": "string", "nullable": True, "enum": ["a"]}, ["a", None], ["b"]),
        ({"nullable": True, "allOf": [REF]}, [{"v": 1}, None], [{"v": "x"}, 5]),
        ({**REF, "nullable": True}, [{"v": 1}, None], [{"v": "x"}]),
        ({**REF, "minProperties": 5}, [{"v": 1}], ["x"]),  # siblings of $ref are ignored in 3.0
        ({"type": "number", "minimum": 1, "exclusiveMinimum": True}, [1.5], [1]),
        ({"type": "number", "maximum": 1, "exclusiveMaximum": False}, [1], [1.5]),
        ({"exclusiveMinimum": True}, [1], []),
        ({"type": "integer", "format": "int32"}, [2**31 - 1], [2**31, -(2**31) - 1]),
        ({"type": "integer", "format": "int64", "minimum": 0}, [2**63 - 1], [2**63, -1]),
        ({"type": "string", "format": "byte"}, ["aGk=", "a_-"], ["a!"]),
        ({"type": "string", "format": "made-up"}, ["x"], [1]),
        ({"type": "array", "items": REF}, [[{"v": 1}], []], [[{}]]),
        ({"type": "object", "additionalProperties": False, "properties": {"a": INT}}, [{}, {"a": 1}], [{"b": 1}]),
    ],
)
def test_3_0_means_what_it_meant(node: Any, good: list[Any], bad: list[Any]) -> None:
    found = validator(node, version="3.0.3", S={"type": "object", "required": ["v"], "properties": {"v": INT}})
    assert [value for value in good if not found.is_valid(value)] == []
    assert [value for value in bad if found.is_valid(value)] == []


@pytest.mark.parametrize(
    ("node", "good", "bad"),
    [
        ({"type": ["integer", "null"]}, [1, None], ["x"]),
        ({**REF, "minProperties": 2}, [{"v": 1, "w": 1}], [{"v": 1}]),
        ({"type": "string", "nullable": True}, ["x"], [None]),  # 3.1 knows no nullable
        ({"prefixItems": [INT], "items": False}, [[1]], [[1, 2], ["x"]]),
        ({"items": [INT], "additionalItems": False}, [[1]], [[1, 2]]),
        ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, [{}, {"a": 1, "b": 1}], [{"a": 1}]),
        ({"dependentRequired": {"pattern": ["format"]}}, [{}], [{"pattern": 1}]),
        ({"const": {"$ref": "x"}}, [{"$ref": "x"}], [1]),
        ({"properties": {"pattern": INT, "$ref": INT}}, [{"pattern": 1, "$ref": 2}], [{"pattern": "("}, {"$ref": "x"}]),
        ({"type": "string", "format": "date-time"}, ["2024-01-01T00:00:00Z"], ["2024-01-01", "x"]),
        ({"type": "string", "format": "uuid"}, ["f81d4fae-7dec-11d0-a765-00a0c91e6bf6"], ["f81d4fae"]),
        ({"type": "string", "pattern": r"^\d+$"}, ["12"], ["\u0663", "x"]),
        ({"patternProperties": {r"^\w$": INT}, "additionalProperties": False}, [{"a": 1}], [{"aa": 1}, {"a": "x"}]),
    ],
)
def test_3_1_is_json_schema_2020_12(node: Any, good: list[Any], bad: list[Any]) -> None:
    found = validator(node, S={"type": "object", "required": ["v"], "properties": {"v": INT}})
    assert [value for value in good if not found.is_valid(value)] == []
    assert [value for value in bad if found.is_valid(value)] == []


def test_faults_name_place_and_rule_and_never_a_value() -> None:
    node = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "a/b": {"type": "array", "items": {"type": "integer", "maximum": 5}},
            "mail": {"type": "string", "format": "email"},
            "kind": {"enum": ["x"]},
            "who": {"oneOf": [{"type": "object", "required": ["id"]}, {"type": "null"}]},
        },
        "additionalProperties": False,
    }
    value = {"a/b": [1, "secret", 9], "mail": "secret", "kind": "secret", "who": {"secret": 1}, "secret": 1}
    assert sorted(validator(node).faults(value)) == [
        ("", "additionalProperties"),
        ("", "required name"),
        ("/a~1b/1", "type integer"),
        ("/a~1b/2", "maximum 5"),
        ("/kind", "enum"),
        ("/mail", "format email"),
        ("/who", "required id"),
    ]


def test_faults_are_bounded() -> None:
    faults = validator({"type": "array", "items": INT}).faults(["x"] * 1_000)
    assert len(faults) == schema.MOST_FAULTS
    long_name = validator({"additionalProperties": INT}).faults({"k" * 10_000: "x"})
    assert len(long_name[0][0]) == schema.LONGEST_POINTER


PETS: dict[str, Any] = {
    "Cat": {"type": "object", "required": ["kind", "claws"], "properties": {"kind": {"type": "string"}, "claws": INT}},
    "Dog": {"type": "object", "required": ["kind", "bark"], "properties": {"kind": {"type": "string"}, "bark": INT}},
}


def test_a_discriminator_chooses_the_branch_and_its_faults() -> None:
    mapping = {"cat": "#/components/schemas/Cat", "dog": "Dog"}
    node = {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
        "discriminator": {"propertyName": "kind", "mapping": mapping},
    }
    found = validator(node, **PETS)
    assert found.faults({"kind": "cat", "claws": "x"}) == [("/claws", "type integer")]
    assert found.faults({"kind": "dog"}) == [("", "required bark")]
    assert not found.is_valid({"kind": "fish"})
    assert not found.is_valid("cat")
    assert found.is_valid({"kind": "dog", "bark": 1, "claws": "not a cat's"})


def test_a_discriminator_without_mapping_leaves_the_union_as_it_is() -> None:
    union = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]
    found = validator({"oneOf": union, "discriminator": {"propertyName": "kind"}}, **PETS)
    assert found.is_valid({"kind": "any", "claws": 1})
    assert not found.is_valid({"kind": "any"})


def test_what_only_the_server_sets_is_not_required_of_a_request() -> None:
    node = {
        "type": "object",
        "required": ["id", "at", "name"],
        "properties": {"id": {"type": "integer", "readOnly": True}, "at": REF, "name": {"type": "string"}},
    }
    stamp = {"type": "string", "readOnly": True}
    assert validator(node, S=stamp).is_valid({"name": "x"})
    assert validator(node, S=stamp).is_valid({"name": "x", "id": 1})
    assert not validator(node, S=stamp).is_valid({"name": "x", "id": "y"})
    unread = validator(node, Reading(any_read_only=True), S=stamp)
    assert unread.is_valid({"name": "x", "id": "y", "at": 5})
    assert not unread.is_valid({"name": 5, "id": "y"})


def test_formats_can_be_left_unchecked() -> None:
    node = {"type": "string", "format": "date-time"}
    assert validator(node, Reading(unchecked_formats=frozenset({"date-time"}))).is_valid("2024-01-01T00:00:00")


@pytest.mark.parametrize(
    "pattern", [r"^(?!x)y", r"(a)\1", r"(?<=a)b", "(", "[b-a]", "a{2,1}", "*", r"\8", "(?>a)", "a++"]
)
def test_a_pattern_without_a_linear_meaning_is_named_and_never_run(pattern: str) -> None:
    assert schema.pattern_problem(pattern)
    assert validator({"type": "string", "pattern": pattern}).is_valid("whatever")
    let_in = validator({"patternProperties": {pattern: INT}, "additionalProperties": False})
    assert let_in.is_valid({"any": "thing"})


def test_a_pattern_that_would_take_too_much_memory_is_named() -> None:
    assert "too large" in schema.pattern_problem(r"^(?:\p{L}{1,1000}){1,1000}$")


def test_exponential_patterns_run_in_linear_time() -> None:
    """26 characters take a backtracking engine seconds; here a hundred thousand take none."""
    found = validator({"type": "string", "pattern": "^(a+)+$"})
    assert not found.is_valid("a" * 100_000 + "!")


def test_patterns_are_found_wherever_a_request_meets_them() -> None:
    node = {"properties": {"a": {"pattern": "1"}, "b": REF, "c": {"items": {"anyOf": [{"pattern": "2"}]}}},
            "patternProperties": {"3": {}}, "const": {"pattern": "no"}, "examples": [{"pattern": "no"}]}  # fmt: skip
    found = read(node, S={"pattern": "4", "properties": {"again": REF}})
    assert set(schema.patterns_of(found, set())) == {"1", "2", "3", "4"}


@pytest.mark.parametrize("value", [b"x", {1: 2}, object(), "\ud800"])
def test_what_is_no_json_data_is_a_value_error(value: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        validator({"type": "object"}).is_valid(value)


def test_equal_schemas_of_a_document_share_a_validator() -> None:
    parameters = [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in "ab"]
    first, second = api_of({"/a": {"get": {"parameters": parameters}}}).operations[0].parameters
    assert first.schema is not None
    assert second.schema is not None
    assert schema.compile(first.schema) is schema.compile(second.schema)
