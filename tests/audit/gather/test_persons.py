"""Invented users are never the same twice and fit what schemas ask of names and passwords."""

from __future__ import annotations

import re

import pytest

from ostiary.audit.gather.persons import fitted, invented, is_right, kind_of, simpler


def test_people_differ_and_equal_seeds_give_equal_people() -> None:
    people = [invented("s", number) for number in range(200)]
    assert len({each.user for each in people}) == len({each.email for each in people}) == 200
    assert invented("s", 7) == people[7]
    assert invented("t", 7) != people[7]


def test_passwords_satisfy_the_usual_policies() -> None:
    for number in range(100):
        text = invented("s", number).password
        assert 12 <= len(text) <= 16
        for wanted in (r"[A-Z]", r"[a-z]", r"[0-9]", r"[^A-Za-z0-9]"):
            assert re.search(wanted, text)
        assert simpler(invented("s", number)).password.isalnum()
        assert not re.search(r"(.)\1\1", text)


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        ("user", {"maxLength": 6}),
        ("user", {"minLength": 24, "pattern": "^[a-z]+$"}),
        ("email", {"minLength": 40}),
        ("password", {"minLength": 24}),
        ("password", {"maxLength": 8}),
        ("phone", {"pattern": "^[0-9]{11}$"}),
        ("user", {"pattern": "^[A-Z]"}),
    ],
)
def test_texts_fit_their_schema_and_still_differ(kind: str, schema: dict[str, object]) -> None:
    one, two = [fitted(kind, invented("s", number).value(kind), schema) for number in (1, 2)]
    assert one != two
    for each in (one, two):
        assert int(str(schema.get("minLength", 0))) <= len(each) <= int(str(schema.get("maxLength", 99)))
        assert re.search(str(schema.get("pattern", "")), each)


def test_fields_are_told_by_their_names() -> None:
    kinds = {"username": "user", "useremail": "email", "password2": "password", "mobilenumber": "phone", "bio": ""}
    assert {each: kind_of(each) for each in kinds} == kinds
    assert is_right(("user", "isAdmin"))
    assert is_right(("role",))
    assert not is_right(("user", "name"))
