from __future__ import annotations

import asyncio
import json
from typing import Any

import fastapi
import pytest
from pydantic import BaseModel, ConfigDict, Field

from exchanges import api_of, ask, compiled, exchange, get, head, through, tiny
from inside import Inside, audited, loop, replying
from ostiary.config import Config
from ostiary.controls.input.validation_schema.guard import guard
from ostiary.controls.input.validation_schema.live import audit_live
from ostiary.controls.input.validation_schema.settings import Settings
from ostiary.controls.input.validation_schema.spec import audit_spec
from ostiary.errors import ConfigError
from ostiary.evidence import Answer, Asked, Spec
from ostiary.guard.app import Guard
from ostiary.model import Api, Finding, Operation, Outcome, Reply, Severity, Site
from ostiary.parts import openapi
from ostiary.store.memory import MemoryStore
from recorded import Recorded, said

ID = "input.validation-schema"
JSON = [("content-type", "application/json")]
ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string", "maxLength": 10},
        "lines": {
            "type": "array",
            "items": {"type": "object", "properties": {"qty": {"type": "integer", "minimum": 1}}},
        },
    },
}
PATHS: dict[str, Any] = {
    "/orders": {
        "get": {"parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}}]},
        "post": {"requestBody": {"required": True, "content": {"application/json": {"schema": ORDER}}}},
    },
    "/orders/{n}": {"get": {"parameters": [{"name": "n", "in": "path", "required": True, "schema": {"type": "integer"}}]}},
    "/form": {"post": {"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {
        "type": "object", "properties": {"n": {"type": "integer"}}}}}}}},
    "/any": {"post": {"requestBody": {"content": {"*/*": {"schema": ORDER}}}}},
    "/open": {"get": {}, "post": {"requestBody": {"content": {"application/octet-stream": {}}}}},
}  # fmt: skip
API = api_of(PATHS)

STORE = MemoryStore(clock=lambda: 0.0, now=lambda: 0.0)


def sent(
    method: str,
    target: str,
    body: bytes = b"",
    headers: Any = JSON,
    *,
    api: Api = API,
    settings: dict[str, Any] | None = None,
) -> tuple[int, list[Any]]:
    """Status of the refusal (0: let through) and its faults."""
    reply = ask(compiled(api, only=[ID], controls={ID: settings or {}}), exchange(method, target, headers, body))
    return (0, []) if reply is None else (reply.status, faults(reply))


def faults(reply: Reply) -> list[Any]:
    return [(each["pointer"], each["rule"]) for each in json.loads(reply.body).get("errors", [])]


@pytest.mark.parametrize(
    ("method", "target", "body", "expected"),
    [
        ("GET", "/orders", b"", (0, [])),
        ("GET", "/orders?limit=5&utm_source=x", b"", (0, [])),
        ("GET", "/orders?limit=500", b"", (400, [("/query/limit", "maximum 100")])),
        ("GET", "/orders?limit=1&limit=2", b"", (400, [("/query/limit", "given more than once")])),
        ("GET", "/orders?q=%00", b"", (400, [("/query", "holds a NUL")])),
        ("GET", "/orders/7", b"", (0, [])),
        ("HEAD", "/orders/x", b"", (400, [("/path/n", "type integer")])),
        ("POST", "/orders", b'{"name":"x","lines":[{"qty":1}]}', (0, [])),
        ("POST", "/orders", b'{"lines":[{"qty":0}]}', (422, [("", "required name"), ("/lines/0/qty", "minimum 1")])),
        ("POST", "/orders", b'"x"', (422, [("", "type object")])),
        ("POST", "/orders", b'{"name":"x","more":1}', (0, [])),
        ("POST", "/orders", b"{", (400, [])),
        ("POST", "/any", b'{"name":5}', (422, [("/name", "type string")])),
        ("POST", "/open", b"{", (0, [])),
        ("PUT", "/orders", b"{", (0, [])),
        ("GET", "/nowhere?limit=x", b"", (0, [])),
    ],
)
def test_requests_are_held_against_the_document(method: str, target: str, body: bytes, expected: Any) -> None:
    status, told = sent(method, target, body)
    assert (status, sorted(told)) == expected


def test_a_form_is_typed_by_its_schema() -> None:
    form = [("content-type", "application/x-www-form-urlencoded")]
    assert sent("POST", "/form", b"n=5", form) == (0, [])
    assert sent("POST", "/form", b"n=x", form) == (422, [("/n", "type integer")])


def test_a_missing_required_body_is_refused_and_a_refusal_holds_no_value() -> None:
    served = Guard(tiny(), Config(only=(ID,)), api=API)
    reply = through(served, exchange("POST", "/orders", JSON, b""))
    assert (reply.status, head(reply, "content-type")) == (400, "application/problem+json")
    reply = through(served, exchange("POST", "/orders", JSON, b'{"name": {"password": "hunter2"}}'))
    assert reply.status == 422
    assert b"hunter2" not in reply.body
    reply = through(served, exchange("GET", "/orders?limit=hunter2"))
    assert reply.status == 400
    assert b"hunter2" not in reply.body


def test_what_only_the_server_sets_is_not_looked_at() -> None:
    """A client sends back what it got, and servers rarely keep to their own formats; beyond.mass-assignment drops it."""
    assert sent("POST", "/orders", b'{"id":"not a number","name":"x"}') == (0, [])
    assert sent("POST", "/orders", b'{"id":7,"name":5}')[0] == 422


@pytest.mark.parametrize("media", ["application/x+json", "application/vnd.orders.v2+json", "application/JSON"])
def test_a_dialect_that_is_taken_for_the_declared_type_is_held_against_its_schema(media: str) -> None:
    """input.content-type-415 lets the dialects of JSON through where JSON is declared."""
    policy = compiled(API)
    assert ask(policy, exchange("POST", "/orders", [("content-type", media)], b'{"name":"x"}')) is None
    refusal = ask(policy, exchange("POST", "/orders", [("content-type", media)], b'{"name":7}'))
    assert refusal is not None
    assert refusal.status == 422


def test_settings_that_are_stricter_or_looser() -> None:
    assert sent("GET", "/orders?utm_source=x", settings={"unknown-query": "refuse"})[0] == 400
    assert sent("GET", "/orders?limit=5", settings={"unknown-query": "refuse"})[0] == 0
    date = {"name": "at", "in": "query", "schema": {"type": "string", "format": "date-time"}}
    dated = api_of({"/a": {"get": {"parameters": [date]}}})
    assert sent("GET", "/a?at=2024-01-01T00:00:00", api=dated)[0] == 400
    assert sent("GET", "/a?at=2024-01-01T00:00:00", api=dated, settings={"unchecked-formats": ["date-time"]})[0] == 0


def test_null_for_what_may_be_left_out_is_no_fault_unless_the_policy_says_so() -> None:
    body = b'{"name":"x","lines":null}'
    assert sent("POST", "/orders", body) == (0, [])
    assert sent("POST", "/orders", b'{"name":null}') == (422, [("/name", "type string")])
    strict = {"null-members": "as-declared"}
    assert sent("POST", "/orders", body, settings=strict) == (422, [("/lines", "type array")])


def test_a_merge_patch_may_leave_out_what_the_resource_requires() -> None:
    patch = "application/merge-patch+json"
    api = api_of({"/orders/7": {"patch": {"requestBody": {"content": {patch: {"schema": ORDER}}}}}})
    headers = [("content-type", patch)]
    assert sent("PATCH", "/orders/7", b'{"lines":[{"qty":2}]}', headers, api=api) == (0, [])
    assert sent("PATCH", "/orders/7", b'{"lines":null}', headers, api=api) == (0, [])
    assert sent("PATCH", "/orders/7", b'{"lines":[{"qty":0}]}', headers, api=api) == (
        422,
        [("/lines/0/qty", "minimum 1")],
    )


def test_an_api_key_in_the_query_is_never_unknown() -> None:
    schemes = {"securitySchemes": {"k": {"type": "apiKey", "in": "query", "name": "key"}}}
    keyed = api_of({"/a": {"get": {}}}, components=schemes)
    assert sent("GET", "/a?key=x", api=keyed, settings={"unknown-query": "refuse"})[0] == 0
    assert sent("GET", "/a?other=x", api=keyed, settings={"unknown-query": "refuse"})[0] == 400


def test_no_stage_where_nothing_is_declared() -> None:
    site = Site(api=API, store=STORE, counters=STORE.counters, clock=lambda: 0.0, now=lambda: 0.0)
    settings = Settings()
    bare = next(each for each in API.operations if each.key == "GET /open")
    assert guard(settings, bare, site) is None
    assert guard(settings, get(), site) is None
    assert guard(settings, Operation(method="*", path="*"), site) is None
    nothing = Site(api=None, store=STORE, counters=STORE.counters, clock=lambda: 0.0, now=lambda: 0.0)
    assert guard(settings, API.operations[0], nothing) is None


def test_a_setting_out_of_its_range_is_an_error() -> None:
    with pytest.raises(ConfigError, match="unknown-query"):
        compiled(API, only=[ID], controls={ID: {"unknown-query": "maybe"}})


# The audit: a careless app takes everything; the same behind the guard refuses.

SHOP = api_of(
    {
        "/orders": {"post": PATHS["/orders"]["post"]},
        "/orders/{n}": PATHS["/orders/{n}"],
    }
)


def careless(_: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
    return 200, [("content-type", "application/json")], b"{}"


def test_the_loop_closes() -> None:
    assert loop(ID, replying(careless), SHOP) == ["FAIL", "PASS"]


def test_a_server_error_on_bad_input_is_a_failure() -> None:
    def brittle(asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
        good = asked.body in {b"", b'{"name": "x"}'} and asked.target in {"/orders", "/orders/1"}
        return (200 if good else 500), [], b"{}"

    finding = audited(ID, replying(brittle), SHOP)
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.HIGH)


@pytest.mark.parametrize(("method", "severity"), [("post", Severity.HIGH), ("put", Severity.LOW)])
def test_a_change_that_leaves_something_out_is_a_small_lie(method: str, severity: Severity) -> None:
    """Flask-AppBuilder takes a PUT for a partial change, and declares what a POST requires."""
    schema = {"type": "object", "required": ["name"], "properties": {"name": {}}}
    body = {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}

    def partial(asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
        known = asked.body in {b"{}", b'{"name": "x"}'}
        return 200 if known else 422, [("content-type", "application/json")], b"{}"

    finding = audited(ID, replying(partial), api_of({"/contact": {method: body}}))
    assert "a missing required property" in finding.why
    assert finding.severity is severity


def test_a_server_that_is_ill_anyway_proves_nothing() -> None:
    """The second valid request fails too: not the malformed value, the server."""
    answers = iter([said(200), said(200), *(said(503) for _ in range(50))])
    finding = asyncio.run(audit_live(Recorded(api=SHOP, answering=lambda _: next(answers))))
    assert finding.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("status", [401, 403, 429])
def test_refusals_for_other_reasons_prove_nothing(status: int) -> None:
    def answering(asked: Asked) -> Answer:
        good = asked.body in {b"", b'{"name": "x"}'} and asked.target in {"/orders", "/orders/1"}
        return said(200 if good else status)

    finding = asyncio.run(audit_live(Recorded(api=SHOP, answering=answering)))
    assert finding.outcome is Outcome.UNKNOWN


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=10)
    note: str | None = None


def test_fastapi_with_pydantic_passes_its_own_document() -> None:
    """A foreign witness: FastAPI refuses with 422 what its models do not take."""
    app = fastapi.FastAPI()

    @app.post("/orders")
    async def create(order: Order) -> dict[str, str]:
        return {"name": order.name}

    @app.get("/orders/{n}")
    async def show(n: int) -> dict[str, int]:
        return {"n": n}

    api = openapi.from_plain(app.openapi(), source="the app")
    finding = asyncio.run(audit_live(Inside(app, api)))
    assert finding.outcome is Outcome.PASS, finding


def test_without_document_inputs_or_valid_answers_nothing_is_claimed() -> None:
    def of(api: Api | None, status: int = 200) -> Outcome:
        http = Recorded(api=api, answering=lambda _: said(status))
        return asyncio.run(audit_live(http)).outcome

    assert of(None) is Outcome.UNKNOWN
    assert of(api_of({"/a": {"get": {}}})) is Outcome.NOT_APPLICABLE
    assert of(SHOP, 401) is Outcome.UNKNOWN


def test_at_most_two_probes_per_operation() -> None:
    http = Recorded(api=SHOP, answering=lambda _: said(200))
    asyncio.run(audit_live(http))
    assert len(http.sent) <= 3 * len(SHOP.operations)


def lint(paths: dict[str, Any]) -> Finding:
    return asyncio.run(audit_spec(Spec(api=api_of(paths))))


def parameter(schema: Any) -> dict[str, Any]:
    return {"/a": {"get": {"parameters": [{"name": "p", "in": "query", "schema": schema}]}}}


@pytest.mark.parametrize(
    ("schema", "severity"),
    [
        ({}, Severity.MEDIUM),
        ({"type": "string"}, Severity.INFO),
        ({"type": "integer"}, Severity.INFO),
        ({"type": "array", "items": {"enum": ["a"]}}, Severity.INFO),
        ({"type": "object"}, Severity.INFO),
        ({"type": "string", "maxLength": 5}, None),
        ({"type": "string", "format": "uuid"}, None),
        ({"type": "integer", "format": "int32"}, None),
        ({"anyOf": [{"type": "integer", "minimum": 0, "maximum": 9}, {"type": "null"}]}, None),
        ({"type": "array", "maxItems": 5, "items": {"enum": ["a"]}}, None),
        ({"enum": ["a"]}, None),
    ],
)
def test_the_lint_tells_untyped_from_unbounded(schema: Any, severity: Severity | None) -> None:
    finding = lint(parameter(schema))
    assert (finding.outcome, finding.severity) == (Outcome.FAIL if severity else Outcome.PASS, severity)


def test_the_lint_names_places_and_follows_bodies() -> None:
    body = {"requestBody": {"content": {"application/json": {"schema": ORDER}}}}
    finding = lint({"/a": {"post": body}})
    assert finding.severity is Severity.INFO
    assert finding.evidence[0].where.startswith("openapi.yaml#/paths/~1a/post/requestBody")
    assert lint({"/a": {"post": {"requestBody": {"content": {"application/json": {}}}}}}).severity is Severity.MEDIUM
    assert lint({"/a": {"get": {}}}).outcome is Outcome.NOT_APPLICABLE
