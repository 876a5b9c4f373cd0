from __future__ import annotations

from typing import Any

import pytest

from ostiary.errors import ConfigError
from ostiary.parts.multipart import Part
from ostiary.parts.protected_members import in_document, in_form, in_patch, spot

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
