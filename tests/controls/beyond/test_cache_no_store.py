from __future__ import annotations

import asyncio
from typing import Any

import pytest

from exchanges import answer, api_of, compiled, exchange, head
from inside import audited, loop, replying
from ostiary.controls.beyond.cache_no_store.live import audit_live, fault_of
from ostiary.evidence import Asked
from ostiary.model import Outcome
from recorded import Recorded, said
from samples import every, sample

JSON = ("content-type", "application/json")
API = api_of(
    {
        "/me": {"get": {"responses": {}, "security": [{"key": []}]}},
        "/news": {"get": {"responses": {}}},
        "/login": {"post": {"responses": {}}},
    },
    components={"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Shop-Key"}}},
)
PUBLIC = api_of({"/news": {"get": {"responses": {}}}})
CREDENTIALS = {"alice": (("x-shop-key", "k"),)}


def careless(asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
    if asked.target == "/me" and not any(name == "x-shop-key" for name, _ in asked.headers):
        return 401, [JSON], b"{}"
    if asked.target == "/login":
        return 200, [JSON, ("set-cookie", "s=1")], b'{"access_token": "abcdefghijklmnop"}'
    return 200, [JSON, ("cache-control", "private, max-age=60"), ("expires", "x")], b"{}"


def test_guard_closes_what_the_audit_finds() -> None:
    assert loop("beyond.cache-no-store", replying(careless), API, credentials=CREDENTIALS) == ["FAIL", "PASS"]


def caching(
    target: str, sent: list[tuple[str, str]], status: int, came: list[tuple[str, str]], **settings: Any
) -> str | None:
    policy = compiled(API, only=["beyond.cache-no-store"], controls={"beyond.cache-no-store": settings})
    reply = answer(policy, exchange("GET", target, sent), status, came)
    values = [value.decode() for name, value in reply.headers if name == b"cache-control"]
    assert len(values) < 2
    return values[0] if values else None


PUBLIC_AGE = [("cache-control", "public, max-age=60"), ("surrogate-control", "max-age=9"), ("etag", '"1"')]


@pytest.mark.parametrize(
    ("target", "sent", "status", "came", "left"),
    [
        ("/me", [], 200, PUBLIC_AGE, "no-store"),
        ("/news", [], 200, PUBLIC_AGE, "public, max-age=60"),
        ("/news", [], 200, [], None),
        ("/news", [("authorization", "Bearer x")], 200, PUBLIC_AGE, "no-store"),
        ("/news", [("cookie", "a=b")], 200, [], "no-store"),
        ("/news", [("x-shop-key", "k")], 200, PUBLIC_AGE, "no-store"),
        ("/news", [], 200, [*PUBLIC_AGE, ("set-cookie", "a=b")], "no-store"),
        ("/news", [], 404, PUBLIC_AGE, "no-store"),
        ("/news", [], 304, PUBLIC_AGE, "public, max-age=60"),
    ],
)
def test_what_may_be_kept(target: str, sent: Any, status: int, came: Any, left: str | None) -> None:
    assert caching(target, sent, status, came) == left


def test_the_reviewed_exception_keeps_its_own_words_but_for_errors_and_cookies() -> None:
    bearer = [("authorization", "Bearer x")]
    assert caching("/me", bearer, 200, PUBLIC_AGE, cacheable=True) == "public, max-age=60"
    assert caching("/me", bearer, 500, PUBLIC_AGE, cacheable=True) == "no-store"
    assert caching("/me", bearer, 200, [*PUBLIC_AGE, ("set-cookie", "a=b")], cacheable=True) == "no-store"


def test_nothing_but_caching_changes() -> None:
    reply = answer(
        compiled(API, only=["beyond.cache-no-store"]), exchange("GET", "/me"), 200, [*PUBLIC_AGE, ("pragma", "x")]
    )
    assert (head(reply, "etag"), head(reply, "surrogate-control"), head(reply, "pragma")) == ('"1"', None, None)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("no-store", ""),
        ("No-Store", ""),
        ("private, no-cache, no-store, max-age=0, must-revalidate", ""),  # Rails, Spring Security, Django's never_cache
        ("max-age=0, no-cache, no-store", ""),
        ("private", "private still"),
        ("no-cache", "no-cache still"),
        ("public, max-age=600", "shared"),
        ("s-maxage=10", "shared"),
        ('no-cache="no-store"', "no-cache still"),
        ("max-age=0", "no Cache-Control: no-store"),
        ("x-no-store", "no Cache-Control: no-store"),
        ("no store", "no Cache-Control: no-store"),
    ],
)
def test_reads_cache_control(value: str, fault: str) -> None:
    found = fault_of(said(200, [("cache-control", value)], "{}"))
    assert found == "" if not fault else fault in found


def test_two_lines_are_one_list() -> None:
    assert fault_of(said(200, [("cache-control", "private"), ("cache-control", "no-store")], "{}")) == ""


@pytest.mark.parametrize(("server", "recorded"), every("cookie"))
def test_no_recorded_server_protects_a_cookie_by_default(server: str, recorded: Any) -> None:
    outcome = asyncio.run(audit_live(Recorded([recorded]))).outcome
    assert outcome is (
        Outcome.PASS if server.startswith("php") and "no-store" in str(recorded.headers) else Outcome.FAIL
    )


def test_without_credentials_nothing_private_can_be_seen() -> None:
    app = replying(lambda asked: careless(asked) if asked.target != "/login" else (401, [JSON], b"{}"))
    assert audited("beyond.cache-no-store", app, API).outcome is Outcome.UNKNOWN


def test_public_data_is_not_concerned() -> None:
    assert audited("beyond.cache-no-store", replying(careless), PUBLIC).outcome is Outcome.NOT_APPLICABLE


def test_a_reply_that_everybody_gets_is_not_private_though_credentials_were_sent() -> None:
    api = api_of({"/news": {"get": {"responses": {}}}})
    found = audited("beyond.cache-no-store", replying(careless), api, credentials=CREDENTIALS)
    assert found.outcome is not Outcome.FAIL
    assert sample("fastapi-0.165.0", "ok-json").head("cache-control") is None
