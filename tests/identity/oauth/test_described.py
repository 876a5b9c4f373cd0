"""A guard around identity lets through what clients are told in words of theirs, and what people read."""

from __future__ import annotations

import pytest

from exchanges import answer, ask, compiled, exchange, head
from ostiary.cli.serve_accounts import around
from ostiary.config import Config
from ostiary.guard.site import Compiled
from ostiary.identity.app import Identity
from ostiary.parts import openapi
from ostiary.parts.identity_settings import Identity as Settings

FORM = [("content-type", "application/x-www-form-urlencoded")]
JSON = [("content-type", "application/json")]
PROBLEM = [("content-type", "application/problem+json")]
HERE = ("host", "localhost:8600")
HTML = [("content-type", "text/html; charset=utf-8")]
OURS = ("input.validation-schema", "output.content-type-forced", "auth.no-basic")


@pytest.fixture(scope="module")
def policy() -> Compiled:
    app = Identity(Settings(issuer="https://api.test"))
    return compiled(openapi.from_plain(app.document("1"), source="identity"), only=OURS)


@pytest.fixture(scope="module")
def whole() -> Compiled:
    """The policy that `ostiary serve --identity --dev` has."""
    settings = Settings(issuer="http://localhost:8600")
    _, guarded, _ = around(Config(profile="development", identity=settings))
    return guarded.compiled  # type: ignore[no-any-return]  # typed as Any


@pytest.mark.parametrize(
    "query",
    [
        "response_type=token", "code_challenge_method=plain", "code_challenge=short", "max_age=99999999999",
        f"client_id={'x' * 2100}", "prompt=whatever", "something=else",
    ],
)  # fmt: skip
def test_wrong_wishes_are_refused_by_the_endpoint_which_tells_the_client(policy: Compiled, query: str) -> None:
    assert ask(policy, exchange("GET", f"/oauth/authorize?{query}")) is None
    for path in ("authorize", "par", "token"):
        assert ask(policy, exchange("POST", f"/oauth/{path}", FORM, query.encode())) is None


def test_what_nobody_reads_stays_outside(policy: Compiled) -> None:
    refusal = ask(policy, exchange("GET", f"/oauth/authorize?state={'x' * 5000}"))
    assert refusal is not None
    assert refusal.status == 400


@pytest.mark.parametrize("path", ["/oauth/authorize", "/oauth/logout"])
@pytest.mark.parametrize("status", [200, 400, 403])
def test_pages_reach_the_people_they_are_for(policy: Compiled, path: str, status: int) -> None:
    reply = answer(policy, exchange("GET", path), status, HTML, b"<p>It cannot go on</p>")
    assert (reply.status, reply.body) == (status, b"<p>It cannot go on</p>")


@pytest.mark.parametrize("path", ["token", "par", "revoke", "introspect", "device_authorization"])
def test_clients_may_say_who_they_are_by_basic(policy: Compiled, path: str) -> None:
    sent = [*FORM, ("authorization", "Basic YTpi")]
    assert ask(policy, exchange("POST", f"/oauth/{path}", sent, b"token=x")) is None


@pytest.mark.parametrize("path", ["token", "par", "revoke", "introspect", "device_authorization"])
def test_a_request_without_a_body_hears_it_from_the_endpoint(policy: Compiled, path: str) -> None:
    assert ask(policy, exchange("POST", f"/oauth/{path}")) is None


@pytest.mark.parametrize(("method", "path"), [("GET", "userinfo"), ("POST", "token"), ("GET", "authorize")])
def test_refusals_keep_their_words(whole: Compiled, method: str, path: str) -> None:
    said = b'{"type":"about:blank","title":"Unauthorized","status":401,"detail":"a token is required"}'
    reply = answer(whole, exchange(method, f"/oauth/{path}", [HERE]), 401, PROBLEM, said)
    assert reply.body == said
    error = b'{"error":"invalid_client","error_description":"client authentication failed"}'
    assert answer(whole, exchange("POST", "/oauth/token", [HERE]), 401, JSON, error).body == error


PUBLIC = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oauth/jwks")


@pytest.mark.parametrize("path", [*PUBLIC, "/me", "/oauth/userinfo"])
def test_what_is_public_is_so_to_scripts_of_other_sites_and_nothing_else(whole: Compiled, path: str) -> None:
    made = exchange("GET", path, [HERE, ("origin", "https://app.example")])
    assert ask(whole, made) is None
    sent = [*JSON, ("access-control-allow-origin", "*")]
    allowed = head(answer(whole, made, 200, sent, b"{}"), "access-control-allow-origin")
    assert (allowed is not None) == (path in PUBLIC)
    assert head(answer(whole, made, 200, sent, b"{}"), "access-control-allow-credentials") is None
