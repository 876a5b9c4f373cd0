"""Made values are valid by the very schema they are made for."""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.audit.gather.patterns import text_for
from ostiary.audit.gather.values import Taste, value_of

SCHEMAS: list[Any] = [
    {"type": "string", "minLength": 3, "maxLength": 5},
    {"type": "string", "maxLength": 1},
    {"type": "string", "maxLength": 0},
    {"type": "string", "format": "date-time"},
    {"type": "string", "format": "uuid"},
    {"type": "string", "format": "email", "minLength": 20},
    {"type": "string", "pattern": "^[A-Z]{2}[0-9]{4}$"},
    {"type": "string", "pattern": r"^(?:\+49|0)\d{3,}$", "minLength": 8},
    {"type": "integer", "minimum": 10, "maximum": 12},
    {"type": "integer", "exclusiveMinimum": 0, "multipleOf": 7},
    {"type": "integer", "maximum": -3},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    {"type": ["string", "null"], "enum": [None, "a"]},
    {"type": "array", "items": {"type": "integer"}, "minItems": 3},
    {"type": "array", "items": {"type": "string"}, "minItems": 2, "uniqueItems": True},
    {"type": "array", "maxItems": 0},
    {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["a"]},
    {"allOf": [{"$ref": "#/$defs/A"}, {"type": "object", "properties": {"c": {"const": 5}}, "required": ["c"]}]},
    {"oneOf": [{"type": "null"}, {"type": "object", "properties": {"k": {"const": "x"}}, "required": ["k"]}]},
    {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    {"type": "boolean"},
    {"type": "null"},
    {"const": {"deep": [1]}},
    {"$ref": "#/$defs/Tree"},
    {"properties": {"email": {"type": "string", "format": "email"}}, "required": ["email"]},
    True,
    {},
]
ROOT = {
    "$defs": {
        "A": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
        "Tree": {
            "type": "object",
            "properties": {"v": {"type": "integer"}, "kids": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}},
            "required": ["v", "kids"],
        },
    }
}


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
@pytest.mark.parametrize("optional", [False, True])
def test_values_are_valid(schema: Any, *, optional: bool) -> None:
    made = value_of(schema, ROOT, Taste(nonce="ab12", optional=optional))
    whole = {**schema, **ROOT} if isinstance(schema, dict) else schema
    jsonschema_rs.validator_for(whole).validate(made)


def test_examples_come_before_defaults_before_enums() -> None:
    every = {"type": "string", "example": "e", "examples": ["es"], "default": "d", "enum": ["n"]}
    assert value_of(every, {}, Taste()) == "e"
    assert value_of({key: each for key, each in every.items() if key != "example"}, {}, Taste()) == "es"
    assert value_of({"default": "d", "enum": ["n"]}, {}, Taste()) == "d"
    assert value_of(every, {}, Taste(examples=False)) == "n"


def test_read_only_properties_are_not_sent() -> None:
    schema = {"type": "object", "properties": {"id": {"type": "integer", "readOnly": True}, "n": {"type": "integer"}}}
    assert value_of(schema, {}, Taste()) == {"n": 1}


def test_a_reference_to_itself_ends() -> None:
    assert isinstance(value_of({"$ref": "#"}, {"$ref": "#"}, Taste()), str)
    loop: dict[str, Any] = {"type": "object", "properties": {"me": {"$ref": "#"}}, "required": ["me"]}
    assert isinstance(value_of(loop, loop, Taste()), dict)


def test_names_differ_between_runs() -> None:
    schema = {"type": "string"}
    assert value_of(schema, {}, Taste(nonce="one")) != value_of(schema, {}, Taste(nonce="two"))


PATTERNS = [r"^[a-z0-9_-]{3,32}$", r"^\d{3}-\d{2}-\d{4}$", r"^(GET|POST)$", r"^[^\s@]+@[^\s@]+\.[a-z]{2,}$", r"^#[0-9a-fA-F]{6}$",
            r"^(?!admin)[a-z]+$", r"^[A-Z]\w*(\.[A-Z]\w*)+$", r"[\]\\^-]", r"^v\d+(?:\.\d+){0,2}$", r"^$", r"a|b", "x{2,3}?y+"]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_texts_match_their_pattern(pattern: str) -> None:
    made = text_for(pattern)
    assert made is not None
    assert re.search(pattern, made)


@pytest.mark.parametrize(
    "pattern", ["[a", "(a", "(?=x)y", r"\p{L}+", "a" * 2000, "(" * 400, "x{99999}", ")", "*", r"(a)\1", "\\"]
)
def test_what_is_beyond_us_is_none_and_no_crash(pattern: str) -> None:
    assert text_for(pattern) is None


def test_a_pattern_that_backtracks_without_end_does_not_stop_the_audit() -> None:
    assert text_for("^(a+)+b$", shortest=200) is None


@given(st.text("ab[](){}?*+|^$\\.-,0123:=!<>P", max_size=25))
def test_any_text_as_pattern_ends_with_a_match_or_none(pattern: str) -> None:
    made = text_for(pattern)
    assert made is None or re.search(pattern, made, re.ASCII)
