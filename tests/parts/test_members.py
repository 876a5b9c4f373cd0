from __future__ import annotations

import copy
from typing import Any

import pytest

from exchanges import api_of
from ostiary.model import Schema
from ostiary.parts.members import UNDECLARED, Policy, cleaner, refusing

INT: dict[str, Any] = {"type": "integer"}
SET: dict[str, Any] = {"type": "integer", "readOnly": True}
DEFS: dict[str, Any] = {
    "Stamp": {"type": "string", "readOnly": True},
    "Node": {"properties": {"id": SET, "next": {"$ref": "#/$defs/Node"}, "all": {"items": {"$ref": "#/$defs/Node"}}}},
    "Inner": {"type": "object", "properties": {"x": INT}},
    "Cat": {"type": "object", "required": ["claws"], "properties": {"kind": {"const": "cat"}, "claws": INT}},
    "Dog": {"type": "object", "required": ["bark"], "properties": {"kind": {"const": "dog"}, "bark": INT}},
}
INNER = {"$ref": "#/$defs/Inner"}
LAX = Policy(undeclared="ignore")


def cleaned(fragment: Any, document: Any, policy: Policy = LAX, **more: Any) -> tuple[Any, list[Any]]:
    """The document afterwards, and the faults."""
    clean = cleaner(Schema(fragment=fragment, root={"$defs": DEFS}), policy, **more)
    document = copy.deepcopy(document)
    return document, sorted(clean(document)) if clean is not None else []


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
        ({"properties": {"isAdmin": SET}, "additionalProperties": True}, {"ISADMIN": 1, "i\u017fAdmin": 1, "x": 2}, {"x": 2}),
    ],
)  # fmt: skip
def test_read_only_members_are_taken_out(fragment: Any, before: Any, after: Any) -> None:
    assert cleaned(fragment, before) == (after, [])


def test_a_schema_of_plain_values_costs_nothing() -> None:
    assert cleaner(Schema(fragment={"type": "string"}, root={"$defs": DEFS}), Policy()) is None
    assert cleaner(Schema(fragment=True, root={}), Policy()) is None
    assert cleaner(Schema(fragment={"type": "object"}, root={}), Policy()) is None, "free-form"


BODY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "one": INNER, "list": {"type": "array", "items": INNER}, "free": {"type": "object"}, "set": SET,
        "map": {"type": "object", "additionalProperties": INNER}, "open": {**DEFS["Inner"], "additionalProperties": True},
        "none": {"type": "object", "additionalProperties": False}, "or": {"anyOf": [{"type": "null"}, INNER]},
    },
}  # fmt: skip
HONEST = {
    "one": {"x": 1}, "free": {"y": 1}, "open": {"y": 1}, "map": {"k": {"x": 1}}, "list": [{}, {"x": 2}], "none": {}, "or": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("extra", "pointer"),
    [
        ({"two": 1}, "/two"),
        ({"One": 1}, "/One"),
        ({"one": {"y": 1}}, "/one/y"),
        ({"list": [{}, {"y": 1}]}, "/list/1/y"),
        ({"map": {"k": {"y": 1}}}, "/map/k/y"),
        ({"none": {"y": 1}}, "/none/y"),
        ({"or": {"y": 1}}, "/or/y"),
        ({"__proto__": {}}, "/__proto__"),
    ],
)
def test_an_object_that_names_its_members_has_no_others(extra: Any, pointer: str) -> None:
    assert cleaned(BODY, HONEST, Policy()) == (HONEST, [])
    assert cleaned(BODY, {**HONEST, **extra}, Policy()) == ({**HONEST, **extra}, [(pointer, UNDECLARED)])
    assert cleaned(BODY, {**HONEST, **extra}, LAX)[1] == []
    document, faults = cleaned(BODY, {"set": 1, **extra}, Policy(undeclared="drop"))
    assert faults == []
    assert pointer.rpartition("/")[2] not in str(document)


def test_what_is_not_set_is_taken_out_and_in_a_patch_refused() -> None:
    assert cleaned(BODY, {"two": None, "one": {"x": 1, "y": None}}, Policy()) == ({"one": {"x": 1}}, [])
    assert cleaned(BODY, {"two": None}, Policy(), partly=True)[1] == [("/two", UNDECLARED)], "there, null removes"
    assert cleaned(BODY, {"two": None}, refusing(Policy()))[1] == [("/two", UNDECLARED)], "it would be passed on"


def test_known_names_may_be_anywhere() -> None:
    assert cleaned(BODY, {"one": {"_csrf": 1}, "_csrf": 2}, Policy(known=frozenset({"_csrf"})))[1] == []


def test_composition_is_seen_through() -> None:
    node = {"allOf": [INNER, {"properties": {"own": INT}}], "dependentSchemas": {"own": {"properties": {"dep": {}}}}}
    assert cleaned(node, {"own": 1, "x": 1, "dep": 2}, Policy())[1] == []
    assert cleaned(node, {"own": 1, "other": 1}, Policy())[1] == [("/other", UNDECLARED)]
    opened = {"allOf": [INNER, {"properties": {"own": INT}, "additionalProperties": True}]}
    assert cleaned(opened, {"other": 1}, Policy())[1] == []


@pytest.mark.parametrize("word", ["oneOf", "anyOf"])
def test_of_a_union_the_branch_that_is_meant_counts(word: str) -> None:
    pets = {word: [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}], "properties": {"name": {}}}
    assert cleaned(pets, {"kind": "cat", "claws": 1, "name": "x"}, Policy())[1] == []
    assert cleaned(pets, {"bark": 1}, Policy())[1] == []
    assert cleaned(pets, {"kind": "cat", "claws": 1, "bark": 1}, Policy())[1] == [("/bark", UNDECLARED)]
    assert cleaned(pets, {"kind": "fish", "fins": 1}, Policy())[1] == [("/fins", UNDECLARED)]
    assert cleaned(pets, {"bark": None}, Policy(), partly=True)[1] == [], "a patch may leave out what is required"
    nested = {"items": {"properties": {"pet": pets}}}
    assert cleaned(nested, [{"pet": {"bark": 1}}, {"pet": {"bark": 1, "role": 1}}], Policy())[1] == [
        ("/1/pet/role", UNDECLARED)
    ]


def test_alternatives_that_all_fit_may_be_mixed() -> None:
    either = {"anyOf": [{"properties": {"a": INT}}, {"properties": {"b": INT}}]}
    assert cleaned(either, {"a": 1, "b": 2}, Policy())[1] == []
    assert cleaned(either, {"a": 1, "c": 2}, Policy())[1] == [("/c", UNDECLARED)]


def test_conditions_bring_members_with_them() -> None:
    node = {
        "properties": {"kind": {}},
        "if": {"properties": {"kind": {"const": "a"}}, "required": ["kind"]},
        "then": {"properties": {"a": {}}},
        "else": {"properties": {"b": {}}},
    }
    assert cleaned(node, {"kind": "a", "a": 1}, Policy())[1] == []
    assert cleaned(node, {"kind": "a", "b": 1}, Policy())[1] == [("/b", UNDECLARED)]
    assert cleaned(node, {"kind": "z", "b": 1}, Policy())[1] == []


def test_a_discriminator_of_a_document_is_obeyed() -> None:
    pets = {
        "Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "claws": INT}},
        "Dog": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "bark": INT}},
    }
    union = [{"$ref": f"#/components/schemas/{name}"} for name in pets]
    mapping = {name.lower(): f"#/components/schemas/{name}" for name in pets}
    body = {"oneOf": union, "discriminator": {"propertyName": "kind", "mapping": mapping}}
    api = api_of(
        {"/pets": {"post": {"requestBody": {"content": {"application/json": {"schema": body}}}}}},
        components={"schemas": pets},
    )
    schema = api.operations[0].consumes["application/json"].schema
    assert schema is not None
    clean = cleaner(schema, Policy())
    assert clean is not None
    assert clean({"kind": "cat", "claws": 1}) == []
    assert clean({"kind": "cat", "bark": 1}) == [("/bark", UNDECLARED)]


def test_recursion_and_depth_are_no_trouble() -> None:
    deep: Any = {"id": 1}
    for _ in range(5_000):
        deep = {"next": deep}
    clean = cleaner(Schema(fragment={"$ref": "#/$defs/Node"}, root={"$defs": DEFS}), Policy())
    assert clean is not None
    assert clean(deep) == []
    while "next" in deep:
        deep = deep["next"]
    assert deep == {}


def test_faults_are_bounded() -> None:
    found = cleaned(BODY, {f"k{'x' * 1000}{at}": 1 for at in range(100)}, Policy())[1]
    assert len(found) == 16
    assert max(len(pointer) for pointer, _ in found) == 200
