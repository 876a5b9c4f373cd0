"""Postman collections, HAR recordings and GraphQL schemas become the operations that were asked, without their secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ostiary.audit.gather.requests import Maker
from ostiary.errors import ConfigError
from ostiary.model import Api, Operation
from ostiary.parts import openapi

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSIsImlhdCI6MTUxNjIzOTAyMn0.VdvdG8mq6Xz2J0Y3h1S6H1dXbW2n0r5k7Qm8l1oZ3aY"
SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def asked(method: str, url: str, reply: Any = None, status: int = 200, **request: Any) -> dict[str, Any]:
    """One entry as Chrome writes it."""
    text = json.dumps(reply) if reply is not None else ""
    return {
        "_resourceType": request.pop("kind", "fetch"),
        "request": {
            "method": method,
            "url": url,
            "headers": [
                {"name": "Authorization", "value": f"Bearer {TOKEN}"},
                {"name": "Cookie", "value": "session=9f8e7d6c5b4a39281706"},
                {"name": "X-Tenant", "value": "north"},
            ],
            **request,
        },
        "response": {
            "status": status,
            "headers": [{"name": "Set-Cookie", "value": "session=9f8e7d6c5b4a39281706"}],
            "content": {"mimeType": request.get("mime", "application/json"), "text": text},
        },
    }


def sent(value: Any, media: str = "application/json") -> dict[str, Any]:
    return {"postData": {"mimeType": media, "text": value if isinstance(value, str) else json.dumps(value)}}


def har(*entries: dict[str, Any]) -> Api:
    return openapi.from_plain({"log": {"version": "1.2", "entries": list(entries)}}, source="shop.har")


def named(api: Api, key: str) -> Operation:
    return next(each for each in api.operations if each.key == key)


def keys(api: Api) -> set[str]:
    return {each.key for each in api.operations}


def test_ids_that_vary_are_one_parameter() -> None:
    api = har(
        asked("GET", "https://api.test/v1/orders?page=2&size=10", {"orders": [{"id": 7, "total": 3}]}),
        asked("GET", "https://api.test/v1/orders/7", {"id": 7, "total": 3}),
        asked("GET", "https://api.test/v1/orders/8/items/3f2b8c1e-5d4a-4b6f-9a7e-0c1d2e3f4a5b", {"sku": "x"}),
        asked("PUT", "https://api.test/v1/orders/8", {"id": 8, "total": 4}, **sent({"total": 4})),
    )
    assert keys(api) == {
        "GET /v1/orders",
        "GET /v1/orders/{order_id}",
        "GET /v1/orders/{order_id}/items/{item_id}",
        "PUT /v1/orders/{order_id}",
    }
    maker = Maker(api, nonce="n")
    assert maker.target(named(api, "GET /v1/orders/{order_id}")) == "/v1/orders/7"
    assert maker.body(named(api, "PUT /v1/orders/{order_id}")) == ("application/json", b'{"total":4}')
    assert {each.name for each in named(api, "GET /v1/orders").parameters} == {"page", "size", "x-tenant"}


def test_words_that_their_own_reply_names_are_ids_and_words_of_the_api_are_not() -> None:
    api = har(
        asked("GET", "https://api.test/books", [{"title": "emma", "pages": 4}]),
        asked("GET", "https://api.test/books/emma", {"title": "emma", "pages": 4}),
        asked("GET", "https://api.test/books/persuasion", {"title": "persuasion", "pages": 5}),
        asked("GET", "https://api.test/books/latest", {"title": "persuasion", "pages": 5}),
        asked("GET", "https://api.test/users/me", {"id": 4, "name": "a"}),
        asked("GET", "https://api.test/users/4", {"id": 4, "name": "a"}),
        asked("GET", "https://api.test/v2/status", {"version": "v2", "status": "up"}),
    )
    assert keys(api) == {
        "GET /books",
        "GET /books/{title}",
        "GET /books/latest",
        "GET /users/me",
        "GET /users/{user_id}",
        "GET /v2/status",
    }


def test_no_secret_of_a_recording_is_kept() -> None:
    api = har(
        asked("POST", "https://api.test/login", {"token": TOKEN}, **sent({"username": "alice", "password": "Hunter2!x"})),
        asked("GET", f"https://api.test/reset/{TOKEN}?api_key=sk_live_9s6XKzkNRiz8i3abcdEF", {"ok": True}),
        asked("POST", "https://api.test/session", {}, **sent("user=bob&pwd=s3cretive", "application/x-www-form-urlencoded")),
        asked("DELETE", "https://api.test/token/jyrvm14k9tvdiesxwgku", {}),
        asked("POST", "https://api.test/hooks", {}, **sent({"note": f"Bearer {TOKEN}"})),
    )  # fmt: skip
    assert "DELETE /token/{token_id}" in keys(api)
    kept = json.dumps(api.document)
    for secret in (
        "jyrvm14k9tvdiesxwgku",
        TOKEN,
        TOKEN.split(".")[2],
        "Hunter2!x",
        "sk_live",
        "9f8e7d6c5b4a",
        "s3cretive",
    ):
        assert secret not in kept
    assert "alice" in kept, "what is no secret makes valid requests"
    body = Maker(api, nonce="n").body(named(api, "POST /login"))
    assert body is not None
    assert json.loads(body[1]).keys() == {"username", "password"}
    assert api.security_schemes == {"bearer": {"type": "http", "scheme": "bearer"}}


def test_a_pages_own_files_and_other_hosts_are_left_out() -> None:
    api = har(
        asked("GET", "https://shop.test/", kind="document", mime="text/html"),
        asked("GET", "https://shop.test/app.js", kind="script", mime="application/javascript"),
        asked("GET", "https://api.test/cart", {"items": []}),
        asked("GET", "https://api.test/cart/total", {"total": 1}),
        asked("OPTIONS", "https://api.test/cart"),
        asked("POST", "https://metrics.test/collect", {}),
    )
    assert keys(api) == {"GET /cart", "GET /cart/total"}
    assert any("metrics.test" in each for each in api.notes)


def test_a_form_with_a_file_is_sent_as_one() -> None:
    params = [{"name": "title", "value": "x"}, {"name": "photo", "fileName": "a.png", "value": ""}]
    api = har(
        asked(
            "POST", "https://api.test/p", {}, postData={"mimeType": "multipart/form-data; boundary=z", "params": params}
        )
    )
    made = Maker(api, nonce="n").body(api.operations[0])
    assert made is not None
    assert made[0].startswith("multipart/form-data")
    assert b'name="photo"; filename=' in made[1]


def test_what_was_inferred_says_so() -> None:
    assert har(asked("GET", "https://api.test/a", {})).inferred
    plain = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}}
    assert not openapi.from_plain(plain, source="d").inferred


def collection(*items: Any, **more: Any) -> Api:
    return openapi.from_plain(
        {"info": {"name": "Shop", "schema": SCHEMA}, "item": list(items), **more}, source="c.json"
    )


def request(method: str, url: Any, **more: Any) -> dict[str, Any]:
    return {"name": f"{method} it", "request": {"method": method, "url": url, **more}}


def test_a_collection_gives_operations_with_its_variables_filled_in() -> None:
    api = collection(
        {"name": "folder", "item": [request("GET", "{{base}}/users/{{user_id}}?full=true")]},
        request(
            "PUT",
            {"raw": "{{base}}/orders/:order", "variable": [{"key": "order", "value": "17"}]},
            body={"mode": "raw", "raw": '{"n": {{count}}, "who": "{{who}}", "at": "{{$guid}}"}'},
        ),
        request("GET", "http://{{host}}:8080/ping"),
        {"name": "short", "request": "{{base}}/plain"},
        variable=[
            {"key": "base", "value": "{{protocol}}://localhost:8000/api"},
            {"key": "protocol", "value": "http"},
            {"key": "user_id", "value": "5"},
            {"key": "who", "value": "alice"},
        ],
    )
    assert keys(api) == {"GET /api/users/{user_id}", "PUT /api/orders/{order}", "GET /ping", "GET /api/plain"}
    maker = Maker(api, nonce="n", intrusive=True)  # writes may aim at what was recorded
    assert maker.target(named(api, "GET /api/users/{user_id}")) == "/api/users/5"
    assert maker.target(named(api, "PUT /api/orders/{order}")) == "/api/orders/17"
    made = maker.body(named(api, "PUT /api/orders/{order}"))
    assert made is not None
    assert json.loads(made[1]) == {"n": 1, "who": "alice", "at": "3f2b8c1e-5d4a-4b6f-9a7e-0c1d2e3f4a5b"}


def test_a_collections_credentials_become_schemes_without_values() -> None:
    api = collection(
        request("GET", "/a"),
        request("POST", "/login", auth={"type": "noauth"}),
        request("GET", "/b", auth={"type": "apikey", "apikey": [{"key": "key", "value": "X-Key"}, {"key": "value", "value": "k-77-secret"}]}),
        auth={"type": "bearer", "bearer": [{"key": "token", "value": TOKEN}]},
        variable=[{"key": "token", "value": TOKEN}],
    )  # fmt: skip
    assert named(api, "GET /a").security == ({"bearer": ()},)
    assert named(api, "POST /login").security == ()
    assert api.security_schemes["apikey"] == {"type": "apiKey", "in": "header", "name": "X-Key"}
    assert TOKEN not in json.dumps(api.document)
    assert "k-77-secret" not in json.dumps(api.document)


@pytest.mark.parametrize(
    ("header", "scheme"),
    [
        (("Authorization-Token", "{{token}}"), {"type": "apiKey", "in": "header", "name": "Authorization-Token"}),
        (("Authorization", "Bearer {{token}}"), {"type": "http", "scheme": "bearer"}),
        (("Idempotency-Key", "7"), None),
        (("X-CSRF-Token", "7"), None),
    ],
)
def test_a_credential_that_a_collection_writes_as_a_header_becomes_a_scheme_too(
    header: tuple[str, str], scheme: dict[str, str] | None
) -> None:
    """vAPI's collection has it so."""
    request = {"method": "GET", "url": "https://api.example.com/me", "header": [{"key": header[0], "value": header[1]}]}
    plain = {"info": {"name": "x", "schema": SCHEMA}, "item": [{"name": "me", "request": request}]}
    api = openapi.from_plain(plain, source="x")
    assert list(api.security_schemes.values()) == ([scheme] if scheme else [])
    assert bool(api.operations[0].security) == bool(scheme)


def test_every_kind_of_postman_body_is_read() -> None:
    api = collection(
        request("POST", "/form", body={"mode": "urlencoded", "urlencoded": [{"key": "a", "value": "1"}, {"key": "b", "value": "x", "disabled": True}]}),
        request("POST", "/files", body={"mode": "formdata", "formdata": [{"key": "f", "type": "file", "src": "/a"}, {"key": "t", "value": "v"}]}),
        request("POST", "/graphql", body={"mode": "graphql", "graphql": {"query": "{ me { id } }", "variables": '{"n": 1}'}}),
        request("POST", "/xml", body={"mode": "raw", "raw": "<a/>", "options": {"raw": {"language": "xml"}}}),
    )  # fmt: skip
    maker = Maker(api, nonce="n")
    bodies = {each.path: maker.body(each) for each in api.operations}
    assert bodies["/form"] == ("application/x-www-form-urlencoded", b"a=1")
    assert bodies["/files"] is not None
    assert b'name="f"; filename=' in bodies["/files"][1]
    assert bodies["/graphql"] == ("application/json", b'{"query":"{ me { id } }","variables":{"n":1}}')
    assert bodies["/xml"] == ("application/xml", b"<a/>")


SCHEMA_ANSWER = {
    "data": {
        "__schema": {
            "queryType": {"name": "Query"},
            "mutationType": {"name": "Mutation"},
            "types": [
                {"kind": "OBJECT", "name": "Query", "fields": [
                    {"name": "user", "args": [{"name": "id", "type": {"kind": "NON_NULL", "ofType": {"kind": "SCALAR", "name": "ID"}}}],
                     "type": {"kind": "OBJECT", "name": "User"}}]},
                {"kind": "OBJECT", "name": "Mutation", "fields": [
                    {"name": "wipe", "args": [], "type": {"kind": "LIST", "ofType": {"kind": "OBJECT", "name": "User"}}}]},
                {"kind": "OBJECT", "name": "User", "fields": [{"name": "id", "args": [], "type": {"kind": "SCALAR", "name": "ID"}}]},
                {"kind": "ENUM", "name": "Role", "enumValues": [{"name": "ADMIN"}]},
                {"kind": "OBJECT", "name": "__Type", "fields": []},
            ],
        }
    }
}  # fmt: skip


def test_a_graphql_schema_is_one_operation_that_keeps_its_fields() -> None:
    api = openapi.from_plain(SCHEMA_ANSWER, source="schema.json")
    assert keys(api) == {"POST /graphql"}
    told = api.operations[0].extensions["x-graphql"]
    assert told["query"] == {"user": {"args": {"id": "ID!"}, "type": "User"}}
    assert told["mutation"] == {"wipe": {"args": {}, "type": "[User]"}}
    assert told["types"]["Role"] == {"kind": "ENUM", "values": ["ADMIN"]}
    assert "__Type" not in told["types"]


MISTAKES = [
    ({"log": {"entries": []}}, "none of 0 requests is a call to an API"),
    ({"log": {"entries": [{"request": {"method": "GET", "url": "https://a.test/x.css"}}]}}, "is a call to an API"),
    ({"info": {"schema": SCHEMA}, "item": []}, "holds no request"),
    ({"id": "1", "order": [], "requests": [{"url": "/a"}]}, "version 1"),
    ({"log": {"entries": [7, {"request": {"url": "https://[bad/"}}]}}, "is a call to an API"),
]


@pytest.mark.parametrize(("document", "problem"), MISTAKES)
def test_a_file_that_records_nothing_is_one_sentence(document: dict[str, Any], problem: str, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text(json.dumps(document))
    with pytest.raises(ConfigError, match=problem) as caught:
        openapi.read(str(file))
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


ODD: list[dict[str, Any]] = [
    {"info": {"schema": SCHEMA}, "item": [{"request": 5}, {"request": {"url": None}}, {"name": "n", "request": {"method": 3, "url": {"path": [1, {"value": "a"}], "query": "x"}, "body": {"mode": "formdata", "formdata": 5}, "header": "A: b"}, "response": [5]}]},
    {"info": {"schema": SCHEMA}, "item": [{"request": {"url": "/{a}/{b/c}", "body": {"mode": "raw", "raw": None}, "auth": 5}}], "variable": [{"key": "x"}], "auth": []},
    {"log": {"entries": [{"request": {"method": "POST", "url": "http://a.test/a//b/", "headers": [5], "postData": {"mimeType": None, "params": [5], "text": 5}}, "response": {"content": {"text": 5, "mimeType": 5}, "status": "200"}}]}},
    {"log": {"entries": [{"request": {"method": "GET", "url": "http://a.test/a?b=%ff&c"}, "response": {"content": {"encoding": "base64", "text": "###", "mimeType": "application/json"}, "status": 999}}]}},
]  # fmt: skip


@pytest.mark.parametrize("document", ODD)
def test_odd_files_are_read_as_far_as_they_go(document: dict[str, Any]) -> None:
    api = openapi.from_plain(document, source="odd.json")
    assert api.operations
    maker = Maker(api, nonce="n")
    for each in api.operations:
        assert maker.target(each).startswith("/")
        maker.body(each)
