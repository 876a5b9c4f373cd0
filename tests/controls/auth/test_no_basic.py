"""Basic is refused, and never asked for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from closing import InProcess, Request, Response, app_of, audited, closes_the_loop
from exchanges import answer, api_of, ask, compiled, exchange, head
from ostiary import catalogue
from ostiary.evidence import Account, Answer, Spec
from ostiary.model import Finding, Kind, Operation, Outcome
from recorded import Recorded
from samples import every, sample
from shop import OK, shop

ID = "auth.no-basic"
BASIC = [("authorization", "Basic YWxpY2U6c2VjcmV0")]


@pytest.mark.parametrize("value", ["Basic YWxpY2U6c2VjcmV0", "basic YWxpY2U6c2VjcmV0", "BASIC  x", "Basic"])
def test_basic_is_refused_with_a_bearer_challenge(value: str) -> None:
    refusal = ask(compiled(shop(), only=[ID]), exchange("GET", "/items", [("authorization", value)]))
    assert refusal is not None
    assert (refusal.status, head(refusal, "www-authenticate")) == (401, "Bearer")
    assert b"YWxp" not in refusal.body


@pytest.mark.parametrize(
    "headers", [[], [("authorization", "Bearer x")], [("authorization", "Basically x")], [("x", "Basic y")]]
)
def test_everything_else_passes(headers: list[tuple[str, str]]) -> None:
    assert ask(compiled(shop(), only=[ID]), exchange("GET", "/items", headers)) is None


def test_oauth_clients_may_use_it_where_the_rfcs_say_so() -> None:
    flows = {"clientCredentials": {"tokenUrl": "https://id.example/api/login", "scopes": {}}}
    post = {"post": {"responses": OK}}
    api = api_of(
        {
            "/oauth/token": post,
            "/oauth/revoke": post,
            "/oauth/introspect": post,
            "/oauth/par": post,
            "/oauth/device_authorization": post,
            "/api/login": post,
            "/token-count": post,
            "/spar": post,
        },
        components={"securitySchemes": {"o": {"type": "oauth2", "flows": flows}}},
    )
    policy = compiled(api, only=[ID])
    for path in ("token", "revoke", "introspect", "par", "device_authorization"):
        assert ask(policy, exchange("POST", f"/oauth/{path}", BASIC)) is None, path
    assert ask(policy, exchange("POST", "/api/login", BASIC)) is None
    for path in ("/token-count", "/spar"):
        assert ask(policy, exchange("POST", path, BASIC)) is not None, path


def test_operations_can_be_allowed() -> None:
    policy = compiled(shop(), only=[ID], controls={ID: {"allow": ["GET /items"]}})
    assert ask(policy, exchange("GET", "/items", BASIC)) is None
    assert ask(policy, exchange("POST", "/items", BASIC)) is not None


@pytest.mark.parametrize("server", [server for server, _ in every("basic-challenge")])
def test_real_basic_challenges_are_replaced(server: str) -> None:
    said = sample(server, "basic-challenge")
    reply = answer(compiled(shop(), only=[ID]), exchange("GET", "/items"), said.status, said.headers)
    assert [value for name, value in reply.headers if name == b"www-authenticate"] == [b"Bearer"]


def test_other_challenges_stay_as_they_are() -> None:
    policy = compiled(shop(), only=[ID])
    for value in ('Bearer realm="basic, x"', 'DPoP algs="ES256"'):
        reply = answer(policy, exchange("GET", "/items"), 401, [("www-authenticate", value)])
        assert head(reply, "www-authenticate") == value
    both = [("www-authenticate", "Basic realm=x"), ("www-authenticate", "Bearer realm=y")]
    assert [value for _, value in answer(policy, exchange("GET", "/items"), 401, both).headers] == [b"Bearer realm=y"]


def spec_finding(schemes: dict[str, Any], security: list[Any], path: str = "/x") -> Finding:
    api = api_of({path: {"get": {"security": security, "responses": OK}}}, components={"securitySchemes": schemes})
    return asyncio.run(catalogue.control(ID).audits[Kind.SPEC](Spec(api=api)))  # type: ignore[arg-type]  # coroutine


def test_documents_that_declare_basic_are_found() -> None:
    basic = {"b": {"type": "http", "scheme": "Basic"}}
    assert spec_finding(basic, [{"b": []}]).outcome is Outcome.FAIL
    assert spec_finding(basic, []).outcome is Outcome.FAIL
    for path in ("token", "par", "device_authorization"):
        assert spec_finding(basic, [{"b": []}], f"/oauth/{path}").outcome is Outcome.PASS
    assert spec_finding(basic, [{"b": []}], "/spar").outcome is Outcome.FAIL
    assert spec_finding({"t": {"type": "http", "scheme": "bearer"}}, [{"t": []}]).outcome is Outcome.PASS
    assert spec_finding({}, []).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("server", [server for server, _ in every("basic-challenge")])
def test_real_basic_challenges_are_found(server: str) -> None:
    finding = audited(ID, Recorded(answering=lambda _: sample(server, "basic-challenge"), api=shop()))
    assert finding.outcome is Outcome.FAIL


def test_a_real_bearer_challenge_passes_and_silence_is_unknown() -> None:
    http = Recorded(answering=lambda _: sample("fastapi-0.165.0", "bearer-challenge"), api=shop())
    assert audited(ID, http).outcome is Outcome.PASS
    assert audited(ID, Recorded(api=shop())).outcome is Outcome.UNKNOWN


def basic_for_anyone(request: Request) -> Response:
    """Opens for any Basic credential and does not even ask for one."""
    return Response() if request.headers.get("authorization", "").startswith("Basic ") else Response(403)


def test_a_basic_credential_that_opens_is_found_without_a_challenge() -> None:
    assert "made-up" in audited(ID, InProcess(app_of(basic_for_anyone), shop())).why
    mine = {"alice": ("authorization", "Basic YWxpY2U6c2VjcmV0")}
    picky = app_of(
        lambda request: Response() if request.headers.get("authorization") == mine["alice"][1] else Response(403)
    )
    assert "a Basic credential is accepted" in audited(ID, InProcess(picky, shop(), credentials=mine)).why


def test_a_sign_in_that_opens_meanwhile_is_no_basic() -> None:
    """The account that its body names came to be while others asked."""
    body = {"username": {"type": "string"}, "password": {"type": "string"}}
    schema = {"type": "object", "properties": body, "required": list(body)}
    login = {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": OK}
    api = api_of({"/login": {"post": login}})
    asked: list[Request] = []

    def respond(request: Request) -> Response:
        asked.append(request)
        return Response(400, "{}") if "authorization" not in request.headers else Response(200, "Hello, ann!")

    assert audited(ID, InProcess(app_of(respond), api)).outcome is not Outcome.FAIL
    assert len(asked) > 1


def test_what_opens_for_everybody_meanwhile_is_not_opened_by_basic() -> None:
    """A read of user 5 redirects until another check has registered user 5."""
    asked: list[str] = []

    def registered_meanwhile(request: Request) -> Response:
        asked.append(request.path)
        return Response() if asked.count(request.path) > 1 else Response(302, "", [("location", "/?message=not-found")])

    assert audited(ID, InProcess(app_of(registered_meanwhile), shop())).outcome is Outcome.PASS


class Remembered(InProcess):
    """Alice sends her name and password in a field of the API's own, and the cookie of her session beside it."""

    async def send_to(self, operation: Operation, **changes: Any) -> Answer:
        left = {"own-token": "YWxpY2U6c2VjcmV0", "cookie": "sid=1"} if changes.get("identity") is None else {}
        for name in changes.pop("drop", ()):
            left.pop(name, None)
        return await super().send_to(operation, headers=[*changes.pop("headers", ()), *left.items()], **changes)

    def account(self, identity: str) -> Account | None:
        return Account(name=identity, user="alice", password="secret")


def test_what_a_session_opens_takes_no_password() -> None:
    def respond(request: Request) -> Response:
        return Response() if {"/me": "own-token", "/key": "cookie"}[request.path] in request.headers else Response(403)

    read = {"get": {"responses": OK}}
    found = audited(ID, Remembered(app_of(respond), api_of({"/me": read, "/key": read})))
    assert "Basic by another name" in found.why
    assert found.places == ("GET /me",)
    assert audited(ID, Remembered(app_of(respond), api_of({"/key": read}))).outcome is Outcome.PASS


def test_the_loop_closes() -> None:
    closes_the_loop(ID, basic_for_anyone, shop())
    closes_the_loop(ID, lambda _: Response(401, "{}", [("www-authenticate", 'Basic realm="x"')]), shop())
