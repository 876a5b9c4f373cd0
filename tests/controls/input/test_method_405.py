"""Undeclared methods get 405 with a true Allow; the audit believes what real servers answered, not us."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from closing import Request, Response, audited, closes_the_loop
from exchanges import answer, api_of, ask, compiled, exchange, head
from ostiary import catalogue
from ostiary.evidence import Answer, Asked, Spec
from ostiary.model import Kind, Outcome, Severity
from recorded import Recorded
from samples import sample
from shop import shop

ID = "input.method-405"


@pytest.mark.parametrize(
    ("method", "target", "status", "allow"),
    [
        ("DELETE", "/items", 405, "GET, HEAD, OPTIONS, POST"),
        ("PATCH", "/items/7", 405, "GET, HEAD, OPTIONS"),
        ("OPTIONS", "/items/7", 204, "GET, HEAD, OPTIONS"),
        ("TRACE", "/items", 405, "GET, HEAD, OPTIONS, POST"),
        ("CONNECT", "/items", 405, "GET, HEAD, OPTIONS, POST"),
        ("TRACK", "/items", 405, "GET, HEAD, OPTIONS, POST"),
        ("FROBNICATE", "/items", 501, None),
        ("get", "/items", 501, None),
    ],
)
def test_undeclared_methods_are_answered_here(method: str, target: str, status: int, allow: str | None) -> None:
    reply = ask(compiled(shop(), only=[ID]), exchange(method, target))
    assert reply is not None
    assert (reply.status, head(reply, "allow")) == (status, allow)


@pytest.mark.parametrize(
    ("method", "target"), [("GET", "/items"), ("POST", "/items"), ("HEAD", "/items"), ("GET", "/no")]
)
def test_declared_methods_and_unknown_paths_pass(method: str, target: str) -> None:
    assert ask(compiled(shop(), only=[ID]), exchange(method, target)) is None


def test_without_a_document_only_reflecting_methods_are_refused() -> None:
    policy = compiled(only=[ID])
    assert ask(policy, exchange("PROPFIND", "/x")) is None
    refusal = ask(policy, exchange("TRACE", "/x"))
    assert refusal is not None
    assert refusal.status == 501


def test_a_declared_trace_is_refused_all_the_same() -> None:
    api = shop()
    plain = compiled(api, only=[ID], also=("TRACE /echo", "GET /echo"))
    refusal = ask(plain, exchange("TRACE", "/echo"))
    assert refusal is not None
    assert refusal.status == 405


def test_the_applications_own_405_gets_the_true_allow() -> None:
    policy = compiled(shop(), only=[ID])
    starlette = sample("starlette-1.10.0", "method-not-allowed")
    reply = answer(policy, exchange("HEAD", "/items"), starlette.status, starlette.headers)
    assert [value for name, value in reply.headers if name == b"allow"] == [b"GET, OPTIONS, POST"]
    untouched = answer(policy, exchange("GET", "/items"), 200, [("allow", "GET")])
    assert head(untouched, "allow") == "GET"


def heard(server: str, *, situations: dict[str, str]) -> Recorded:
    """A target that answers undeclared methods as a real server answered DELETE, TRACE and an invented one."""

    def answering(asked: Asked) -> Answer:
        return sample(server, situations.get(asked.method, "method-not-allowed"))

    known = {"GET": "ok-json", "POST": "created", "TRACE": "trace", "OSTIARY": "invented-method"}
    api = shop()
    http = Recorded(answering=answering, api=api)
    known.update(situations)
    situations.update(known)
    http.operations = [each for each in api.operations if each.path == "/items"]
    return http


@pytest.mark.parametrize(
    ("server", "outcome", "severity", "words"),
    [
        ("fastapi-0.165.0", Outcome.FAIL, Severity.LOW, "leaves out POST"),
        ("express-5.3.0", Outcome.FAIL, Severity.LOW, "404 on a resource that exists"),
        ("caddy-2.6.2", Outcome.FAIL, Severity.MEDIUM, "answered 200"),
        ("flask-3.1.3", Outcome.FAIL, Severity.LOW, "leaves out POST"),
        ("apache-2.4.71", Outcome.FAIL, Severity.MEDIUM, "TRACE"),
    ],
)
def test_answers_of_real_servers_are_judged(server: str, outcome: Outcome, severity: Severity, words: str) -> None:
    finding = audited(ID, heard(server, situations={}))
    assert (finding.outcome, finding.severity) == (outcome, severity)
    assert any(words in each.what for each in finding.evidence), finding


@pytest.mark.parametrize(("allow", "outcome"), [("DELETE, PUT, POST", Outcome.PASS), ("PATCH, POST", Outcome.FAIL)])
def test_an_allow_may_name_what_a_template_gives_the_same_address(allow: str, outcome: Outcome) -> None:
    """Werkzeug 2.2 and others: ``/users/{name}`` fits ``/users/login`` too, and so it can be deleted."""
    api = api_of(
        {"/users/login": {"post": {}}, "/users/{name}": {"put": {}, "delete": {}}, "/users/{name}/pets": {"patch": {}}}
    )
    asked: list[Asked] = []

    def refuse(each: Asked) -> Answer:
        asked.append(each)
        return Answer(asked=each, status=405, headers=(("allow", allow),))

    evidence = Recorded(answering=refuse, api=api)
    evidence.operations = [each for each in api.operations if each.path == "/users/login"]
    assert audited(ID, evidence).outcome is outcome
    assert {each.method for each in asked} == {"PATCH", "TRACE", "OSTIARY"}  # PUT would have been somebody's


def test_a_refusal_before_the_method_is_looked_at_proves_nothing() -> None:
    http = heard("django-5.2.19", situations={"TRACE": "csrf-missing", "OSTIARY": "csrf-missing"})
    assert audited(ID, http).outcome is Outcome.UNKNOWN


def test_nothing_is_deleted_to_find_out() -> None:
    http = heard("fastapi-0.165.0", situations={})
    audited(ID, http)
    assert "DELETE" not in {asked.method for asked in http.sent}


def refuse(asked: Asked) -> Answer:
    return Answer(asked=asked, status=405, headers=(("allow", "GET"),))


def test_an_inferred_document_does_not_say_that_a_method_is_not_there() -> None:
    api = dataclasses.replace(api_of({"/items": {"get": {}}}), dialect="links")

    def lax(asked: Asked) -> Answer:
        return Answer(
            asked=asked, status=405 if asked.method in {"TRACE", "OSTIARY"} else 200, headers=(("allow", "GET, PATCH"),)
        )

    assert audited(ID, Recorded(answering=lax, api=api)).outcome is Outcome.PASS
    graphql = api_of({"/items": {"get": {}}, "/graphql": {"post": {"x-graphql": {"query": {}}}}})
    asked_for = Recorded(
        answering=lambda asked: lax(asked) if asked.target == "/graphql" else refuse(asked), api=graphql
    )
    assert audited(ID, asked_for).outcome is Outcome.PASS, "what introspection told of is not declared in full"
    everything = audited(ID, Recorded(answering=lambda asked: Answer(asked=asked, status=200), api=api))
    assert everything.places == ("TRACE /items", "OSTIARY /items"), "not PATCH: it may be there"


def test_a_document_that_declares_trace_says_it_all() -> None:
    def read(paths: dict[str, dict[str, object]]) -> Outcome:
        check = catalogue.control(ID).audits[Kind.SPEC]
        return asyncio.run(check(Spec(api=api_of(paths)))).outcome  # type: ignore[arg-type]  # a coroutine

    assert read({"/items": {"trace": {}}}) is Outcome.FAIL
    assert read({"/items": {"get": {}}}) is Outcome.UNKNOWN


def test_without_a_document_the_answer_is_unknown() -> None:
    assert audited(ID, Recorded()).outcome is Outcome.UNKNOWN


def test_the_loop_closes() -> None:
    def careless(request: Request) -> Response:
        echoed = str(dict(request.headers)) if request.method == "TRACE" else "{}"
        return Response(200, echoed)

    closes_the_loop(ID, careless, shop())


def test_the_loop_closes_on_an_incomplete_allow() -> None:
    def careless(request: Request) -> Response:
        return Response() if request.method in {"GET", "POST"} else Response(405, "{}", [("allow", "GET")])

    before, _ = closes_the_loop(ID, careless, shop())
    assert before.severity is Severity.LOW


@pytest.mark.parametrize(
    ("body", "media", "severity"),
    [
        ('{"response": [[1, "user1", "pass1"]]}', "application/json", Severity.MEDIUM),  # vAPI's GET /tokens
        ('[{"name": "ann", "password": "hunter22"}]', "application/json", Severity.HIGH),
        ("<html><form>Sign in</form></html>", "text/html", Severity.LOW),
        ("{}", "application/json", Severity.LOW),
    ],
)
def test_a_get_that_nobody_declared_is_read_once(body: str, media: str, severity: Severity) -> None:
    def answering(asked: Asked) -> Answer:
        if asked.target != "/tokens":
            return Answer(asked=asked, status=404, headers=(("content-type", "application/json"),), body=b"{}")
        if asked.method == "GET":
            return Answer(asked=asked, status=200, headers=(("content-type", media),), body=body.encode())
        return Answer(asked=asked, status=405, headers=(("allow", "GET, POST"),), body=b"")

    api = api_of({"/tokens": {"post": {"responses": {}}}})
    found = audited(ID, Recorded(answering=answering, api=api))
    assert (found.outcome, found.severity) == (Outcome.FAIL, severity)
