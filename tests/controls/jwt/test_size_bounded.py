"""What is too large is refused before it is looked at."""

from __future__ import annotations

from typing import Any

import pytest

from exchanges import ask, compiled, exchange, through, tiny
from minting import mint, shared
from ostiary.config import Config
from ostiary.errors import ConfigError
from ostiary.guard.app import Guard
from ostiary.parts.tokens import Tokens

ONLY = ("jwt.size-bounded",)


def status(*headers: tuple[str, str], **settings: Any) -> int:
    reply = ask(compiled(only=ONLY, controls={ONLY[0]: settings}), exchange("GET", "/items", headers))
    return 0 if reply is None else reply.status


def test_a_token_of_a_common_size_passes() -> None:
    assert status(("authorization", f"Bearer {mint('RS256')}")) == 0
    assert status(("authorization", "Bearer " + "x" * (4096 - 7))) == 0


@pytest.mark.parametrize("size", [4097, 16 * 1024, 64 * 1024])
def test_a_token_that_is_too_large_is_refused(size: int) -> None:
    assert status(("authorization", "x" * size)) == 431


def test_many_fields_are_too_large_together() -> None:
    fields = [(f"x-{number}", "v" * 1000) for number in range(17)]
    assert status(*fields[:15]) == 0
    assert status(*fields) == 431


def test_the_second_authorization_field_counts_as_well() -> None:
    assert status(("authorization", "Bearer a"), ("authorization", "x" * 5000)) == 431


def test_both_limits_can_be_set() -> None:
    assert status(("authorization", "x" * 6000), authorization="8KiB") == 0
    assert status(("authorization", "x" * 300), authorization="256B") == 431
    assert status(("x-a", "x" * 3000), authorization="1KiB", head="2KiB") == 431


@pytest.mark.parametrize("settings", [{"authorization": "16B"}, {"authorization": "8KiB", "head": "4KiB"}])
def test_limits_that_no_token_fits_stop_the_start(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="no room"):
        status(**settings)


def test_it_is_refused_before_any_cryptography(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(Tokens, "_read", never)
    guard = Guard(tiny(), Config(issuers={"main": shared()}, only=(*ONLY, "jwt.algorithm-pinned")))
    token = mint("HS256", pad="x" * 5000)
    assert through(guard, exchange("GET", "/items", [("authorization", f"Bearer {token}")])).status == 431
