"""Resets of an API with its version in the path: each version is asked, and a PIN of three digits is a code."""

from __future__ import annotations

import pytest

from ledger import asked
from ostiary.model import Outcome


def test_an_older_version_that_tells_the_pin_is_found() -> None:
    result = asked("account.otp-not-in-response", "tells")
    assert result.outcome is Outcome.FAIL, result.why
    assert "/debug_info/pin" in result.why
    assert asked("account.otp-not-in-response").outcome is Outcome.PASS


def test_a_right_code_after_wrong_ones_proves_that_they_are_not_counted() -> None:
    """Also where a wrong code and none are answered alike."""
    result = asked("account.auth-endpoint-limits", "tells", "unlimited")
    assert result.outcome is Outcome.FAIL, result.why
    assert "and then the right one" in result.why
    assert asked("account.auth-endpoint-limits", "tells").outcome is not Outcome.FAIL


@pytest.mark.parametrize("control", ["account.reset-token-random", "account.reset-token-single-use"])
def test_the_pin_is_the_secret_of_the_reset(control: str) -> None:
    why = asked(control, "tells", "unlimited").why
    assert "only the mailbox" not in why
    assert "knows no password reset" not in why
