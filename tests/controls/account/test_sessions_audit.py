"""Sessions under audit: what a throwaway account was handed out ends when it says so, or that is the finding."""

from __future__ import annotations

import asyncio
from functools import cache

import pytest

from loop import stage
from ostiary.audit.result import Result
from ostiary.audit.run import audit
from ostiary.demo import annex
from ostiary.model import Kind, Outcome, Severity

CONTROLS = (
    "account.logout-kills-session",
    "account.reset-kills-sessions",
    "jwt.refresh-ttl-bounded",
    "auth.no-homegrown",
)
CARELESS = {
    "account.logout-kills-session": "after its owner logged out",
    "account.reset-kills-sessions": "after its password was changed",
    "jwt.refresh-ttl-bounded": "works again after it was redeemed",
    "auth.no-homegrown": "refresh token",
}


@cache
def asked(*faults: str, intrusive: bool = True, register: bool = True) -> dict[str, Result]:
    with stage.serving(annex.make(faults), nameless=True) as port:
        report = asyncio.run(
            audit(f"http://127.0.0.1:{port}", only=CONTROLS, intrusive=intrusive, register=register, budget=1000)
        )
    return {each.id: each for each in report.results}


@pytest.mark.parametrize("control", CONTROLS)
def test_a_sound_api_is_not_accused(control: str) -> None:
    result = asked()[control]
    assert result.outcome is (Outcome.UNKNOWN if control == "auth.no-homegrown" else Outcome.PASS), result.why


@pytest.mark.parametrize("control", CONTROLS)
def test_a_careless_one_is_found_by_comparing(control: str) -> None:
    result = asked(control)[control]
    live = [each for each in result.findings if each.kind is Kind.LIVE]
    assert (live[0].outcome, CARELESS[control] in live[0].why) == (Outcome.FAIL, True), live[0].why
    assert live[0].proof
    assert {each.id for each in asked(control).values() if each.outcome is Outcome.FAIL} == {control}


def test_a_token_that_soon_ends_by_itself_costs_less() -> None:
    assert asked("account.logout-kills-session")["account.logout-kills-session"].severity is Severity.LOW  # ten minutes


def test_without_an_account_that_may_be_lost_nothing_is_said() -> None:
    found = asked(register=False)
    assert {each.outcome for each in found.values()} == {Outcome.UNKNOWN}


def test_nobody_is_logged_out_unless_the_operator_allows_it() -> None:
    found = asked(intrusive=False)
    for control in CONTROLS[:3]:
        assert "intrusive" in found[control].why
