"""Tokens end, soon, and clocks may differ by a little."""

from __future__ import annotations

import time
from typing import Any

import pytest

from exchanges import ask, compiled, exchange
from minting import In, mint, shared
from ostiary.errors import ConfigError
from ostiary.guard.site import Compiled
from ostiary.model import Exchange
from ostiary.strict import Duration

ONLY = ["jwt.access-ttl-short"]


def policy(**settings: Any) -> Compiled:
    return compiled(only=ONLY, issuers={"main": shared()}, controls={ONLY[0]: settings})


def request(**claims: Any) -> Exchange:
    return exchange("GET", "/items", [("authorization", f"Bearer {mint('HS256', **claims)}")])


def refusal(made: Compiled, **claims: Any) -> str:
    reply = ask(made, request(**claims))
    if reply is None:
        return ""
    assert reply.status == 401
    assert (b"www-authenticate", b'Bearer error="invalid_token"') in reply.headers
    return reply.body.decode()


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": None}, "never expires"),
        ({"exp": In(-40), "iat": In(-400)}, "has expired"),
        ({"exp": In(3700), "iat": In(0)}, "lives too long"),
        ({"exp": In(86400), "iat": None}, "lives too long"),
        ({"exp": In(10), "iat": In(-7200)}, "lives too long"),
    ],
)
def test_what_lives_too_long_is_refused(claims: dict[str, Any], reason: str) -> None:
    assert reason in refusal(policy(), **claims)


@pytest.mark.parametrize(
    "claims",
    [{}, {"exp": In(-10), "iat": In(-400)}, {"exp": In(3590), "iat": In(0)}, {"exp": In(600), "iat": None}],
)
def test_a_short_life_passes_and_a_clock_may_be_a_little_off(claims: dict[str, Any]) -> None:
    assert refusal(policy(), **claims) == ""


def test_the_ceiling_can_be_set() -> None:
    assert "lives too long" in refusal(policy(longest="5m"))
    assert refusal(policy(longest="1d"), exp=In(86000)) == ""
    with pytest.raises(ConfigError, match="so short"):
        policy(longest="1ms")


def test_it_ends_while_it_is_remembered() -> None:
    ahead = 0.0
    made = Compiled(policy().config, None, now=lambda: time.time() + ahead)
    token = request()
    assert ask(made, token) is None
    ahead = 700.0
    again = exchange("GET", "/items", [("authorization", (token.head(b"authorization") or b"").decode())])
    reply = ask(made, again)
    assert reply is not None
    assert reply.status == 401


def test_nobody_has_no_token_to_expire() -> None:
    assert ask(policy(), exchange("GET", "/items")) is None


def test_a_forged_token_is_refused_here_too() -> None:
    """It verifies itself where the controls before it are off."""
    bad = exchange("GET", "/items", [("authorization", f"Bearer {mint('HS256', 1)}")])
    reply = ask(policy(), bad)
    assert reply is not None
    assert reply.status == 401


def test_the_ceiling_is_a_duration() -> None:
    assert policy(longest=Duration("10m")) is not None
