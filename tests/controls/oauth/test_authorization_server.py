"""An authorization server under audit: a sound one passes, and each careless one fails for what it does."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any

import pytest

from loop import stage
from ostiary import catalogue
from ostiary.audit.result import Result
from ostiary.audit.run import audit
from ostiary.controls.oauth.redirect_uri_exact.live import mutations
from ostiary.demo import annex
from ostiary.evidence import Spec
from ostiary.model import Api, Finding, Kind, Outcome
from ostiary.parts import openapi

CONTROLS = ("oauth.redirect-uri-exact", "oauth.code-flow-only", "oauth.default-scope", "oauth.state-required", "beyond.pkce-required")  # fmt: skip
CARELESS = {
    "oauth.redirect-uri-exact": "more path",
    "oauth.code-flow-only": "in redirects",
    "oauth.code-flow-only/password": "password",
    "oauth.default-scope": "all 3",
    "beyond.pkce-required": "without a challenge",
    "beyond.pkce-required/verifier": "verifier is missing",
    "oauth.state-required": "without a state",
    "oauth.state-required/unchecked": "another state",
}


@cache
def asked(*faults: str) -> dict[str, Result]:
    with stage.serving(annex.make(faults), nameless=True) as port:
        report = asyncio.run(audit(f"http://127.0.0.1:{port}", only=CONTROLS, budget=1000))
    return {each.id: each for each in report.results}


@pytest.mark.parametrize("control", CONTROLS)
def test_a_sound_server_passes(control: str) -> None:
    result = asked()[control]
    assert result.outcome is Outcome.PASS, result.why


@pytest.mark.parametrize("switch", CARELESS)
def test_a_careless_one_fails_for_what_it_does(switch: str) -> None:
    results = asked(switch)
    live = [each for each in results[switch.partition("/")[0]].findings if each.kind is Kind.LIVE]
    assert live[0].outcome is Outcome.FAIL, live[0].why
    assert CARELESS[switch] in live[0].why
    assert live[0].places
    assert live[0].proof


def test_where_there_is_none_nothing_is_said() -> None:
    found = _spec({})
    assert {each.outcome for each in found.values()} == {Outcome.NOT_APPLICABLE}


def test_addresses_that_a_client_may_choose_are_not_held_against_the_server() -> None:
    local = [each.redirect for each in mutations("http://127.0.0.1:9000/cb")]
    assert not any(":4443" in each for each in local)
    assert any(":4443" in each.redirect for each in mutations("https://app.example/cb"))
    for each in mutations("https://app.example/cb"):
        assert each.redirect != "https://app.example/cb" or each.also


FLOW = {
    "authorizationUrl": "https://id.example/authorize",
    "tokenUrl": "https://id.example/token",
    "scopes": {"a": "A"},
}


def _spec(schemes: dict[str, Any], paths: dict[str, Any] | None = None) -> dict[str, Finding]:
    document = {"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": paths or {},
                "components": {"securitySchemes": schemes}}  # fmt: skip
    api: Api = openapi.from_plain(document, source="api.json")
    found: dict[str, Finding] = {}
    for each in CONTROLS:
        found[each] = asyncio.run(catalogue.control(each).audits[Kind.SPEC](Spec(api=api)))  # type: ignore[arg-type]  # a coroutine
    return found


def _flow(kind: str, **changes: object) -> dict[str, Any]:
    return {"o": {"type": "oauth2", "flows": {kind: {**FLOW, **changes}}}}


def test_flows_that_are_over_are_found_in_the_document() -> None:
    assert _spec(_flow("implicit"))["oauth.code-flow-only"].outcome is Outcome.FAIL
    assert _spec(_flow("authorizationCode"))["oauth.code-flow-only"].outcome is Outcome.PASS


def test_an_authorization_endpoint_in_clear_text_is_found() -> None:
    clear = _flow("authorizationCode", authorizationUrl="http://id.example/authorize")
    assert _spec(clear)["oauth.redirect-uri-exact"].outcome is Outcome.FAIL
    assert _spec(_flow("authorizationCode"))["oauth.redirect-uri-exact"].outcome is Outcome.UNKNOWN


def test_scopes_without_a_word_are_found() -> None:
    assert _spec(_flow("authorizationCode", scopes={"a": ""}))["oauth.default-scope"].outcome is Outcome.FAIL
    assert _spec(_flow("authorizationCode"))["oauth.default-scope"].outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("required", "outcome"), [(True, Outcome.PASS), (False, Outcome.FAIL)])
def test_the_end_of_a_sign_in_asks_for_the_state(required: bool, outcome: Outcome) -> None:  # noqa: FBT001
    asks = [{"name": name, "in": "query", "required": need, "schema": {"type": "string"}}
            for name, need in (("code", True), ("state", required))]  # fmt: skip
    paths = {"/callback": {"get": {"parameters": asks, "responses": {"200": {"description": "in"}}}}}
    assert _spec({}, paths)["oauth.state-required"].outcome is outcome


def test_pkce_in_words_is_believed_and_its_absence_is_no_finding() -> None:
    said = {"o": {"type": "oauth2", "description": "PKCE (S256) is required.", "flows": {"authorizationCode": FLOW}}}
    assert _spec(said)["beyond.pkce-required"].outcome is Outcome.PASS
    assert _spec(_flow("authorizationCode"))["beyond.pkce-required"].outcome is Outcome.UNKNOWN
