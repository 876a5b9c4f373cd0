from __future__ import annotations

from typing import Any

import pytest

from ostiary.model import Schema
from ostiary.parts.form_members import form_cleaner
from ostiary.parts.members import READ_ONLY, UNDECLARED, Policy, refusing
from ostiary.parts.multipart import Part

SET: dict[str, Any] = {"type": "integer", "readOnly": True}
DEFS: dict[str, Any] = {"Inner": {"type": "object", "properties": {"x": {"type": "integer"}}}}
INNER = {"$ref": "#/$defs/Inner"}
FORM: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "id": SET, "user": {"type": "object", "properties": {"mail": {}, "id": SET}},
                   "lines": {"type": "array", "items": INNER}, "any": {"type": "object"}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("pairs", "kept", "rules"),
    [
        ([("name", "x"), ("user[mail]", "y"), ("lines[0][x]", "1"), ("lines[]", "1"), ("any[z]", "1")], 5, []),
        ([("name", "x"), ("id", "1")], 1, []),
        ([("user[id]", "1"), ("name", "x")], 1, []),
        ([("role", "admin")], 1, [UNDECLARED]),
        ([("user[role]", "admin")], 1, [UNDECLARED]),
        ([("user.role", "admin")], 1, [UNDECLARED]),
        ([("lines[3][y]", "1")], 1, [UNDECLARED]),
        ([("user", '{"mail": 1}')], 1, []),
        ([("user", ' {"mail": 1, "role": 2}')], 1, [UNDECLARED]),
        ([("user", '{"id": 1}')], 1, [READ_ONLY]),
        ([("user", "{")], 1, []),
    ],
)
def test_a_form_is_held_against_the_same_rules(pairs: list[tuple[str, str]], kept: int, rules: list[str]) -> None:
    clean = form_cleaner(Schema(fragment=FORM, root={"$defs": DEFS}), Policy())
    assert clean is not None
    form: list[Any] = list(pairs)
    assert [rule for _, rule in clean(form)] == rules
    assert len(form) == kept


def test_parts_are_passed_on_as_they_came_and_so_refused() -> None:
    clean = form_cleaner(Schema(fragment=FORM, root={"$defs": DEFS}), refusing(Policy()))
    assert clean is not None
    assert clean([Part("name", None, "", b"x"), Part("user", None, "application/json", b'{"mail": "x"}')]) == []
    assert clean([Part("id", None, "", b"x")]) == [("/id", READ_ONLY)]
    assert clean([Part("role", "f.txt", "", b"x")]) == [("/role", UNDECLARED)]
    assert clean([Part("user", None, "application/json", b'{"role": "x"}')]) == [("/user/role", UNDECLARED)]
