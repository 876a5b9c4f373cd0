from __future__ import annotations

import asyncio
import dataclasses
import gzip
import json
from typing import Any

import pytest

import closing
from exchanges import answer, api_of, ask, compiled, exchange, head
from inside import audited, loop, replying
from ostiary import catalogue
from ostiary.evidence import Answer, Asked, Spec
from ostiary.model import Kind, Outcome, Severity
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.secrets import leaks
from recorded import Recorded, said
from samples import every, sample

JSON = ("content-type", "application/json")
BCRYPT = "$2b$12$" + "a" * 53
USER = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
CLOSED = USER | {"additionalProperties": False}


def declaring(schema: Any, *, path: str = "/users", method: str = "get", **components: Any) -> Any:
    replies = {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}
    body = {"requestBody": {"content": {"application/json": {"schema": USER}}}} if method == "post" else {}
    return api_of({path: {method: {"responses": replies, **body}}}, components={"schemas": components})


def left(
    document: Any,
    schema: Any = None,
    *,
    status: int = 200,
    target: str = "/users",
    method: str = "GET",
    **settings: Any,
) -> Any:
    api = declaring(schema if schema is not None else {}, path=target, method=method.lower())
    policy = compiled(api, only=["output.no-sensitive-data"], controls={"output.no-sensitive-data": settings})
    reply = answer(policy, exchange(method, target), status, [JSON], json.dumps(document).encode())
    return json.loads(reply.body)


def test_guard_closes_what_the_audit_finds() -> None:
    def careless(asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
        if asked.method == "POST":
            detail = [
                {"type": "missing", "loc": ["body", "name"], "msg": "Field required", "input": json.loads(asked.body)}
            ]
            return 422, [JSON], json.dumps({"detail": detail}).encode()
        users = [{"id": 1, "name": "ann", "password_hash": BCRYPT, "note": "-----BEGIN PRIVATE KEY-----\nMIIE"}]
        return 200, [JSON], json.dumps(users).encode()

    replies = {"responses": {"200": {"description": ""}}}
    body = {"requestBody": {"content": {"application/json": {"schema": USER}}}}
    api = api_of({"/users": {"get": replies, "post": replies | body}})
    assert loop("output.no-sensitive-data", replying(careless), api) == ["FAIL", "PASS"]


def test_undeclared_and_write_only_fields_go_where_the_document_says_so() -> None:
    written = CLOSED | {"properties": {"id": {}, "pin2": {"type": "string", "writeOnly": True}}}
    assert left({"id": 1, "pin2": "x"}, written) == {"id": 1}
    assert left({"id": 1, "name": "a", "is_admin": True}, CLOSED) == {"id": 1, "name": "a"}
    assert left({"id": 1, "is_admin": True}, USER) == {"id": 1, "is_admin": True}
    assert left({"id": 1, "is_admin": True}, USER, prune=True) == {"id": 1}
    assert left([{"id": 1, "x": {"y": 1}}], {"type": "array", "items": CLOSED}) == [{"id": 1}]


def test_each_type_of_a_status_has_its_own_schema() -> None:
    def closed(name: str) -> dict[str, Any]:
        return {"schema": {"type": "object", "properties": {name: {}}, "additionalProperties": False}}

    content = {"application/json; charset=utf-8": closed("error"), "application/problem+json": closed("detail")}
    api = api_of({"/users": {"get": {"responses": {"400": {"description": "", "content": content}}}}})
    policy = compiled(api, only=["output.no-sensitive-data"])
    both = b'{"error":"x","detail":"y"}'
    for media, kept in (("json", {"error": "x"}), ("problem+json", {"detail": "y"}), ("other+json", {"error": "x"})):
        reply = answer(policy, exchange("GET", "/users"), 400, [("content-type", f"application/{media}")], both)
        assert json.loads(reply.body) == kept, media


def test_schemas_are_followed_through_references_and_alternatives() -> None:
    node = {
        "type": "object",
        "properties": {"v": {}, "next": {"$ref": "#/components/schemas/Node"}},
        "additionalProperties": False,
    }
    api = declaring({"anyOf": [{"$ref": "#/components/schemas/Node"}, {"type": "null"}]}, Node=node)
    policy = compiled(api, only=["output.no-sensitive-data"])
    body = json.dumps({"v": 1, "x": 1, "next": {"v": 2, "x": 2, "next": None}}).encode()
    reply = answer(policy, exchange("GET", "/users"), 200, [JSON], body)
    assert json.loads(reply.body) == {"v": 1, "next": {"v": 2, "next": None}}


@pytest.mark.parametrize(
    "name", ["password", "passwordHash", "hashed_password", "User-Password", "PWD", "encrypted_password"]
)
def test_passwords_are_hidden_even_when_declared(name: str) -> None:
    assert left({"id": 1, name: "hunter2"}, {"type": "object", "properties": {name: {}}}) == {
        "id": 1,
        name: "[redacted]",
    }


@pytest.mark.parametrize(
    "name", ["client_secret", "apiKey", "access_token", "privateKey", "totp-secret", "refreshToken"]
)
def test_secrets_are_hidden_unless_declared_or_handed_out_on_purpose(name: str) -> None:
    value = "s3cr3t-s3cr3t-s3cr3t"
    assert left({name: value}) == {name: "[redacted]"}
    assert left({name: value}, {"type": "object", "properties": {name: {}}}) == {name: value}
    assert left({name: value}, method="POST") == {name: value}  # created: shown once
    assert left({name: value}, target="/auth/refresh") == {name: value}
    assert left({name: value}, issues=True) == {name: value}
    assert left({name: value}, show=[name]) == {name: value}
    assert left({name: value}, show=[name.upper().replace("_", "-")]) == {name: value}


def test_a_card_is_shown_where_the_operation_is_there_to_show_it() -> None:
    card = {"number": "4111111111111111", "cvc": "123", "exp_month": 1}
    assert left(card) == {"number": "[redacted]", "cvc": "[redacted]", "exp_month": 1}
    assert left(card, show=["number", "cvc"]) == card


def test_shapes_are_recognised_under_any_name() -> None:
    assert left({"x": [BCRYPT]}) == {"x": ["[redacted]"]}
    assert left({"x": "-----BEGIN RSA PRIVATE KEY-----\nMIIE"}) == {"x": "[redacted]"}
    assert left({"x": "ghp_" + "a" * 36}) == {"x": "[redacted]"}
    assert left({"x": "pbkdf2_sha256$1000000$salt$hash"}) == {"x": "[redacted]"}
    assert left({"dsn": "postgres://shop:hunter2@db/shop"}) == {"dsn": "postgres://shop:[redacted]@db/shop"}


@pytest.mark.parametrize(
    "document",
    [
        {
            "id": "3f2b",
            "etag": '"33a64df5"',
            "sha256": "e3b0c442" * 8,
            "csrf_token": "a" * 32,
            "next_page_token": "CAUQAA",
        },
        {"public_key": "-----BEGIN PUBLIC KEY-----\nMIIB", "keys": [{"kty": "RSA", "n": "0vx7", "kid": "1"}]},
        {"password_changed_at": "2026-01-01T00:00:00Z", "has_password": True, "password_policy": {"min": 12}},
        {"password": None, "secret": False, "token": "short", "access_token": None},
        {"pwd": "/home/ann", "jwt": "not one", "secret": "no"},
        {"errors": {"password": ["is too short"]}},
        {"url": "https://example.com/@ann?x=1", "mail": "mailto:ann@example.com", "price": "$200", "text": "a $1 b"},
        {"avatar": "https://cdn.example/a.png", "author": "ann", "session": {"id": 7}, "tokens": 120},
        {"n": 1.5, "big": 12345678901234567890, "s": '\u00e9\n"quoted"', "deep": [[[{}]]]},
    ],
)
def test_ordinary_documents_leave_byte_for_byte(document: Any) -> None:
    body = json.dumps(document, indent=1).encode()
    reply = answer(
        compiled(declaring({}), only=["output.no-sensitive-data"]), exchange("GET", "/users"), 200, [JSON], body
    )
    assert reply.body == body


def test_messages_about_a_password_are_no_password() -> None:
    document = {"password": "must have at least 12 characters"}
    assert left(document, status=422) == document


@pytest.mark.parametrize(
    ("item", "gone"),
    [
        ({"type": "missing", "loc": ["body"], "msg": "Field required", "input": {"password": "x"}}, "input"),  # FastAPI
        ({"field": "pin", "rejectedValue": "1234", "defaultMessage": "size"}, "rejectedValue"),  # Spring
        ({"type": "field", "value": "a@b", "msg": "Invalid value", "path": "email", "location": "body"}, "value"),
        ({"property": "age", "value": -1, "constraints": {"min": "x"}}, "value"),  # class-validator
        ({"instancePath": "/a", "schemaPath": "#/a", "data": "x", "message": "must be"}, "data"),  # Ajv
    ],
)
def test_errors_do_not_repeat_what_was_submitted(item: dict[str, Any], gone: str) -> None:
    rest = {name: value for name, value in item.items() if name != gone}
    assert left({"detail": [item]}, status=422) == {"detail": [rest]}
    assert left({"detail": [item]} if gone != "input" else {"x": {"input": 1}}, status=200) is not None


def test_a_success_may_have_a_field_called_input() -> None:
    item = {"type": "job", "loc": "a", "msg": "b", "input": "c"}
    assert left(item) == item


def test_fastapis_recorded_error_loses_its_echo() -> None:
    recorded = sample("fastapi-0.165.0", "missing-field")
    assert b'"input"' in recorded.body
    assert "input" not in left(json.loads(recorded.body), status=422)["detail"][0]


def test_documents_about_an_api_are_left_alone() -> None:
    document = {"openapi": "3.1.0", "paths": {}, "x": {"password": "example"}}
    assert left(document) == document


@pytest.mark.parametrize(
    ("path", "outcome"), [("/utils/hash/generate", Outcome.PASS), ("/users", Outcome.FAIL), ("/rehash", Outcome.FAIL)]
)
def test_a_hash_of_what_was_sent_to_be_hashed_is_no_leak(path: str, outcome: Outcome) -> None:
    def hashes(asked: Asked) -> Any:
        known = asked.target == path
        return 200 if known else 404, [JSON], json.dumps({"data": BCRYPT if known else ""}).encode()

    app = replying(hashes)
    assert audited("output.no-sensitive-data", app, declaring({}, path=path, method="post")).outcome is outcome


def test_compressed_replies_are_read_and_leave_plain_only_when_changed() -> None:
    policy = compiled(declaring({}), only=["output.no-sensitive-data"])
    coded = [JSON, ("content-encoding", "gzip")]
    clean = gzip.compress(b'{"id": 1}')
    assert answer(policy, exchange("GET", "/users"), 200, coded, clean).body == clean
    reply = answer(policy, exchange("GET", "/users"), 200, coded, gzip.compress(b'{"password": "x1"}'))
    assert (json.loads(reply.body), head(reply, "content-encoding")) == ({"password": "[redacted]"}, None)
    assert answer(policy, exchange("GET", "/users"), 200, [JSON, ("content-encoding", "br")], b"\x0b").status == 502
    bomb = gzip.compress(b" " * 20_000_000)
    assert answer(policy, exchange("GET", "/users"), 200, coded, bomb).status == 502


def test_what_pretends_to_be_json_and_mentions_secrets_is_refused() -> None:
    policy = compiled(declaring({}), only=["output.no-sensitive-data"])
    assert answer(policy, exchange("GET", "/users"), 200, [JSON], b'{"password": "x1"} trailing').status == 502
    assert answer(policy, exchange("GET", "/users"), 200, [JSON], b'{"a": NaN, "password": "x1"}').status == 200
    assert answer(policy, exchange("GET", "/users"), 200, [JSON], b"[" * 100_000 + b'"password"').status == 502
    escaped = answer(policy, exchange("GET", "/users"), 200, [JSON], b'{"pass\\u0077ord": "x1"}')
    assert json.loads(escaped.body) == {"password": "[redacted]"}


def test_only_json_is_read() -> None:
    policy = compiled(declaring({}), only=["output.no-sensitive-data"])
    body = b'{"password": "x1"}'
    assert answer(policy, exchange("GET", "/users"), 200, [("content-type", "text/csv")], body).body == body


@pytest.mark.parametrize(
    ("document", "issuing", "kinds"),
    [
        ({"password": "pass1"}, True, {"password"}),  # VAmPI's /users/v1/_debug
        ({"users": [{"Password": "x", "Salt": "y"}]}, False, {"password"}),
        ({"user": {"hash": BCRYPT}}, True, {"shape"}),  # bcrypt
        ({"user": {"pw": "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"}}, True, {"password"}),
        ({"key": "sk_" + "live_" + "4" * 24}, False, {"issued"}),
        ({"key": "sk_" + "live_" + "4" * 24}, True, set()),
        ({"access_token": "abcdefghijklmnop"}, True, set()),
        ({"access_token": "abcdefghijklmnop"}, False, {"token"}),
        ({"token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlc2lnbg"}, False, {"token"}),
        ({"url": "mongodb://shop:hunter2@db/shop"}, False, {"issued"}),
        ({"password": "********"}, False, set()),
        ({"password": "[FILTERED]"}, False, set()),  # Rails
        ({"password": "Field may not be blank."}, False, set()),
        ({"client_secret": "<redacted>"}, False, set()),
        (
            {"token": "abc", "csrf_token": "f" * 40, "etag": "x", "sha1": "da39a3ee" * 5, "passwordless": "yes"},
            False,
            set(),
        ),
        (
            {"pwd": "/srv", "public_key": "ssh-ed25519 AAAAC3Nz", "session_count": "3", "tokenizer": "bpe-bpe-bpe-bpe"},
            False,
            set(),
        ),
    ],
)
def test_the_audits_own_detectors(document: Any, issuing: bool, kinds: set[str]) -> None:  # noqa: FBT001
    assert {leak.kind for leak in leaks(document, issuing=issuing)} == kinds


@pytest.mark.parametrize("situation", ["ok-json", "created", "not-found", "bad-json", "openapi-document"])
def test_no_recorded_reply_is_mistaken_for_a_leak(situation: str) -> None:
    assert [server for server, each in every(situation) if leaks(parse(each.body))] == []


def test_a_logins_token_is_meant_and_a_readers_is_not() -> None:
    body = b'{"access_token": "abcdefghijklmnop"}'
    app = replying(lambda asked: (404, [JSON], b"{}") if "no-such" in asked.target else (200, [JSON], body))
    assert audited("output.no-sensitive-data", app, declaring({}, path="/login", method="post")).outcome is Outcome.PASS
    found = audited("output.no-sensitive-data", app, declaring({}, path="/profile"))
    assert (found.outcome, found.severity) == (Outcome.FAIL, Severity.MEDIUM)


def test_what_nobody_may_read_hands_out_no_secret_on_purpose() -> None:
    """A path may be called ``secret``: who gives nothing to be told apart by is issued none."""
    body = b'{"secrets": {"jwt_secret": "hunter22"}}'
    app = replying(lambda asked: (404, [JSON], b"{}") if "no-such" in asked.target else (200, [JSON], body))
    found = audited("output.no-sensitive-data", app, declaring({}, path="/internal/secret"))
    assert (found.outcome, found.severity) == (Outcome.FAIL, Severity.HIGH)
    created = audited("output.no-sensitive-data", app, declaring({}, path="/internal/secret", method="post"))
    assert created.outcome is Outcome.PASS


def test_a_declared_token_of_the_caller_is_meant_and_one_in_a_list_is_not() -> None:
    """RealWorld's "current user" renews the token: its document says so, and clients live on it."""
    jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "A" * 43
    token = {"type": "object", "properties": {"token": {"type": "string"}}}
    reference = {"allOf": [{"$ref": "#/components/schemas/Own"}]}
    for schema, document, outcome in (
        ({"type": "object", "properties": {"user": reference}}, {"user": {"token": jwt}}, Outcome.PASS),
        ({"type": "object", "properties": {"user": {}}}, {"user": {"token": jwt}}, Outcome.FAIL),
        ({"type": "array", "items": reference}, [{"token": jwt}], Outcome.FAIL),
    ):
        api = declaring(schema, Own=token)

        def app(asked: Asked, document: Any = document) -> tuple[int, list[tuple[str, str]], bytes]:
            found = (asked.method, asked.target) == ("GET", "/users")
            return (200, [JSON], json.dumps(document).encode()) if found else (404, [JSON], b"{}")

        found = audited("output.no-sensitive-data", replying(app), api)
        assert found.outcome is outcome, document


@pytest.mark.parametrize(("asked_for", "outcome"), [("/users/", Outcome.PASS), ("/others/", Outcome.FAIL)])
def test_a_final_slash_makes_no_other_operation(asked_for: str, outcome: Outcome) -> None:
    """Django REST framework's routes often end in ``/?$``: what is declared for one spelling is meant by the other."""
    jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "A" * 43
    api = declaring({"type": "object", "properties": {"token": {"type": "string"}}})
    body = json.dumps({"token": jwt})
    sample_of = said(200, [("content-type", "application/json")], body, target=asked_for)
    http = Recorded([sample_of], answering=lambda _: said(404, [("content-type", "application/json")], "{}"), api=api)
    assert closing.audited("output.no-sensitive-data", http).outcome is outcome


@pytest.mark.parametrize(("path", "outcome"), [("/user", Outcome.PASS), ("/users", Outcome.FAIL)])
def test_a_callers_own_token_is_meant_where_no_document_could_declare_it(path: str, outcome: Outcome) -> None:
    jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "A" * 43
    body = json.dumps({"user": {"token": jwt}}).encode()
    headers = (("content-type", "application/json"),)

    def answering(asked: Asked) -> Answer:
        known = asked.identity and asked.target == path
        return Answer(asked=asked, status=200 if known else 401, headers=headers, body=body if known else b"{}")

    api = dataclasses.replace(declaring({}, path=path), dialect="links")
    http = Recorded(answering=answering, api=api, identities=["alice"])
    assert closing.audited("output.no-sensitive-data", http).outcome is outcome


def test_fields_against_the_schema_are_faults() -> None:
    app = replying(lambda asked: (200, [JSON], b'{"id": 1, "internal_note": "x"}'))
    assert audited("output.no-sensitive-data", app, declaring(CLOSED)).outcome is Outcome.FAIL
    assert audited("output.no-sensitive-data", app, declaring(USER)).outcome is Outcome.PASS


def test_no_success_proves_nothing() -> None:
    app = replying(lambda asked: (401, [JSON], b"{}"))
    assert audited("output.no-sensitive-data", app, declaring({})).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("properties", "outcome"),
    [
        ({"password": {"type": "string"}}, "FAIL"),
        ({"user": {"properties": {"passwordHash": {"type": "string"}}}}, "FAIL"),
        ({"password": {"type": "string", "writeOnly": True}}, "PASS"),
        ({"password_set": {"type": "boolean"}, "password": {"type": "boolean"}}, "PASS"),
    ],
)
def test_the_document_must_not_promise_a_password(properties: Any, outcome: str) -> None:
    api = declaring({"type": "array", "items": {"type": "object", "properties": properties}})

    async def asking() -> Any:
        return await catalogue.control("output.no-sensitive-data").audits[Kind.SPEC](Spec(api=api))

    found = asyncio.run(asking())
    assert found.outcome == outcome
    assert found.severity is (Severity.MEDIUM if outcome == "FAIL" else None), "no reply was seen to hold it"


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/json", b'{"name": 1, "password": "correct horse"}'),
        ("application/json", b'{"user": [{"password": "correct horse"}]}'),
        ("application/json", b'{"password": "correct horse", '),
        ("application/x-www-form-urlencoded", b"name=a&password=correct+horse"),
    ],
)
def test_an_error_does_not_quote_a_submitted_password(media: str, body: bytes) -> None:
    policy = compiled(declaring({}, method="post"), only=["output.no-sensitive-data"])
    made = exchange("POST", "/users", [("content-type", media)], body)
    assert ask(policy, made) is None
    came = json.dumps({"detail": "name must be text; got {'password': 'correct horse'}"}).encode()
    reply = answer(policy, made, 422, [("content-type", "application/problem+json")], came)
    assert json.loads(reply.body) == {"detail": "name must be text; got {'password': '[redacted]'}"}


def test_a_part_of_a_reply_that_would_hide_a_secrets_name_is_refused() -> None:
    """A range that begins behind the name, or two of them, would otherwise carry the value out."""
    policy = compiled(only=["output.no-sensitive-data"])
    asked = exchange("GET", "/users/1", [("range", "bytes=13-")])
    part = f'{BCRYPT}","id":1}}'.encode()
    assert answer(policy, asked, 206, [JSON, ("content-range", "bytes 13-80/81")], part).status == 502
    ranges = ("content-type", "multipart/byteranges; boundary=b")
    several = b"--b\r\nContent-Type: %b\r\nContent-Range: bytes 13-80/81\r\n\r\n" + part + b"\r\n--b--\r\n"
    assert answer(policy, asked, 206, [ranges], several % b"application/json").status == 502
    assert answer(policy, asked, 206, [ranges], several % b"video/mp4").status == 206
    assert answer(policy, asked, 206, [("content-type", "video/mp4")], part).status == 206


def test_a_part_of_a_text_that_would_be_searched_whole_is_refused() -> None:
    """Range: bytes=0- asks for all of it, and would get it unseen."""
    policy = compiled(only=["output.no-sensitive-data"])
    asked = exchange("GET", "/log", [("range", "bytes=0-")])
    text = ("content-type", "text/plain")
    body = f"hash {BCRYPT}".encode()
    assert answer(policy, asked, 206, [text, ("content-range", f"bytes 0-64/{len(body)}")], body).status == 502
    assert answer(policy, asked, 206, [text, ("content-range", "bytes 0-64/90000000")], body).status == 206
    ranges = ("content-type", "multipart/byteranges; boundary=b")
    several = b"--b\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-64/65\r\n\r\n" + body + b"\r\n--b--\r\n"
    assert answer(policy, asked, 206, [ranges], several).status == 502


@pytest.mark.parametrize("charset", ["utf-16", "utf-16le", "utf-16be", "utf-32", "utf-7", "cp037"])
def test_secrets_are_found_in_every_charset_a_caller_can_ask_for(charset: str) -> None:
    policy = compiled(only=["output.no-sensitive-data", "output.content-type-forced"])
    document = {"id": 1, "name": "Zoë", "password": "hunter2secret", "hash": BCRYPT}
    body = json.dumps(document, ensure_ascii=False).encode(charset)
    kind = ("content-type", f"application/json; charset={charset}")
    for length in ([], [("content-length", str(len(body)))]):
        reply = answer(policy, exchange("GET", "/users/1"), 200, [kind, *length], body)
        told = {"id": 1, "name": "Zoë", "password": "[redacted]", "hash": "[redacted]"}
        assert json.loads(reply.body.decode("utf-8")) == told
        assert head(reply, "content-type") == "application/json; charset=utf-8"
    text = f"see {BCRYPT}".encode(charset)
    headers = [("content-type", f"text/plain; charset={charset}"), ("content-length", str(len(text)))]
    assert answer(policy, exchange("GET", "/log"), 200, headers, text).body == b"see [redacted]"


def test_what_holds_no_secret_keeps_its_charset() -> None:
    policy = compiled(only=["output.no-sensitive-data", "output.content-type-forced"])
    for charset in ("utf-16", "iso-8859-1", "no-such"):
        body = '{"name": "Zoë"}'.encode("utf-8" if charset == "no-such" else charset)
        headers = [("content-type", f"application/json; charset={charset}"), ("content-length", str(len(body)))]
        reply = answer(policy, exchange("GET", "/users/1"), 200, headers, body)
        assert (reply.body, head(reply, "content-type")) == (body, f"application/json; charset={charset}")


def test_a_byte_order_mark_makes_no_text_of_json() -> None:
    policy = compiled(only=["output.no-sensitive-data", "output.content-type-forced"])
    body = b'\xef\xbb\xbf{"id": 1, "password": "hunter2secret"}'
    reply = answer(policy, exchange("GET", "/users/1"), 200, [JSON, ("content-length", str(len(body)))], body)
    assert json.loads(reply.body) == {"id": 1, "password": "[redacted]"}


def test_a_second_content_coding_does_not_hide_behind_the_first() -> None:
    policy = compiled(only=["output.no-sensitive-data"])
    body = gzip.compress(gzip.compress(b'{"password":"hunter2secret"}'))
    twice = [JSON, ("content-encoding", "gzip"), ("content-encoding", "gzip")]
    assert answer(policy, exchange("GET", "/users/1"), 200, twice, body).status == 502


def test_what_follows_the_first_part_of_a_gzip_reply_does_not_leave_unseen() -> None:
    policy = compiled(only=["output.no-sensitive-data"])
    headers = [JSON, ("content-encoding", "gzip")]
    whole = gzip.compress(b'{"id":1}')
    rest = gzip.compress(b'{"password":"' + BCRYPT.encode() + b'"}')
    assert answer(policy, exchange("GET", "/users/1"), 200, headers, whole).status == 200
    assert answer(policy, exchange("GET", "/users/1"), 200, headers, whole + rest).status == 502
    assert answer(policy, exchange("GET", "/users/1"), 200, headers, whole[:-3]).status == 502


def test_what_is_undeclared_may_be_refused_or_kept_instead() -> None:
    written = CLOSED | {"properties": {"id": {}, "pin2": {"type": "string", "writeOnly": True}}}
    for document in ({"id": 1, "pin2": "x"}, {"id": 1, "is_admin": True}):
        policy = compiled(
            declaring(written),
            only=["output.no-sensitive-data"],
            controls={"output.no-sensitive-data": {"undeclared": "refuse"}},
        )
        assert answer(policy, exchange("GET", "/users"), 200, [JSON], json.dumps(document).encode()).status == 502
        assert left(document, written, undeclared="keep") == document
    assert left({"id": 1}, written, undeclared="refuse") == {"id": 1}


def test_composed_schemas_declare_together() -> None:
    both = {"allOf": [USER, {"type": "object", "properties": {"role": {}}}], "unevaluatedProperties": False}
    assert left({"id": 1, "role": "x", "is_admin": True}, both) == {"id": 1, "role": "x"}
    either = {"oneOf": [CLOSED, {"type": "object", "properties": {"error": {}}, "additionalProperties": False}]}
    assert left({"error": "x", "trace": "y"}, either) == {"error": "x"}
    half = {"oneOf": [CLOSED, {"type": "object", "properties": {"error": {}}}]}
    assert left({"error": "x", "trace": "y"}, half) == {"error": "x", "trace": "y"}  # one of them is open
    maps = {"type": "object", "additionalProperties": CLOSED}
    assert left({"any": {"id": 1, "is_admin": True}}, maps) == {"any": {"id": 1}}
    nan = b'[{"id": NaN, "is_admin": true}]'
    policy = compiled(declaring({"type": "array", "items": CLOSED}), only=["output.no-sensitive-data"])
    assert b"is_admin" not in answer(policy, exchange("GET", "/users"), 200, [JSON], nan).body


def test_one_log_line_names_operation_and_places_and_no_value(caplog: pytest.LogCaptureFixture) -> None:
    left([{"password": "hunter2", "card_number": "4111111111111111"}])
    assert [record.getMessage() for record in caplog.records] == [
        "GET /users: the reply held what must not leave, redacted: /0/password, /0/card_number"
    ]
    caplog.clear()
    left([{"name": "ann"}])
    assert caplog.records == []


def test_a_token_that_is_meant_is_never_cached() -> None:
    body = b'{"access_token": "abcdefghijklmnop"}'
    for path, cached in (
        ("/login", "public, max-age=60"),
        ("/oauth/token", "private"),
        ("/session", "no-store, max-age=0"),
    ):
        policy = compiled(declaring({}, path=path, method="post"), only=["output.no-sensitive-data"])
        reply = answer(policy, exchange("POST", path), 200, [JSON, ("cache-control", cached)], body)
        assert (reply.body, "no-store" in (head(reply, "cache-control") or "")) == (body, True), path
    policy = compiled(declaring({}, path="/authors"), only=["output.no-sensitive-data"])
    reply = answer(policy, exchange("GET", "/authors"), 200, [JSON, ("cache-control", "public")], b'[{"name": "ann"}]')
    assert head(reply, "cache-control") == "public"
    assert b"abcdef" not in answer(policy, exchange("GET", "/authors"), 200, [JSON], body).body  # no way to sign in


def test_a_declared_token_endpoint_issues_whatever_it_is_called() -> None:
    flows = {"clientCredentials": {"tokenUrl": "https://api.test/give", "scopes": {}}}
    schemes = {"o": {"type": "oauth2", "flows": flows}}
    api = api_of(
        {"/give": {"get": {"responses": {}}}, "/take": {"get": {"responses": {}}}},
        components={"securitySchemes": schemes},
    )
    policy = compiled(api, only=["output.no-sensitive-data"])
    body = b'{"access_token": "abcdefghijklmnop"}'
    assert answer(policy, exchange("GET", "/give"), 200, [JSON], body).body == body
    assert answer(policy, exchange("GET", "/take"), 200, [JSON], body).body != body


@pytest.mark.parametrize(
    ("media", "text", "hidden"),
    [
        ("text/csv", f"id,hash\n1,{BCRYPT}\n", "id,hash\n1,[redacted]\n"),
        ("text/plain; charset=utf-8", "é ghp_" + "a" * 36, "é [redacted]"),
        ("text/html", "<td>4111 1111 1111 1111</td>", "<td>[redacted]</td>"),
        (
            "application/xml",
            '<u><Password a="b">hunter2</Password><p>x</p></u>',
            '<u><Password a="b">[redacted]</Password><p>x</p></u>',
        ),
        ("application/vnd.x+xml", f"<u>{BCRYPT}</u>", "<u>[redacted]</u>"),
    ],
)
def test_texts_of_known_length_are_searched(media: str, text: str, hidden: str) -> None:
    policy = compiled(declaring({}), only=["output.no-sensitive-data"])
    body = text.encode()
    sized = [("content-type", media), ("content-length", str(len(body)))]
    assert answer(policy, exchange("GET", "/users"), 200, sized, body).body.decode() == hidden
    assert answer(policy, exchange("GET", "/users"), 200, sized[:1], body).body == body  # a stream is not held
    large = [sized[0], ("content-length", "1048577")]
    assert answer(policy, exchange("GET", "/users"), 200, large, body).body == body
    off = compiled(
        declaring({}), only=["output.no-sensitive-data"], controls={"output.no-sensitive-data": {"pages": False}}
    )
    assert answer(off, exchange("GET", "/users"), 200, sized, body).body == body


@pytest.mark.parametrize(
    "media",
    ["image/png", "application/octet-stream", "text/css", "text/javascript", "image/svg+xml", "text/event-stream"],
)
def test_other_types_pass(media: str) -> None:
    policy = compiled(declaring({}), only=["output.no-sensitive-data"])
    made = exchange("GET", "/users")
    plan, _ = policy.route(made)
    made.status = 200
    made.reply_headers = [(b"content-type", media.encode()), (b"content-length", b"60")]
    assert not plan.wants_reply_body(made)


def test_header_fields_of_debuggers_go() -> None:
    policy = compiled(declaring({}), only=["output.no-sensitive-data"])
    reply = answer(
        policy,
        exchange("GET", "/users"),
        200,
        [JSON, ("X-Debug-Token-Link", "/_profiler/1"), ("x-trace-id", "1")],
        b"{}",
    )
    assert (head(reply, "x-debug-token-link"), head(reply, "x-trace-id")) == (None, "1")


@pytest.mark.parametrize("said", ["shoe_size", "shoeSize", "Shoe-Size", "shoe size"])
@pytest.mark.parametrize("sent", ["shoe_size", "shoeSize", "SHOE_SIZE", "shoe-size"])
def test_a_name_to_hide_is_meant_in_every_spelling(said: str, sent: str) -> None:
    document = {"user": {sent: "44", "shoe": "a", "size_of_shoe": "b"}}
    assert left(document, hide=[said])["user"] == {sent: "[redacted]", "shoe": "a", "size_of_shoe": "b"}


@pytest.mark.parametrize("name", ["card_cvc", "cardCvc", "cvv2", "CVC2"])
def test_the_code_on_the_back_of_a_card_is_secret_by_any_name(name: str) -> None:
    assert left({name: "555", "cardName": "A B"}) == {name: "[redacted]", "cardName": "A B"}


@pytest.mark.parametrize(("field", "severity"), [("password", Severity.HIGH), ("title", Severity.LOW)])
def test_a_refusal_that_repeats_weighs_what_is_repeated(field: str, severity: Severity) -> None:
    """FastAPI's 422 repeats the input; where none of it is secret by the document, that is a habit and no leak."""
    schema = {"type": "object", "required": [field], "properties": {field: {"type": "string"}}}
    body = {"content": {"application/json": {"schema": schema}}}
    of = api_of({"/a": {"post": {"requestBody": body, "responses": {"200": {"description": "ok"}}}}})
    repeating = replying(lambda asked: (422, [JSON], json.dumps({"detail": [{"input": asked.body.decode()}]}).encode()))
    finding = audited("output.no-sensitive-data", repeating, of)
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, severity)
