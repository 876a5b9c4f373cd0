"""A guard around identity lets through what clients are told in words of theirs, and what people read."""

from __future__ import annotations

import pytest

from exchanges import answer, ask, compiled, exchange
from ostiary.guard.site import Compiled
from ostiary.identity.app import Identity
from ostiary.parts import openapi
from ostiary.parts.identity_settings import Identity as Settings

FORM = [("content-type", "application/x-www-form-urlencoded")]
HTML = [("content-type", "text/html; charset=utf-8")]
OURS = ("input.validation-schema", "output.content-type-forced", "auth.no-basic")


@pytest.fixture(scope="module")
def policy() -> Compiled:
    app = Identity(Settings(issuer="https://api.test"))
    return compiled(openapi.from_plain(app.document("1"), source="identity"), only=OURS)


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
