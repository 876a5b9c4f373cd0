"""The algorithm is our key's; the table of forged tokens is in tests/parts/tokens/test_forgeries.py."""

from __future__ import annotations

from pathlib import Path

import jwt
import pytest

from exchanges import ask, compiled, exchange
from minting import b64, issuer, key, mint, pem, shared
from ostiary import catalogue
from ostiary.config import Config, check
from ostiary.errors import ConfigError
from ostiary.model import Exchange, Reply
from ostiary.strict import Secret

CONTROLS = ["jwt.algorithm-pinned", "jwt.strong-secret", "jwt.verify-before-use"]


def request(token: str) -> Exchange:
    return exchange("GET", "/items", [("authorization", f"Bearer {token}")])


@pytest.mark.parametrize("control", CONTROLS)
def test_each_of_them_alone_verifies(control: str, tmp_path: Path) -> None:
    policy = compiled(only=[control], issuers={"main": issuer(tmp_path, "ES256", "RS256")})
    honest = request(mint())
    assert ask(policy, honest) is None
    assert honest.principal is not None
    forged = request(mint("ES256", 1, {"kid": "es256-0"}))
    refusal = ask(policy, forged)
    assert isinstance(refusal, Reply)
    assert refusal.status == 401
    assert forged.principal is None


def test_a_public_key_is_no_shared_secret(tmp_path: Path) -> None:
    """The oldest confusion: HS256, keyed with what everybody can fetch."""
    made = jwt.get_algorithm_by_name("HS256")  # encode() itself would refuse such a key
    header = b64('{"alg":"HS256","typ":"at+jwt","kid":"rs256-0"}')
    signed = f"{header}.{mint('RS256').split('.')[1]}"
    token = f"{signed}.{b64(made.sign(signed.encode(), pem(key('RS256')).encode()))}"
    policy = compiled(only=CONTROLS, issuers={"main": issuer(tmp_path, "RS256")})
    refusal = ask(policy, request(token))
    assert refusal is not None
    assert refusal.status == 401


def test_nobody_passes_here_who_brings_no_token() -> None:
    """Whether a token is needed is for processing.all-endpoints-authenticated to say."""
    made = exchange("GET", "/items")
    assert ask(compiled(only=CONTROLS, issuers={"main": shared()}), made) is None
    assert made.principal is None


def test_all_of_them_cost_one_look() -> None:
    policy = compiled(only=[*CONTROLS[:2]], issuers={"main": shared()})
    plan, _ = policy.route(exchange("GET", "/items"))
    assert sum("read" in getattr(hook, "__name__", "") for hook in plan._head) == 1


@pytest.mark.parametrize("control", CONTROLS)
def test_without_issuers_there_is_nothing_to_verify(control: str) -> None:
    made = request("whatever")
    assert ask(compiled(), made) is None or made.principal is None
    with pytest.raises(ConfigError):
        check(Config(only=(control,)))
    assert catalogue.control(control).guard is not None


def test_a_weak_secret_stops_the_start() -> None:
    weak = shared(key=Secret("my-super-secret-jwt-signing-key-2024-please-change"))
    with pytest.raises(ConfigError, match="made of words"):
        compiled(only=["jwt.strong-secret"], issuers={"main": weak})
