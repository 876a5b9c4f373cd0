"""Places of a request that take a text, and the request with another text there."""

from __future__ import annotations

import json
import re

from ostiary.model import Api, Place
from ostiary.parts import openapi
from ostiary.parts.seen.gists import gist
from ostiary.parts.seen.inputs import changed, inputs, renamed, slots, with_members, words
from recorded import Recorded, said

TEXT = {"type": "string"}
BODY = {
    "type": "object",
    "properties": {
        "name": TEXT,
        "size": {"type": "integer"},
        "kind": {"enum": ["a"]},
        "link": {"anyOf": [TEXT, {"type": "null"}]},
    },
}
API: Api = openapi.from_plain(
    {
        "openapi": "3.1.0",
        "info": {},
        "paths": {
            "/items/{id}": {
                "put": {
                    "parameters": [
                        {"name": "id", "in": "path", "required": True, "schema": TEXT},
                        {"name": "q", "in": "query", "schema": TEXT, "example": "lamp"},
                        {"name": "page", "in": "query", "schema": {"type": "integer"}},
                    ],
                    "requestBody": {"content": {"application/json": {"schema": BODY}}},
                    "responses": {},
                }
            },
            "/search": {"get": {"parameters": [{"name": "q", "in": "query", "schema": TEXT}], "responses": {}}},
        },
    },
    source="x",
)
HTTP = Recorded(api=API)
PUT = next(each for each in API.operations if each.method == "PUT")


def test_texts_are_found_and_nothing_else() -> None:
    found = {each.name: each for each in inputs(HTTP, PUT)}
    assert list(found) == ["id", "q", "name", "link"]
    assert (found["id"].value, found["q"].value, found["name"].value) == ("1", "lamp", "x")
    assert "page" in {each.name for each in inputs(HTTP, PUT, numbers=True)}


def test_a_text_goes_to_its_place_and_the_rest_stays() -> None:
    at = {each.name: each for each in inputs(HTTP, PUT)}
    assert changed(HTTP, at["id"], "a/b")["target"] == "/items/a%2Fb"
    assert changed(HTTP, at["q"], "x&y")["target"] == "/items/1?q=x%26y"
    assert json.loads(changed(HTTP, at["link"], "z")["body"]) == {"name": "x", "link": "z"}


def test_a_form_is_changed_as_a_form() -> None:
    assert with_members("application/x-www-form-urlencoded", b"a=1&b=2", {"a": "x y"}) == b"b=2&a=x+y"


def test_a_bound_is_shared_by_the_operations() -> None:
    found = slots(HTTP, API.operations, most=2)
    assert {each.operation.path for each in found} == {"/items/{id}", "/search"}
    assert found[0].place is Place.PATH or found[1].place is Place.PATH


def test_invented_names_are_changed_and_others_are_not() -> None:
    assert renamed(b'{"name": "ostiary-ab1", "x": "ostia"}', "m-") == b'{"name": "ostiary-m-ab1", "x": "ostia"}'


def test_users_that_were_registered_get_other_names_of_letters_alone() -> None:
    body = b'{"user": "ostiaryxdwuzfqz", "mail": "ostiaryxdwuzfqz@example.com"}'
    first, second = renamed(body, "s0-"), renamed(body, "s1-")
    names = re.findall(rb"ostiary([a-z]{8})\b", first)
    assert len(names) == 2
    assert names[0] == names[1] != b"xdwuzfqz"
    assert first != second
    assert renamed(body, "s0-") == first


def test_a_boundary_between_parts_is_no_name() -> None:
    assert renamed(b"--ostiary-7d1c2f\r\n\r\nostiary-a\r\n--ostiary-7d1c2f--", "m-") == (
        b"--ostiary-7d1c2f\r\n\r\nostiary-m-a\r\n--ostiary-7d1c2f--"
    )


def test_words_of_a_name() -> None:
    assert words("returnTo") == {"return", "to", "returnto"}


def test_a_gist_leaves_out_what_was_repeated_and_the_moment() -> None:
    one = said(200, body='{"for": "a\\"b", "at": "2026-11-22T10:00:00Z", "n": 1}')
    two = said(200, body='{"for": "c&d", "at": "2026-11-22T10:00:07Z", "n": 1}')
    assert gist(one, 'a"b') == gist(two, "c&d")
    assert gist(one, 'a"b') != gist(said(200, body='{"for": "", "at": "", "n": 2}'))
