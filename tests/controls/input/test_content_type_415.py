"""Bodies are taken in declared types only."""

from __future__ import annotations

import asyncio

import pytest

from closing import Request, Response, audited, closes_the_loop
from exchanges import api_of, ask, compiled, exchange, head
from ostiary import catalogue
from ostiary.evidence import Answer, Asked, Spec
from ostiary.model import Api, Kind, Outcome
from recorded import Recorded
from samples import sample
from shop import OK, shop, taking

ID = "input.content-type-415"


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON", "application/json;charset=utf-8", 'application/json; charset="UTF-8"',
     "application/merge-patch+json", "application/vnd.acme.v2+json"],
)  # fmt: skip
def test_declared_types_pass_with_parameters_suffixes_and_in_any_case(content_type: str) -> None:
    assert ask(compiled(shop(), only=[ID]), exchange("POST", "/items", [("content-type", content_type)], b"{}")) is None


@pytest.mark.parametrize(
    "headers",
    [
        [("content-type", "text/plain")],
        [("content-type", "application/xml")],
        [("content-type", "application/jsonx")],
        [("content-type", "json")],
        [("content-type", "application/json; charset=utf-8; charset=utf-7")],
        [("content-type", "text/plain"), ("content-type", "application/json")],
        [("content-type", "application/json, text/plain")],
        [],
        [("content-type", "text/plain"), ("transfer-encoding", "chunked")],
    ],
)
def test_other_types_are_refused_with_those_that_are_taken(headers: list[tuple[str, str]]) -> None:
    refusal = ask(compiled(shop(), only=[ID]), exchange("POST", "/items", headers, b"{}"))
    assert refusal is not None
    assert (refusal.status, head(refusal, "accept")) == (415, "application/json")


def test_an_empty_body_needs_no_type() -> None:
    policy = compiled(shop(), only=[ID])
    assert ask(policy, exchange("POST", "/items", [("content-length", "0")])) is None
    assert ask(policy, exchange("POST", "/items", [("transfer-encoding", "chunked")])) is None
    assert ask(policy, exchange("GET", "/items", [("content-type", "text/plain")])) is None


def test_a_chunked_body_without_a_type_is_refused_once_it_is_read() -> None:
    made = exchange("POST", "/items", [("transfer-encoding", "chunked"), ("content-length", "0")])
    made.body = b"{}"
    refusal = ask(compiled(shop(), only=[ID]), made)
    assert refusal is not None
    assert refusal.status == 415


def test_a_body_where_none_is_declared_is_refused_unless_allowed() -> None:
    made = [("content-type", "application/json")]
    api = api_of({"/ping": {"post": {"responses": OK}}})
    chunked = [*made, ("transfer-encoding", "chunked"), ("content-length", "0")]
    for headers in (made, [("content-type", "text/plain")], chunked):
        refusal = ask(compiled(api, only=[ID]), exchange("POST", "/ping", headers, b'{"a":1}'))
        assert refusal is not None
        assert refusal.status == 415
    assert ask(compiled(api, only=[ID]), exchange("POST", "/ping", [("content-length", "0")])) is None
    for blank in (b"{}", b" null "):  # what axios and kinto_http send when they have nothing to say
        assert ask(compiled(api, only=[ID]), exchange("POST", "/ping", made, blank)) is None
    tolerant = compiled(api, only=[ID], controls={ID: {"undeclared": "pass"}})
    assert ask(tolerant, exchange("POST", "/ping", made, b'{"a":1}')) is None


def test_ranges_of_the_document_are_obeyed_and_without_one_nothing_is_refused() -> None:
    odd = [("content-type", "image/x-unheard-of")]
    for policy in (compiled(taking("image/*"), only=[ID]), compiled(taking("*/*"), only=[ID]), compiled(only=[ID])):
        assert ask(policy, exchange("POST", "/things", odd, b"x")) is None
    assert ask(compiled(shop(), only=[ID], also=("POST /hook",)), exchange("POST", "/hook", odd, b"x")) is None


def heard(server: str) -> Recorded:
    def answering(asked: Asked) -> Answer:
        content_type = dict(asked.headers).get("content-type", "")
        if content_type == "application/json":
            return sample(server, "created")
        return sample(server, "json-labelled-text")

    return Recorded(answering=answering, api=shop())


@pytest.mark.parametrize(
    ("server", "outcome"),
    [
        ("fastapi-0.165.0", Outcome.PASS),  # 422, with a note
        ("spring-boot-3.3.5", Outcome.PASS),
        ("kinto-26.5.0", Outcome.PASS),
        ("tornado-6.6.1", Outcome.FAIL),  # json.loads(self.request.body), whatever it was called
    ],
)
def test_answers_of_real_servers_are_judged(server: str, outcome: Outcome) -> None:
    finding = audited(ID, heard(server))
    assert finding.outcome is outcome, finding
    assert ("422" in finding.why) is (server == "fastapi-0.165.0")


def test_without_a_baseline_a_refusal_proves_nothing() -> None:
    http = Recorded(answering=lambda _: sample("fastapi-0.165.0", "bearer-challenge"), api=shop())
    assert audited(ID, http).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("api", "outcome"),
    [
        (shop(), Outcome.PASS),
        (taking("*/*"), Outcome.FAIL),
        (taking("application/*"), Outcome.FAIL),
        (taking(), Outcome.NOT_APPLICABLE),
    ],
)
def test_documents_must_name_explicit_types(api: Api, outcome: Outcome) -> None:
    assert asyncio.run(catalogue.control(ID).audits[Kind.SPEC](Spec(api=api))).outcome is outcome  # type: ignore[arg-type]  # coroutine


def test_the_loop_closes() -> None:
    closes_the_loop(ID, lambda _: Response(201), shop())


def test_the_loop_closes_on_a_missing_type_alone() -> None:
    def careless(request: Request) -> Response:  # hono's zod-openapi before 1.0 validated only what was labelled
        return Response(201 if request.headers.get("content-type", "application/json") == "application/json" else 415)

    closes_the_loop(ID, careless, shop())
