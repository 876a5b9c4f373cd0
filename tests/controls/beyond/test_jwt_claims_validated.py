"""A token is for this service, of this kind, of now; the forged ones are in tests/parts/tokens/test_forgeries.py."""

from __future__ import annotations

from typing import Any

import pytest

from exchanges import ask, compiled, exchange
from minting import AUDIENCE, In, mint, shared
from ostiary.parts.issuers import Issuer
from ostiary.strict import Duration

ONLY = ["beyond.jwt-claims-validated"]


def refusal(issuer: Issuer | None = None, header: dict[str, Any] | None = None, **claims: Any) -> str:
    policy = compiled(only=ONLY, issuers={"main": issuer or shared()})
    made = exchange("GET", "/items", [("authorization", f"Bearer {mint('HS256', header=header, **claims)}")])
    reply = ask(policy, made)
    if reply is None:
        return ""
    assert reply.status == 401
    assert (b"www-authenticate", b'Bearer error="invalid_token"') in reply.headers
    return reply.body.decode()


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": "https://elsewhere.test"}, "not for this service (aud)"),
        ({"aud": None}, "not for this service (aud)"),
        ({"header": {"typ": "secevent+jwt"}}, "not an access token (typ)"),
        ({"header": {"typ": "JWT"}, "nonce": "n"}, "not an access token (typ)"),
        ({"iat": None}, "iat is missing or wrong"),
        ({"sub": None}, "sub is missing or wrong"),
        ({"nbf": "soon"}, "nbf is missing or wrong"),
        ({"nbf": In(90)}, "not valid yet (nbf)"),
        ({"iat": In(90)}, "issued in the future (iat)"),
        ({"iat": In(-700), "exp": In(-31)}, "has expired"),  # also where jwt.access-ttl-short is off
        ({"exp": 0}, "exp is missing or wrong"),
        ({"cnf": {"jwk": {"kty": "EC"}}}, "cnf is missing or wrong"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_of_the_token_is_repeated(claims: dict[str, Any], reason: str) -> None:
    said = refusal(**claims)
    assert reason in said
    assert "elsewhere" not in said
    assert "soon" not in said


@pytest.mark.parametrize(
    "claims",
    [
        {}, {"aud": ["https://elsewhere.test", AUDIENCE]}, {"nbf": In(20)}, {"iat": In(20)}, {"nbf": In(-5)},
        {"iat": In(-700), "exp": In(-20)},
        {"header": {"typ": "JWT"}}, {"header": {"typ": "application/at+jwt"}}, {"cnf": {"jkt": "x"}},
    ],
)  # fmt: skip
def test_an_honest_token_passes(claims: dict[str, Any]) -> None:
    assert refusal(**claims) == ""


def test_what_is_required_is_the_issuers_to_say() -> None:
    lax = shared(required=("exp",), types=("at+jwt", ""), audience=())
    assert refusal(lax, iat=None, sub=None, aud=None) == ""
    assert refusal(lax, aud="https://elsewhere.test") == ""
    assert "typ" in refusal(lax, {"typ": "JWT"})
    assert "tenant is missing or wrong" in refusal(shared(required=("iss", "aud", "tenant")))


def test_how_far_clocks_may_differ_is_the_issuers_to_say() -> None:
    assert "not valid yet" in refusal(shared(leeway=Duration("5s")), nbf=In(25))
    assert refusal(shared(leeway=Duration("60s")), nbf=In(50)) == ""


def test_nobody_has_no_claims() -> None:
    assert ask(compiled(only=ONLY, issuers={"main": shared()}), exchange("GET", "/items")) is None
