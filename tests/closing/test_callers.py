"""How callers are told apart: by a key, by the issuer's keys, by asking the API; never by guessing."""

from __future__ import annotations

from typing import Any

from ostiary.audit.knowledge import Caller, Knowledge, TokenFacts
from ostiary.closing.callers import KEY, callers
from ostiary.config import Config
from ostiary.guard.site import Compiled

SECRET = "kV3sYw9QpZ1tRf8LbN6xHc4JdG7mUa2EoSiT5qWv"  # of nobody
CLAIMS = {"iss": "shop", "sub": "17", "exp": 2_000_000_000}
PROFILE = {"data": {"id": 17, "email": "a@example.com"}}


def known(algorithm: str = "HS256", *, me: str = "", scheme: str = "Bearer", **more: Any) -> Knowledge:
    facts = TokenFacts(
        identity="alice", header="Authorization", algorithm=algorithm, issuer=more.pop("issuer", "shop"), type="JWT"
    )
    caller = Caller(claims=CLAIMS, profile=PROFILE if me else {})
    return Knowledge(
        owner="alice",
        tokens=(facts,) if algorithm else (),
        me=me,
        callers={"alice": caller},
        credentials={"alice": (("Authorization", f"{scheme} x.y.z"),)},
    )


def test_a_key_from_the_environment_verifies() -> None:
    found = callers(known(), {KEY: SECRET})
    assert found.verifies
    assert found.issuer["key"] == {"env": KEY}
    assert SECRET not in str(found.issuer)
    assert found.claims["sub"] == "17"


def test_a_table_with_a_key_is_one_that_the_guard_takes(monkeypatch: Any) -> None:
    monkeypatch.setenv(KEY, SECRET)
    issuer = callers(known(), {KEY: SECRET}).issuer
    assert Compiled(Config(issuers={"api": issuer}), None).site.tokens is not None  # type: ignore[dict-item]


def test_without_a_key_the_api_is_asked_and_the_operator_told() -> None:
    found = callers(known(me="GET /me"), {})
    assert not found.verifies
    assert found.issuer == {"userinfo": "/me", "subject-claim": "data.id", "required": []}
    assert found.claims["data.email"] == "a@example.com"
    assert KEY in found.why
    assert Compiled(Config(issuers={"api": found.issuer}), None).site.tokens is not None  # type: ignore[dict-item]


def test_another_word_before_the_token_is_kept() -> None:
    assert callers(known(me="GET /me", scheme="Token"), {}).issuer["scheme"] == "Token"


def test_where_nothing_is_known_nobody_is_told_apart_and_it_is_asked() -> None:
    found = callers(known(), {})
    assert not found.issuer
    assert any(KEY in each for each in found.asks)


def test_published_keys_are_used() -> None:
    found = callers(known("RS256"), {}, "https://id.example/jwks")
    assert found.issuer["jwks"] == "https://id.example/jwks"
    assert found.issuer["algorithms"] == ["RS256"]
    assert callers(known("RS256", issuer="https://id.example"), {}).issuer["issuer"] == "https://id.example"
    assert not callers(known("RS256"), {}).issuer


def test_opaque_tokens_are_the_apis_own_to_tell() -> None:
    assert callers(known("", me="GET /me"), {}).issuer["userinfo"] == "/me"
    assert not callers(known(""), {}).issuer


def test_cookies_tell_nobody_apart() -> None:
    told = Knowledge(
        owner="alice",
        me="GET /me",
        callers={"alice": Caller(profile=PROFILE)},
        credentials={"alice": (("Cookie", "session=1"),)},
    )
    assert not callers(told, {}).issuer


def test_the_first_word_of_a_secret_is_no_scheme() -> None:
    for secret in ("s3cr3t-key rest", "abcdefghijklmnopqrstuvwxyz rest"):
        told = Knowledge(
            owner="alice",
            me="GET /me",
            callers={"alice": Caller(profile=PROFILE)},
            credentials={"alice": (("Authorization", secret),)},
        )
        assert not callers(told, {}).issuer
