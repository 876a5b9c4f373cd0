from __future__ import annotations

from typing import Any

import pytest

from ostiary.errors import ConfigError
from ostiary.parts import xml_text
from ostiary.parts.multipart import Part
from ostiary.parts.protected_members import in_document, in_form, in_patch, in_xml, spot

ROLE = spot("/role", "x")
PRICE = spot("/items/*/price", "x")


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"role": 1}, 1),
        ({"Role": 1, "ROLE ": 2, "ro\u006ce": 3, "name": "role"}, 3),
        ({"roles": 1, "user": {"role": 1}}, 0),
        ([{"role": 1}], 0),
        ("role", 0),
    ],
)
def test_a_member_is_found_in_any_case(document: Any, found: int) -> None:
    assert len(in_document(document, ROLE)) == found


def test_a_star_is_every_item() -> None:
    document = {"items": [{"price": 1}, {"x": 2}, {"PRICE": 3}]}
    assert [(holder, key) for holder, key in in_document(document, PRICE)] == [({"price": 1}, "price"), ({"PRICE": 3}, "PRICE")]  # fmt: skip
    assert len(in_document({"items": {"a": {"price": 1}}}, PRICE)) == 1


@pytest.mark.parametrize(
    ("name", "found"),
    [("role", True), ("Role", True), ("role[]", True), ("role[x]", True), ("roles", False), ("user[role]", False)],
)
def test_a_form_field_is_found_by_its_name(name: str, *, found: bool) -> None:
    assert bool(in_form([(name, "x")], ROLE)) is found
    assert bool(in_form([Part(name, None, "", b"x")], ROLE)) is found


@pytest.mark.parametrize("name", ["items[0][price]", "items[][price]", "items.0.price", "items[0].price"])
def test_nested_form_fields_are_found_in_every_spelling(name: str) -> None:
    assert in_form([("other", "x"), (name, "x")], PRICE) == [1]


@pytest.mark.parametrize(
    ("step", "writes"),
    [
        ({"op": "replace", "path": "/role", "value": "x"}, True),
        ({"op": "add", "path": "/Role/0", "value": "x"}, True),
        ({"op": "replace", "path": "", "value": {"role": "x"}}, True),
        ({"op": "replace", "path": "", "value": {"name": "x"}}, False),
        ({"op": "copy", "from": "/x", "path": ""}, True),
        ({"op": "test", "path": "/role", "value": "x"}, False),
        ({"op": "replace", "path": "/name", "value": "role"}, False),
        ({"op": "replace", "path": 5}, False),
    ],
)
def test_a_patch_writes_where_its_steps_point(step: Any, *, writes: bool) -> None:
    assert in_patch([{"op": "remove", "path": "/other"}, step], ROLE) is writes


@pytest.mark.parametrize("pointer", ["role", "", "/"])
def test_a_place_is_a_pointer(pointer: str) -> None:
    with pytest.raises(ConfigError, match="place in a body"):
        spot(pointer, "x")


@pytest.mark.parametrize(
    "field",
    [
        ("user", '{"role": 1}'),
        ("USER", ' {"Role": 1}'),
        ("user[]", '{"role": 1}'),
        Part("user", None, "application/json", b'{"role": 1}'),
        Part("user", "blob", "application/json", b'{"role": 1}'),
        Part("user", None, "", b'\n{"r\\u006fle": 1}'),
    ],
)
def test_a_field_that_holds_the_place_as_json_is_found(field: Any) -> None:
    place = spot("/user/role", "x")
    assert in_form([field], place) == [0]
    assert in_form([field], place, inside=False) == []
    assert in_form([field], spot("/user/name", "x")) == []
    assert in_form([field], ROLE) == []


@pytest.mark.parametrize("text", ["{", "", "role", '{"name": "role"}', "[1]"])
def test_json_without_the_place_is_not_found(text: str) -> None:
    assert in_form([("user", text)], spot("/user/role", "x")) == []


@pytest.mark.parametrize(
    "step",
    [
        {"op": "replace", "Path": "/role", "value": 1},
        {"OP": "replace", "PATH": "/role", "VALUE": 1},
        {"op": "replace", "path": "role", "value": 1},
        {"op": "replace", "path": "#/role", "value": 1},
        {"op": "test", "Op": "replace", "path": "/role", "value": 1},
        {"op": "replace", "path": "", "Value": {"role": 1}},
        {"op": "Copy", "from": "/x", "path": ""},
    ],
)
def test_a_patch_is_read_as_leniently_as_by_any_application(step: Any) -> None:
    assert in_patch([step], ROLE)


def test_another_members_name_in_any_spelling_is_no_fault() -> None:
    assert not in_patch([{"Op": "replace", "Path": "name", "Value": {"role": 1}}, {"op": "test", "path": "role"}], ROLE)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<o><items><item><price>1</price></item></items></o>", True),
        ("<o><items><item price='1'/></items></o>", True),
        ("<o><items><price>1</price></items></o>", True),
        ("<o><items><item><x><price>1</price></x></item></items></o>", False),
        ("<o><price>1</price><items>price</items></o>", False),
        ("<items><price/></items>", False),
    ],
)
def test_a_place_in_xml_is_an_element_or_an_attribute(text: str, *, found: bool) -> None:
    assert in_xml(xml_text.parse(text.encode(), ""), PRICE) is found
