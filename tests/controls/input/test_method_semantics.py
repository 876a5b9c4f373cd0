"""Overrides and meaningless bodies are refused; documents and servers that contradict themselves are found."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from closing import InProcess, Request, Response, app_of, audited, closes_the_loop
from exchanges import api_of, ask, compiled, exchange
from ostiary import catalogue
from ostiary.evidence import Spec, Thing
from ostiary.model import Finding, Kind, Operation, Outcome, Severity
from shop import OK, shop

ID = "input.method-semantics"
FORM = [("content-type", "application/x-www-form-urlencoded")]


@pytest.mark.parametrize(
    ("method", "target", "headers", "body"),
    [
        ("POST", "/items", [("X-HTTP-Method-Override", "DELETE")], b""),
        ("POST", "/items", [("X-Method-Override", "PUT")], b""),
        ("GET", "/items", [("X-HTTP-Method", "DELETE")], b""),
        ("GET", "/items?_method=DELETE", [], b""),
        ("GET", "/items?a=1&%5Fmethod=DELETE", [], b""),
        ("GET", "/items?_METHOD=delete", [], b""),
        ("GET", "/items?.method=delete", [], b""),
        ("GET", "/items?+_method=delete", [], b""),
        ("GET", "/items?%20%2emethod=delete", [], b""),
        ("POST", "/items", [("X_HTTP_Method_Override", "DELETE")], b""),
        ("POST", "/items", [("X-HTTP_Method", "DELETE")], b""),
        ("GET", "/items", [], b"{}"),
        ("GET", "/items", [("transfer-encoding", "chunked")], b""),
    ],
)
def test_what_bends_the_method_is_refused(
    method: str, target: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    refusal = ask(compiled(shop(), only=[ID]), exchange(method, target, headers, body))
    assert refusal is not None
    assert refusal.status == 400


def test_a_form_field_does_not_bend_it_either() -> None:
    policy = compiled(only=[ID])  # Laravel and Rails read `_method` from the form
    assert ask(policy, exchange("POST", "/users/5", FORM, b"_method=DELETE&a=1")) is not None
    assert ask(policy, exchange("POST", "/users/5", FORM, b"%2emeth%6fd=DELETE&a=1")) is not None
    assert ask(policy, exchange("POST", "/users/5", FORM, b"payment_method=card&text=_method")) is None


def test_nor_does_a_part_of_a_form_or_a_member() -> None:
    policy = compiled(only=[ID])
    parts = [("content-type", "multipart/form-data; boundary=b")]
    body = b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\nDELETE\r\n--b--\r\n'
    json = [("content-type", "application/json")]
    assert ask(policy, exchange("POST", "/users/5", parts, body % b"_method")) is not None
    assert ask(policy, exchange("POST", "/users/5", parts, body % b"payment_method")) is None
    assert ask(policy, exchange("POST", "/users/5", json, b'{"\\u005fmethod":"DELETE"}')) is not None
    assert ask(policy, exchange("POST", "/users/5", json, b'{"payment_method":"DELETE","a":"_method"}')) is None


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/items?payment_method=card&method=x&q=100%25", []),
        ("/items", [("content-length", "0")]),
        ("/items", [("x-method", "y")]),
    ],
)
def test_ordinary_reads_pass(target: str, headers: list[tuple[str, str]]) -> None:
    assert ask(compiled(shop(), only=[ID]), exchange("GET", target, headers)) is None


def test_a_declared_body_and_a_missing_document_let_bodies_pass() -> None:
    content: dict[str, Any] = {"content": {"application/json": {"schema": {}}}}
    search = api_of({"/search": {"delete": {"requestBody": content, "responses": OK}}})
    assert ask(compiled(search, only=[ID]), exchange("DELETE", "/search", [], b"{}")) is None
    assert ask(compiled(only=[ID]), exchange("GET", "/_search", [], b"{}")) is None  # Elasticsearch


def test_a_delete_may_carry_an_empty_document_and_nothing_else() -> None:
    policy = compiled(api_of({"/x": {"delete": {"responses": OK}}}), only=[ID])
    typed = [("content-type", "application/json")]
    assert ask(policy, exchange("DELETE", "/x", typed, b"{}")) is None  # kinto_http 11
    for headers, body in ((typed, b'{"a":1}'), (typed, b"[0]"), ([("content-type", "text/plain")], b"{}"), ([], b"x")):
        refusal = ask(policy, exchange("DELETE", "/x", headers, body))
        assert refusal is not None
        assert refusal.status == 400


def test_overrides_can_be_allowed() -> None:
    policy = compiled(shop(), only=[ID], controls={ID: {"overrides": True}})
    assert ask(policy, exchange("POST", "/items?_method=PUT", [("X-HTTP-Method-Override", "PUT")])) is None


def spec_finding(paths: dict[str, Any]) -> Finding:
    return asyncio.run(catalogue.control(ID).audits[Kind.SPEC](Spec(api=api_of(paths))))  # type: ignore[arg-type]  # coroutine


@pytest.mark.parametrize(
    ("path", "method", "operation_id", "outcome"),
    [
        ("/users/{id}/delete", "get", "x", Outcome.FAIL),
        ("/users", "get", "deleteUser", Outcome.FAIL),
        ("/mail", "get", "send_mail_mail_get", Outcome.FAIL),  # the form that FastAPI generates
        ("/users", "get", "getDeletedUsers", Outcome.PASS),
        ("/resets", "get", "listPasswordResets", Outcome.PASS),
        ("/settings", "get", "settings_list", Outcome.PASS),  # django-ninja, drf-spectacular
        ("/users/{id}", "delete", "deleteUser", Outcome.PASS),
        ("/search", "post", "searchUsers", Outcome.PASS),
    ],
)
def test_names_that_contradict_their_method_are_found(
    path: str, method: str, operation_id: str, outcome: Outcome
) -> None:
    item: dict[str, Any] = {method: {"operationId": operation_id, "responses": OK}}
    if "{id}" in path:
        item["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": {}}]
    assert spec_finding({path: item}).outcome is outcome


def test_the_finding_says_which_operation_and_what_its_name_says() -> None:
    paths = {f"/t{n}": {"get": {"operationId": f"createToken{n}", "responses": OK}} for n in range(3)}
    assert spec_finding(paths).why == "GET /t0 reads by its method and writes by its name, createToken0 (and 2 more)"


def test_a_body_on_delete_is_a_low_finding() -> None:
    content: dict[str, Any] = {"content": {"application/json": {"schema": {}}}}
    finding = spec_finding({"/x": {"delete": {"operationId": "deleteX", "requestBody": content, "responses": OK}}})
    assert (finding.outcome, finding.severity) == (Outcome.FAIL, Severity.LOW)


def test_the_live_check_waits_to_be_asked() -> None:
    finding = audited(ID, InProcess(app_of(lambda _: Response()), shop(), intrusive=False))
    assert finding.outcome is Outcome.UNKNOWN
    assert "--intrusive" in finding.why


def test_a_read_that_writes_is_found() -> None:
    count = 0

    def counting(request: Request) -> Response:
        nonlocal count
        count += request.path != "/items"
        return Response(405) if request.method == "POST" else Response(200, f"[{count}]")

    finding = audited(ID, InProcess(app_of(counting), shop()))
    assert finding.outcome is Outcome.FAIL
    assert "reading changed" in finding.why


def test_what_somebody_else_adds_meanwhile_is_no_read_that_writes() -> None:
    lists = 0

    def shared(request: Request) -> Response:
        nonlocal lists
        lists += (request.method, request.path) == ("GET", "/items")
        listed = "[1, 2]" if lists > 3 else "[1]"  # by another client, once, just while everything is read
        return Response(405) if request.method == "POST" else Response(200, listed)

    finding = audited(ID, InProcess(app_of(shared), shop()))
    assert finding.outcome is Outcome.UNKNOWN
    assert "not when it was read again" in finding.why


def test_a_list_that_never_stands_still_decides_nothing() -> None:
    count = 0

    def ticking(request: Request) -> Response:
        nonlocal count
        count += 1
        return Response(405) if request.method == "POST" else Response(200, f"[{count}]")

    assert audited(ID, InProcess(app_of(ticking), shop())).outcome is Outcome.UNKNOWN


def test_the_loop_closes() -> None:
    def careless(request: Request) -> Response:  # as method-override 3.0.0 for Express does
        method = request.headers.get("x-http-method-override", request.method)
        return Response() if method == "GET" else Response(405)

    closes_the_loop(ID, careless, shop())


NOTES = api_of(
    {
        "/notes": {"post": {"responses": OK}},
        "/notes/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {"responses": OK},
            "post": {"responses": OK},
            "delete": {"responses": OK},
        },
    }
)


class Owning(InProcess):
    """An owner of one note, made anew whenever it is asked for."""

    def __init__(self, obeys: str) -> None:
        self.kept = {"1"}

        def respond(request: Request) -> Response:
            asks = {"header": request.headers.get("x-method-override"), "query": "_method=DELETE" in request.query and "DELETE",
                    "field": b"_method=DELETE" in request.body and "DELETE"}  # fmt: skip
            if request.method == "POST" and asks.get(obeys) == "DELETE":
                self.kept.clear()
            return Response(200, '{"id": 1}') if self.kept else Response(404)

        super().__init__(app_of(respond), NOTES, credentials={"alice": ("authorization", "Bearer a")})

    async def things(self) -> list[Thing]:
        one = {each.method: each for each in self.operations if each.path == "/notes/{id}"}
        create = next(each for each in self.operations if each.path == "/notes")
        return [Thing(kind="/notes", id="1", owner="alice", holes={"id": "1"}, ours=True, create=create, read=one["GET"], delete=one["DELETE"])]  # fmt: skip

    async def make(self, kind: str, identity: str, **members: Any) -> Thing:
        self.kept.add("1")
        return (await self.things())[0]

    def aim(self, operation: Operation, thing: Thing, identifier: str | None = None) -> str:
        return "/notes/1"


@pytest.mark.parametrize(
    ("obeys", "words"), [("header", "X-Method-Override"), ("query", "parameter _method"), ("field", "form field")]
)
def test_a_disguised_delete_shows_in_an_own_object(obeys: str, words: str) -> None:
    finding = audited(ID, Owning(obeys))
    assert finding.outcome is Outcome.FAIL
    assert words in finding.why
    assert finding.places == ("DELETE /notes/{id}",)


def test_disguises_that_nobody_obeys_are_no_finding() -> None:
    assert audited(ID, Owning("nothing")).outcome is not Outcome.FAIL
