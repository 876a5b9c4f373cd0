"""What is asked first, and what that means for a small budget."""

from __future__ import annotations

from collections import Counter

import pytest

from ostiary import catalogue
from ostiary.audit.stages import STAGES, stage_of, staged, step_of
from ostiary.model import Kind, Probe

STEPS = [step.id for stage in STAGES for step in stage.steps]
NAMES = [stage.name for stage in STAGES]


@pytest.mark.parametrize("control_id", catalogue.ids())
def test_whatever_has_a_live_check_has_one_place_and_a_price(control_id: str) -> None:
    """Without one its requests would be nobody's plan."""
    live = Kind.LIVE in catalogue.control(control_id).audits
    assert Counter(STEPS)[control_id] == 1 if live else Counter(STEPS)[control_id] <= 1


def test_no_step_is_of_a_control_that_is_not_there() -> None:
    assert set(STEPS) <= set(catalogue.ids())


def test_who_calls_and_what_they_may_comes_before_injection_and_limits_last() -> None:
    order = [
        "document",
        "session",
        "observe",
        "identity",
        "authorization",
        "protocol",
        "injection",
        "intrusive",
        "limits",
    ]
    assert order == NAMES


def test_early_stages_cannot_eat_the_budget_of_authentication_and_authorization() -> None:
    before = [stage.share for stage in STAGES if stage.name in {"session", "observe"}]
    assert sum(before) <= 0.6


def test_controls_are_asked_in_the_order_of_the_stages() -> None:
    ids = ["access.throttling", "input.injection-xss", "userdata.ownership-check", "output.nosniff", "ci.sast"]
    found = [(stage.name, here) for stage, here in staged(ids)]
    assert found == [
        ("document", ["ci.sast"]),
        ("observe", ["output.nosniff"]),
        ("authorization", ["userdata.ownership-check"]),
        ("injection", ["input.injection-xss"]),
        ("limits", ["access.throttling"]),
    ]


@pytest.mark.parametrize("tight", [False, True])
def test_every_control_is_in_exactly_one_stage(*, tight: bool) -> None:
    asked = [each for _, here in staged(catalogue.ids(), tight=tight) for each in here]
    assert sorted(asked) == sorted(catalogue.ids())


def test_a_small_budget_goes_to_what_attackers_try_first() -> None:
    ids = [
        "output.nosniff",
        "oauth.state-required",
        "jwt.verify-before-use",
        "input.gateway-caching",
        "userdata.ownership-check",
    ]
    asked = [each for _, here in staged(ids, tight=True) for each in here]
    assert asked == [
        "jwt.verify-before-use",
        "userdata.ownership-check",
        "oauth.state-required",
        "input.gateway-caching",
        "output.nosniff",
    ]


def test_what_counts_or_times_runs_alone() -> None:
    limits = STAGES[-1]
    assert limits.alone
    assert limits.measures
    for control_id in ("access.throttling", "input.rate-spike-arrest", "beyond.redos", "auth.login-jail"):
        assert stage_of(control_id, catalogue.control("access.throttling")) is limits


def test_reading_answers_changes_nothing() -> None:
    observe = next(stage for stage in STAGES if stage.name == "observe")
    passive = [step for step in observe.steps if catalogue.control(step.id).probe is Probe.PASSIVE]
    assert passive
    assert not any(step.changes for step in observe.steps)


def test_a_control_that_nobody_placed_has_a_price_all_the_same() -> None:
    assert step_of("nobody.knows").fixed > 0
