"""Requests are what the document says a client sends, with ids that exist, and writes never aim at what was there before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from exchanges import api_of
from ostiary.audit.gather.observe import id_in
from ostiary.audit.gather.requests import BOUNDARY, Maker
from ostiary.model import Api, Operation


def one(method: str, path: str, operation: dict[str, Any], **item: Any) -> tuple[Api, Operation]:
    api = api_of({path: {method.lower(): {"responses": {"200": {"description": "ok"}}, **operation}, **item}})
    return api, api.operations[0]


def target(path: str, *parameters: dict[str, Any]) -> str:
    api, operation = one("GET", path, {"parameters": list(parameters)})
    return Maker(api, nonce="n").target(operation)


def query(name: str, schema: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": True, "schema": schema, **rest}


LIST = {"type": "array", "items": {"type": "integer"}, "example": [1, 2]}
OBJECT = {"type": "object", "example": {"a": 1, "b": "x"}}


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        (query("q", {"type": "string", "enum": ["a b&c"]}), "q=a%20b%26c"),
        (query("q", LIST), "q=1&q=2"),
        (query("q", LIST, explode=False), "q=1,2"),
        (query("q", LIST, style="pipeDelimited", explode=False), "q=1%7C2"),
        (query("q", OBJECT, style="deepObject", explode=True), "q[a]=1&q[b]=x"),
        (query("q", OBJECT, explode=True), "a=1&b=x"),
        (query("q", {"type": "boolean"}), "q=true"),
        (query("q", {"type": "string"}, example="here"), "q=here"),
        (query("q", {"type": "string"}, examples={"one": {"value": "first"}}), "q=first"),
    ],
)
def test_queries_are_written_in_their_style(parameter: dict[str, Any], expected: str) -> None:
    assert target("/a", parameter) == f"/a?{expected}"


def test_optional_queries_are_left_out_first() -> None:
    assert target("/a", {"name": "q", "in": "query", "schema": {"type": "string"}}) == "/a"


def test_paths_are_filled_from_examples_and_schemas() -> None:
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 5}}
    assert target("/a/{id}/b", parameter) == "/a/5/b"
    assert target("/a/{id}", {**parameter, "example": 77}) == "/a/77"
    assert target("/a/{id}", {**parameter, "schema": {"type": "string", "enum": ["x/y"]}}) == "/a/x%2Fy"


def test_writes_aim_only_at_what_the_audit_made() -> None:
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "enum": ["made-up"]}}
    item = {each: {"responses": {"200": {"description": "ok"}}} for each in ("get", "put")}
    api = api_of({"/a/{id}": {"parameters": [parameter], **item}})
    get, put = api.operations
    maker = Maker(api, nonce="n")
    maker.learn("/a/{id}", "id", "somebody's", ours=False)
    assert (maker.target(get), maker.target(put)) == ("/a/somebody's", "/a/made-up")
    maker.learn("/a/{id}", "id", "ours", ours=True)
    assert (maker.target(get), maker.target(put)) == ("/a/ours", "/a/ours")
    intrusive = Maker(api, nonce="n", intrusive=True)
    intrusive.learn("/a/{id}", "id", "somebody's", ours=False)
    assert intrusive.target(put) == "/a/somebody's"


def body(media_type: str, media: dict[str, Any]) -> tuple[str, bytes] | None:
    api, operation = one("POST", "/a", {"requestBody": {"content": {media_type: media}}})
    return Maker(api, nonce="n").body(operation)


PERSON = {"type": "object", "properties": {"name": {"type": "string", "enum": ["A & B"]}, "tags": {"type": "array", "items": {"enum": [1]}}},
          "required": ["name", "tags"]}  # fmt: skip


def test_bodies_are_written_in_their_media_type() -> None:
    made = body("application/vnd.x+json", {"schema": PERSON})
    assert made is not None
    assert (made[0], json.loads(made[1])) == ("application/vnd.x+json", {"name": "A & B", "tags": [1]})
    assert body("application/x-www-form-urlencoded", {"schema": PERSON}) == (
        "application/x-www-form-urlencoded",
        b"name=A%20%26%20B&tags=1",
    )
    made = body("application/xml", {"schema": {**PERSON, "xml": {"name": "person"}}})
    assert made == ("application/xml", b'<?xml version="1.0"?><person><name>A &amp; B</name><tags>1</tags></person>')
    made = body(
        "multipart/form-data",
        {"schema": {"type": "object", "properties": {"f": {"type": "string", "format": "binary"}}, "required": ["f"]}},
    )
    assert made is not None
    assert made[0] == f"multipart/form-data; boundary={BOUNDARY}"
    assert made[1].startswith(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="ostiary.txt"'.encode()
    )
    assert body("application/zip", {"schema": {"type": "string"}}) is None


def test_an_example_of_the_media_type_is_taken_as_it_is() -> None:
    made = body("application/json", {"schema": PERSON, "examples": {"e": {"value": {"name": "given"}}}})
    assert made == ("application/json", b'{"name":"given"}')


def test_json_is_preferred() -> None:
    content = {
        "text/plain": {},
        "application/xml": {},
        "application/json": {"schema": {"type": "integer", "enum": [4]}},
    }
    api, operation = one("POST", "/a", {"requestBody": {"content": content}})
    assert Maker(api, nonce="n").body(operation) == ("application/json", b"4")


def test_required_headers_and_cookies_are_sent_but_credentials_are_the_operators() -> None:
    given = {"required": True, "schema": {"type": "string", "enum": ["v"]}}
    parameters = [
        {"name": name, "in": place, **given}
        for name, place in (("X-Tenant", "header"), ("Authorization", "header"), ("c", "cookie"))
    ]
    api, operation = one("GET", "/a", {"parameters": parameters})
    assert Maker(api, nonce="n").headers(operation) == [("X-Tenant", "v"), ("Cookie", "c=v")]


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("Authorization-Token", False), ("X-Auth-Token", False), ("token", False), ("X-API-Key", False), ("session-id", False),
        ("access_token", False), ("Idempotency-Key", True), ("X-Request-ID", True), ("X-CSRF-Token", True), ("X-User-Id", True),
    ],
)  # fmt: skip
def test_a_header_that_is_a_credential_by_its_name_is_left_to_who_has_one(name: str, *, sent: bool) -> None:
    given = {"name": name, "in": "header", "required": True, "schema": {"type": "string", "enum": ["v"]}}
    api, operation = one("GET", "/a", {"parameters": [given]})
    assert Maker(api, nonce="n").headers(operation) == ([(name, "v")] if sent else [])


def test_another_nonce_makes_another_object() -> None:
    api, operation = one(
        "POST",
        "/a",
        {
            "requestBody": {
                "content": {
                    "application/json": {"schema": {"type": "object", "properties": {"name": {"type": "string"}}}}
                }
            }
        },
    )
    maker = Maker(api, nonce="n")
    assert maker.body(operation) == maker.body(operation)
    assert maker.body(operation, nonce="-1") != maker.body(operation)


@pytest.mark.parametrize(
    ("plain", "name", "path", "expected"),
    [
        ([{"id": 3}], "id", "/items", "3"),
        ([{"id": 3}], "item_id", "/items", "3"),
        ({"items": [{"itemId": "a"}], "total": 1}, "itemId", "/items", "a"),
        ({"Books": [{"book_title": "Emma", "user": "x"}]}, "book_title", "/books/v1", "Emma"),  # VAmPI
        ({"users": [{"email": "e", "username": "name1"}]}, "username", "/users/v1", "name1"),  # VAmPI
        ({"data": {"articles": [{"slug": "s-1"}]}}, "slug", "/articles", "s-1"),  # RealWorld nests one deeper at times
        ({"data": [{"id": "default", "last_modified": 1}]}, "bucket_id", "/v1/buckets", "default"),  # Kinto
        (["a", "b"], "tag", "/tags", "a"),
        ({"id": 9, "name": "made"}, "thing_id", "/things", "9"),
        ([], "id", "/items", None),
        ({"error": "none"}, "id", "/items", None),
        ([{"id": None}, {"id": True}, {"id": "later"}], "id", "/items", "later"),
        (None, "id", "/items", None),
        ([[[]]], "id", "/items", None),
    ],
)
def test_ids_are_found_where_apis_put_them(plain: Any, name: str, path: str, expected: str | None) -> None:
    assert id_in(plain, name, path) == expected


def test_no_name_is_an_id_where_the_document_says_it_is_a_number() -> None:
    """Flask-AppBuilder lists the ids beside the objects."""
    listed = {"count": 2, "ids": [7, 9], "result": [{"name": "Aunt", "group": None}]}
    assert id_in(listed, "pk", "/contact/") == "Aunt"
    assert id_in(listed, "pk", "/contact/", number=True) == "7"
    assert id_in([{"name": "Aunt", "id": 3}], "pk", "/contact/", number=True) == "3"
    assert id_in([{"name": "Aunt"}], "pk", "/contact/", number=True) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a b\r\nX: y", "/a%20b%0D%0AX:%20y"),
        ("/\u202eabc\x1b[2J", "/%E2%80%AEabc%1B[2J"),
        ("/caf\u00e9/`x`/$(x)", "/caf%C3%A9/`x`/$(x)"),
    ],
)
def test_a_path_of_the_document_never_breaks_the_line_it_is_sent_in(path: str, expected: str) -> None:
    assert target(path) == expected


@pytest.mark.parametrize("name", ["X-A\r\nHost", "@/etc/passwd", "a b", "X:"])
@pytest.mark.parametrize("place", ["header", "cookie"])
def test_a_parameter_whose_name_no_field_can_have_is_not_sent(name: str, place: str) -> None:
    given = {"name": name, "in": place, "required": True, "schema": {"type": "string"}}
    api, operation = one("GET", "/x", {"parameters": [given]})
    assert Maker(api, nonce="n").headers(operation) == []
