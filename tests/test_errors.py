"""Errors say where, what and what to do; facts about them live on them."""

from __future__ import annotations

import pytest

from ostiary import errors
from ostiary.errors import ConfigError, Denied, OstiaryError, StoreError, Unanswerable


def test_a_config_error_is_one_line() -> None:
    error = ConfigError("ostiary.toml: [jwt]", "no such key 'isuer'", "did you mean 'issuer'?")
    assert str(error) == "ostiary.toml: [jwt]: no such key 'isuer' (did you mean 'issuer'?)"
    assert str(ConfigError("a", "b")) == "a: b"
    assert (error.where, error.problem, error.hint) == (
        "ostiary.toml: [jwt]",
        "no such key 'isuer'",
        "did you mean 'issuer'?",
    )


def test_a_denial_carries_status_reason_headers_and_faults() -> None:
    denied = Denied(405, "not declared", {"allow": "GET"}, faults=[("/a", "minimum")])
    assert (denied.status, denied.reason, denied.headers, denied.faults) == (
        405,
        "not declared",
        {"allow": "GET"},
        [("/a", "minimum")],
    )
    assert Denied(400, "x").headers == {}


@pytest.mark.parametrize("kind", [ConfigError, Denied, StoreError, Unanswerable])
def test_there_is_one_tree_and_its_drawing_is_complete(kind: type[OstiaryError]) -> None:
    assert issubclass(kind, OstiaryError)
    assert kind.__name__ in (errors.__doc__ or "")
