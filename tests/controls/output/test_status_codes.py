from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from exchanges import answer, api_of, ask, compiled, exchange, head
from inside import loop, replying
from ostiary.controls.output.status_codes.live import audit_live
from ostiary.controls.output.status_codes.spec import audit_spec
from ostiary.evidence import Asked, Spec
from ostiary.model import Finding, Outcome, Severity
from ostiary.parts.seen.bodies import parse, says_error
from recorded import Recorded, said
from samples import every

JSON = ("content-type", "application/json")
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
API = api_of(
    {
        "/items": {"get": {"responses": {}, "security": [{"key": []}]}},
        "/items/{id}": {"get": {"parameters": [ID], "responses": {}}},
    },
    components={"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
)


def careless(asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
    if asked.method != "GET":
        return 405, [JSON], b"{}"
    if asked.target == "/items":
        signed_in = any(name == "authorization" for name, _ in asked.headers)
        return (200, [JSON], b"[]") if signed_in else (401, [JSON], b"{}")
    return (200, [JSON], b'{"id": 1}') if asked.target == "/items/1" else (404, [JSON], b"{}")


def test_guard_closes_what_the_audit_finds() -> None:
    credentials = {"alice": (("authorization", "Bearer x"),)}
    assert loop("output.status-codes", replying(careless), API, credentials=credentials) == ["FAIL", "PASS"]


def sent(
    status: int, headers: list[tuple[str, str]], body: bytes = b"{}", settings: dict[str, str] | None = None
) -> Any:
    policy = compiled(API, only=["output.status-codes"], controls={"output.status-codes": settings or {}})
    return answer(policy, exchange("GET", "/items"), status, headers, body)


def test_401_and_405_get_what_the_status_demands_unless_they_have_it() -> None:
    assert head(sent(401, []), "www-authenticate") == "Bearer"
    assert head(sent(401, [("www-authenticate", 'DPoP algs="ES256"')]), "www-authenticate") == 'DPoP algs="ES256"'
    assert head(sent(405, []), "allow") == "GET, HEAD"
    assert head(sent(405, [("allow", "")]), "allow") == ""


@pytest.mark.parametrize(
    ("scheme", "challenge"),
    [
        ({"type": "http", "scheme": "Basic"}, 'Basic realm="api", charset="UTF-8"'),
        ({"type": "apiKey", "in": "header", "name": "x-key"}, "ApiKey"),
        ({"type": "oauth2", "flows": {}}, "Bearer"),
    ],
)
def test_the_challenge_is_the_declared_scheme(scheme: dict[str, Any], challenge: str) -> None:
    api = api_of(
        {"/a": {"get": {"responses": {}, "security": [{"s": []}]}}}, components={"securitySchemes": {"s": scheme}}
    )
    reply = answer(compiled(api, only=["output.status-codes"]), exchange("GET", "/a"), 401, [])
    assert head(reply, "www-authenticate") == challenge


def test_server_errors_have_one_shape_and_json_ones_are_left_alone() -> None:
    page = sent(503, [("content-type", "text/html"), ("retry-after", "7")], b"<h1>down</h1>")
    assert (page.status, head(page, "content-type"), head(page, "retry-after")) == (
        503,
        "application/problem+json",
        "7",
    )
    assert sent(500, [JSON], b'{"code": 5}').body == b'{"code": 5}'
    assert sent(404, [("content-type", "text/html")], b"<h1>no</h1>").body == b"<h1>no</h1>"


@pytest.mark.parametrize(
    ("described", "kept"),
    [
        ({"200"}, False),
        ({"200", "500"}, True),
        ({"200", "5XX"}, True),
        ({"default"}, True),
        ({"200", "503"}, True),
        (set(), True),
    ],
)
def test_a_json_server_error_that_nobody_described_is_replaced(described: set[str], kept: bool) -> None:  # noqa: FBT001
    """What an unhandled exception's JSON tells is not written down anywhere, and not meant for anyone."""
    api = api_of({"/a": {"get": {"responses": {each: {"description": ""} for each in described}}}})
    body = b'{"error": "relation \\"users\\" does not exist"}'
    for settings, stays in (({}, kept), ({"server-errors": "keep"}, True)):
        policy = compiled(api, only=["output.status-codes"], controls={"output.status-codes": settings})
        reply = answer(policy, exchange("GET", "/a"), 500, [JSON, ("x-error-trace", "x")], body)
        assert (reply.status, reply.body == body, head(reply, "x-error-trace") is None) == (500, stays, not stays)
        problem = answer(policy, exchange("GET", "/a"), 500, [("content-type", "application/problem+json")], body)
        assert problem.body == body


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"error": "no such user"}', 400),
        (b'{"status": 404, "message": "gone"}', 404),
        (b'{"success": false}', 400),
        (b'{"status": "ok"}', 200),
        (b'{"error": null, "items": []}', 200),
        (b'{"error": "x", "items": [1]}', 200),
        (b"[]", 200),
    ],
)
def test_failed_successes_are_refused_only_on_request(body: bytes, status: int) -> None:
    length = ("content-length", str(len(body)))
    assert sent(200, [JSON, length], body, {"failed-success": "pass"}).status == 200
    assert sent(200, [JSON, length], body).status == 200  # nothing is declared
    assert sent(200, [JSON, length], body, {"failed-success": "refuse"}).status == status


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"success": False, "message": "no"}, True),
        ({"status": "fail", "data": {"title": "required"}}, True),  # JSend
        ({"error": {"code": 404, "message": "x"}}, True),  # Google's JSON style
        ({"errors": [{"message": "x"}]}, True),
        ({"statusCode": 500, "message": "Internal server error"}, True),  # Nest
        ({"timestamp": "x", "status": 404, "error": "Not Found", "path": "/x"}, True),  # Spring Boot
        ({"success": True, "error": None}, False),
        ({"error": False, "data": [1]}, False),
        ({"status": "error", "id": 7, "type": "job"}, True),
        ({"status": "ok"}, False),
        ({"code": 200, "message": "fine"}, False),
        ({"id": 7, "errors": 3, "name": "run"}, False),
        ({"errors": []}, False),
        ({"data": None, "errors": [{"message": "x"}]}, True),
        ([], False),
        ({"response": {"error": {"message": "token not found"}}}, True),  # all in one envelope
        ({"response": {"user": {"id": 1}}}, False),
        ({"result": {"error": {"message": "late"}, "rows": [1]}}, False),
        (
            {"errors": {"type": {"kind": "enum"}}, "_message": "Notes validation failed", "name": "ValidationError"},
            True,
        ),
        ({"name": "SequelizeDatabaseError", "parent": {"errno": 1}, "original": {"errno": 1}, "sql": "SELECT"}, True),
        ({"name": "TypeError", "message": "a report of a crash", "count": 7}, False),
    ],
)
def test_reads_whether_a_document_says_it_failed(document: Any, says: bool) -> None:  # noqa: FBT001
    assert bool(says_error(document)) is says


@pytest.mark.parametrize("situation", ["ok-json", "created"])
def test_no_recorded_success_says_that_it_failed(situation: str) -> None:
    assert [server for server, each in every(situation) if says_error(parse(each.body))] == []


def test_errors_as_success_and_mistakes_as_crashes_are_faults() -> None:
    def answering(asked: Asked) -> Any:
        if asked.target == "/items/not-an-id":
            return said(500, [JSON], "{}")
        return said(200, [JSON], json.dumps({"error": "not found"} if "no-such" in asked.target else {"id": 1}))

    found = asyncio.run(audit_live(Recorded(answering=answering, api=API)))
    assert (found.outcome, found.severity) == (Outcome.FAIL, Severity.MEDIUM)
    assert {each.what for each in found.evidence} == {
        "a client's mistake is answered 500",
        'a 200 whose body says it failed ("error" and nothing besides)',
    }


def test_a_missing_header_weighs_less() -> None:
    found = asyncio.run(
        audit_live(Recorded([said(401, [JSON], "{}")], answering=lambda asked: said(404, [JSON], "{}"), api=API))
    )
    assert (found.outcome, found.severity) == (Outcome.FAIL, Severity.LOW)


def test_a_finding_names_the_situation_it_was_seen_in() -> None:
    samples = [said(405, [JSON], "{}", method="PROPFIND", target="/items")]
    found = asyncio.run(audit_live(Recorded(samples, answering=lambda asked: said(404, [JSON], "{}"), api=API)))
    assert found.why == "PROPFIND /items, an undeclared method: a 405 without Allow"


def test_a_gateways_noise_and_few_situations_prove_nothing() -> None:
    found = asyncio.run(audit_live(Recorded(answering=lambda asked: said(502, [JSON], "{}"), api=API)))
    assert found.outcome is Outcome.UNKNOWN


def test_unreadable_json_is_the_clients_mistake() -> None:
    api = api_of({"/items": {"post": {"responses": {}, "requestBody": {"content": {"application/json": {}}}}}})
    policy = compiled(api, only=["output.status-codes"])
    for body, status in ((b'{"a": [1, }', 400), (b'{"a": 1}', None)):
        reply = ask(policy, exchange("POST", "/items", [JSON], body))
        assert (reply.status if reply else None) == status


def test_a_failed_success_that_breaks_its_own_schema_is_refused() -> None:
    item = {"type": "object", "required": ["id"], "properties": {"id": {}}}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}
    replies: dict[str, Any] = {"200": {"description": "", "content": content}}
    api = api_of({"/a": {"get": {"responses": replies}}}, components={"schemas": {"Item": item}})
    policy = compiled(api, only=["output.status-codes"])
    for body, status in ((b'{"error": "none"}', 400), (b'{"id": 1, "error": "none"}', 200), (b'{"name": 1}', 200)):
        length = ("content-length", str(len(body)))
        assert answer(policy, exchange("GET", "/a"), 200, [JSON, length], body).status == status


def read(*replies: dict[str, Any]) -> Finding:
    paths = {f"/a{at}/{{id}}": {"get": {"parameters": [ID], "responses": each}} for at, each in enumerate(replies)}
    return asyncio.run(audit_spec(Spec(api=api_of(paths))))


SHAPED = {"description": "d", "content": {"application/problem+json": {}}}


def test_a_document_that_never_fails_is_told_so() -> None:
    finding = read({"200": SHAPED}, {"200": SHAPED}, {"404": SHAPED})
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.INFO)
    assert finding.places == ("GET /a0/{id}", "GET /a1/{id}")


def test_a_document_that_says_how_it_fails_passes() -> None:
    assert read({"200": SHAPED, "4XX": SHAPED}, {"200": SHAPED, "default": SHAPED}).outcome is Outcome.PASS
    assert read({"404": {"description": "no body"}}).outcome is Outcome.UNKNOWN
    assert asyncio.run(audit_spec(Spec(api=api_of({"/a": {"get": {}}})))).outcome is Outcome.UNKNOWN
