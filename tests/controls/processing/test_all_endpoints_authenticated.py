"""Every operation needs a token, but those that a person wrote down."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest

from exchanges import answer, api_of, ask, compiled, exchange, head, through, tiny
from holders import bearer, issuer, token
from ostiary.config import Config, from_plain
from ostiary.errors import ConfigError
from ostiary.guard.app import Guard
from ostiary.guard.site import Compiled
from ostiary.model import Api
from shop import OK, shop

ID = "processing.all-endpoints-authenticated"
ALL = {"responses": OK}


def api(**paths: Any) -> Api:
    return api_of(
        {
            "/items": {"get": ALL, "post": ALL},
            "/items/{id}": {"get": ALL},
            "/health": {"get": {**ALL, "security": []}},
            "/feed": {"get": {**ALL, "security": [{}, {"oauth": ["feed"]}]}},
            "/mine": {"get": {**ALL, "security": [{"oauth": []}]}},
            "/docs/{page}": {"get": ALL},
            **paths,
        },
        components={"securitySchemes": {"oauth": {"type": "http", "scheme": "bearer"}}},
    )


def policy(
    *public: str, document: Api | None = None, only: tuple[str, ...] = (ID, "input.method-405"), **rest: Any
) -> Compiled:
    controls = {ID: {"public": list(public)}, **rest.pop("controls", {})}
    return compiled(document, only=only, issuers={"main": issuer()}, controls=controls, **rest)


def status(compiled_policy: Compiled, method: str, target: str, *headers: tuple[str, str]) -> int:
    refusal = ask(compiled_policy, exchange(method, target, headers))
    return 0 if refusal is None else refusal.status


@pytest.mark.parametrize(
    ("method", "target"),
    [("GET", "/items"), ("HEAD", "/items"), ("POST", "/items"), ("GET", "/items/7"), ("GET", "/health"), ("GET", "/feed"),
     ("GET", "/mine"), ("DELETE", "/items"), ("GET", "/unknown"), ("OPTIONS", "/items"), ("GET", "/health/")],
)  # fmt: skip
def test_without_a_token_nothing_opens_and_with_one_everything_does(method: str, target: str) -> None:
    closed = policy(document=api())
    refusal = ask(closed, exchange(method, target))
    assert refusal is not None
    assert refusal.status == 401
    assert head(refusal, "www-authenticate") == 'Bearer realm="api"'  # no error: RFC 6750 section 3.1
    assert status(closed, method, target, bearer(token())) in {0, 204, 405}


def test_a_token_is_verified_even_where_no_other_control_on_tokens_is_on() -> None:
    closed = policy(document=api())
    assert status(closed, "GET", "/items", bearer(token(signer="somebody"))) == 401
    assert status(closed, "GET", "/items", ("authorization", "Basic YTpi")) == 401
    assert status(closed, "GET", "/items", bearer(token())) == 0


def test_only_what_is_listed_is_public() -> None:
    opened = policy("GET /health", "GET /items", "GET /docs/*", document=api())
    for target in ("/health", "/items", "/docs/start"):
        assert status(opened, "GET", target) == 0
        assert status(opened, "HEAD", target) == 0
    for method, target in (("POST", "/items"), ("GET", "/items/7"), ("GET", "/docs"), ("GET", "/feed")):
        assert status(opened, method, target) == 401


def test_what_the_application_asks_for_something_else_may_be_listed() -> None:
    schemes = {
        "key": {"type": "apiKey", "in": "header", "name": "x-key"},
        "basic": {"type": "http", "scheme": "basic"},
        "bearer": {"type": "http", "scheme": "Bearer"},
        "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://id.test"},
    }
    securities: dict[str, Any] = {
        "/key": [{"key": []}], "/basic": [{"basic": []}], "/either": [{"bearer": []}, {"key": []}], "/both": [{"key": [], "bearer": []}],
        "/bearer": [{"bearer": []}], "/oidc": [{"oidc": []}], "/unknown": [{"nothing": []}],
    }  # fmt: skip
    paths = {path: {"get": {**ALL, "security": security}} for path, security in securities.items()}
    document = api_of(paths, components={"securitySchemes": schemes})
    for path in ("/key", "/basic", "/either"):
        assert status(policy(document=document), "GET", path) == 401
        assert status(policy(f"GET {path}", document=document), "GET", path) == 0
    for path in ("/both", "/bearer", "/oidc", "/unknown"):
        with pytest.raises(ConfigError, match="demands a token"):
            policy(f"GET {path}", document=document)


def test_a_path_parameter_may_have_another_name() -> None:
    assert status(policy("GET /items/{item}", document=api()), "GET", "/items/7") == 0


def test_an_undeclared_method_of_a_public_path_is_a_405_and_of_another_a_401() -> None:
    opened = policy("GET /health", "GET /items", document=api())
    refusal = ask(opened, exchange("DELETE", "/health"))
    assert refusal is not None
    assert (refusal.status, head(refusal, "allow")) == (405, "GET, HEAD, OPTIONS")
    assert status(opened, "OPTIONS", "/health") == 204
    assert status(opened, "BREW", "/health") == 501
    assert status(opened, "DELETE", "/items") == 401  # POST /items is not public, so neither is what there is not


def test_a_strangers_undeclared_method_does_not_pass_where_method_405_is_off() -> None:
    opened = policy("GET /health", document=api(), only=(ID,))
    assert status(opened, "DELETE", "/health") == 405
    assert status(opened, "DELETE", "/health", bearer(token())) == 0


def test_a_bad_token_is_refused_by_a_public_operation_too() -> None:
    """What an application reads from a token must be true wherever it looks at one."""
    opened = policy("GET /health", document=api())
    refusal = ask(opened, exchange("GET", "/health", [bearer(token(signer="somebody"))]))
    assert refusal is not None
    assert refusal.status == 401
    assert "invalid_token" in (head(refusal, "www-authenticate") or "")
    assert status(opened, "GET", "/health", bearer(token())) == 0


def test_the_optional_security_of_a_document_may_be_listed() -> None:
    assert status(policy("GET /feed", document=api()), "GET", "/feed") == 0


@pytest.mark.parametrize(
    ("entry", "message"),
    [("GET /helth", "did you mean 'GET /health'"), ("POST /health", "did you mean 'GET /health'"),
     ("HEAD /health", "did you mean 'GET /health'"), ("GET /nothing/like/this/at/all/*", "METHOD and path"),
     ("GET /mine", "for which the document demands a token"), ("/health", 'is not "METHOD /path"'),
     ("get /health", 'is not "METHOD /path"'), ("* /health", 'is not "METHOD /path"'), ("GET /*", "opens everything"),
     ("GET /do*", 'is not "METHOD /path"'), ("GET /*/health", 'is not "METHOD /path"')],
)  # fmt: skip
def test_a_list_that_disagrees_with_the_document_stops_the_start(entry: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace("*", r"\*")):
        policy(entry, document=api())


def test_what_a_document_cannot_say_better_may_be_listed_as_optional() -> None:
    opened = policy(document=api(), controls={ID: {"public": ["GET /health"], "optional": ["GET /mine"]}})
    assert status(opened, "GET", "/mine") == 0
    assert status(opened, "GET", "/mine", bearer(token(signer="somebody"))) == 401
    assert status(opened, "GET", "/items") == 401
    with pytest.raises(ConfigError, match="no operation is"):
        policy(document=api(), controls={ID: {"optional": ["GET /nothing"]}})


def test_a_wildcard_opens_nothing_that_the_document_closes() -> None:
    secret = {"/docs/{page}/secret": {"get": {**ALL, "security": [{"oauth": []}]}}}
    with pytest.raises(ConfigError, match=r"opens GET /docs/\{page\}/secret"):
        policy("GET /docs/*", document=api(**secret))


def test_what_is_served_besides_the_document_can_be_public() -> None:
    opened = policy("GET /metrics", document=api(), also=("GET /metrics",))
    assert status(opened, "GET", "/metrics") == 0


def test_a_document_cannot_open_its_own_operations() -> None:
    extension = {f"x-ostiary-{ID.replace('.', '-')}": {"public": ["GET /open"]}}
    with pytest.raises(ConfigError, match="list them in the policy"):
        policy(document=api(**{"/open": {"get": {**ALL, **extension}}}))


def test_without_a_document_everything_is_closed_but_the_list() -> None:
    opened = policy("GET /health", "GET /docs/*")
    for target in ("/health", "/docs/a/b"):
        assert status(opened, "GET", target) == 0
        assert status(opened, "HEAD", target) == 0
    for method, target in (
        ("POST", "/health"),
        ("GET", "/health/x"),
        ("GET", "/docs"),
        ("GET", "/"),
        ("GET", "/docsx"),
    ):
        assert status(opened, method, target) == 401
        assert status(opened, method, target, bearer(token())) == 0
    assert status(opened, "GET", "/docs/../items") == 400
    assert status(opened, "GET", "/docs/%2e%2e/items") == 400


def test_security_txt_is_for_strangers() -> None:
    assert status(policy(document=shop()), "GET", "/.well-known/security.txt") == 0
    assert status(policy(document=shop()), "POST", "/.well-known/security.txt") == 401


def test_a_document_without_any_security_is_closed_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert status(policy(document=shop()), "GET", "/items") == 401
        assert not caplog.messages
        policy(document=api())
    assert any("2 operations are open in the document and not in the policy" in each for each in caplog.messages)


def test_without_an_issuer_there_is_no_stage_and_the_start_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        Compiled(Config(), shop())
    assert any("who calls is not checked" in each for each in caplog.messages)
    assert sum("who calls is not checked" in each for each in caplog.messages) == 1


@pytest.mark.parametrize(
    "plain",
    [{"only": [ID]}, {"processing": {"all-endpoints-authenticated": {}}},
     {"processing": {"all-endpoints-authenticated": {"public": ["GET /health"]}}}],
)  # fmt: skip
def test_asking_for_it_by_name_without_an_issuer_is_a_mistake(plain: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="no issuer is known"):
        from_plain(plain)


def test_the_applications_own_401_gets_a_challenge_and_keeps_its_own() -> None:
    closed = policy(document=api())
    asked = exchange("GET", "/items", [bearer(token())])
    assert head(answer(closed, asked, 401, []), "www-authenticate") == 'Bearer realm="api"'
    own = answer(closed, asked, 401, [("www-authenticate", "DPoP")])
    assert [value for name, value in own.headers if name == b"www-authenticate"] == [b"DPoP"]
    assert head(answer(closed, asked, 200, []), "www-authenticate") is None


def test_through_a_guard_the_application_is_asked_for_those_who_are_somebody() -> None:
    guard = Guard(
        tiny(),
        Config(issuers={"main": issuer()}, controls={"beyond.host-and-proxy-trust": {"hosts": ["api.test"]}}),
        api=api(),
    )
    assert through(guard, exchange("GET", "/items")).status == 401
    assert through(guard, exchange("GET", "/items", [bearer(token())])).status == 200
    assert through(guard, exchange("GET", "/unknown")).status == 404  # there is nothing to authenticate for
    late = token(exp=int(time.time()) - 3600, iat=int(time.time()) - 4000)
    assert through(guard, exchange("GET", "/items", [bearer(late)])).status == 401
