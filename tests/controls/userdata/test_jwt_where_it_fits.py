"""Where a kind of token was chosen, no other is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from exchanges import ask, compiled, exchange
from minting import mint, shared
from ostiary.errors import ConfigError
from ostiary.parts.issuers import Issuer
from ostiary.parts.tokens import introspection

ONLY = ["userdata.jwt-where-it-fits"]


class _Asked:
    keep = 30.0

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    async def ask(self, token: str) -> Mapping[str, Any] | None:
        return {"sub": "user-1"} if token == "opaque" else None


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(introspection, "Introspector", _Asked)


def status(token: str, *accepts: str, issuer: Issuer | None = None) -> int:
    issuer = issuer or shared(introspection="https://id.test/introspect")
    policy = compiled(only=ONLY, issuers={"main": issuer}, controls={ONLY[0]: {"accepts": list(accepts)}})
    reply = ask(policy, exchange("GET", "/items", [("authorization", f"Bearer {token}")]))
    return 0 if reply is None else reply.status


@pytest.mark.parametrize(
    ("accepts", "signed", "opaque"), [(["jwt"], 0, 401), (["opaque"], 401, 0), (["jwt", "opaque"], 0, 0), ([], 0, 0)]
)
def test_only_what_was_chosen_is_accepted(accepts: list[str], signed: int, opaque: int) -> None:
    assert status(mint("HS256"), *accepts) == signed
    assert status("opaque", *accepts) == opaque


def test_a_kind_that_no_issuer_gives_stops_the_start() -> None:
    with pytest.raises(ConfigError, match="which no issuer is asked about"):
        status("opaque", "opaque", issuer=shared())


def test_a_kind_that_does_not_exist_stops_the_start() -> None:
    with pytest.raises(ConfigError):
        status("opaque", "saml")
