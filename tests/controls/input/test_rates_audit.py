"""Quotas are read, spikes and slow calls made in small numbers; what is not seen is not said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from exchanges import api_of
from ostiary.controls.input.rate_concurrency.live import audit_live as concurrency
from ostiary.controls.input.rate_quota.live import audit_live as quota
from ostiary.controls.input.rate_quota.spec import audit_spec as quota_spec
from ostiary.controls.input.rate_spike_arrest import live as spike_live
from ostiary.controls.input.rate_spike_arrest.live import audit_live as spike
from ostiary.evidence import Answer, Asked, Spec
from ostiary.model import Confidence, Finding, Outcome
from recorded import Recorded, said

API = api_of({"/items": {"get": {}}, "/slow": {"get": {}}})
Pairs = Sequence[tuple[str, str]]


def counting(*fields: Callable[[int], tuple[str, str]]) -> Callable[[Asked], Answer]:
    turn = 0

    def answering(_: Asked) -> Answer:
        nonlocal turn
        turn += 1
        return said(200, [each(turn) for each in fields])

    return answering


def asked(audit: Any, answering: Callable[[Asked], Answer]) -> Finding:
    finding = asyncio.run(audit(Recorded(answering=answering, api=API)))
    assert isinstance(finding, Finding)
    return finding


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        (
            [
                lambda n: ("ratelimit-policy", '"day";q=1000;w=86400'),
                lambda n: ("ratelimit", f'"day";r={1000 - n};t=80000'),
            ],
            "PASS",
        ),
        ([lambda n: ("x-ratelimit-remaining-hour", str(500 - n))], "PASS"),
        ([lambda n: ("x-ratelimit-remaining", str(5000 - n)), lambda n: ("x-ratelimit-reset", "40000")], "PASS"),
        ([lambda n: ("x-ratelimit-remaining-hour", "500")], "UNKNOWN"),
        ([lambda n: ("ratelimit-policy", '"m";q=60;w=60'), lambda n: ("ratelimit", f'"m";r={60 - n};t=50')], "UNKNOWN"),
        ([lambda n: ("x-ratelimit-remaining", str(60 - n))], "UNKNOWN"),
        ([], "UNKNOWN"),
    ],
)
def test_a_quota_is_long_and_falls(fields: list[Callable[[int], tuple[str, str]]], outcome: str) -> None:
    assert asked(quota, counting(*fields)).outcome.value == outcome


def test_a_document_speaks_of_quotas_or_does_not() -> None:
    told = api_of({"/items": {"get": {"description": "Free plans have 1000 requests per day."}}})
    assert asyncio.run(quota_spec(Spec(api=told))).outcome is Outcome.PASS
    assert asyncio.run(quota_spec(Spec(api=API))).outcome is Outcome.UNKNOWN


def arresting(allowed: int, *fields: tuple[str, str]) -> Callable[[Asked], Answer]:
    left = allowed

    def answering(_: Asked) -> Answer:
        nonlocal left
        left -= 1
        return said(200, fields) if left >= 0 else said(429)

    return answering


def test_a_spike_that_is_arrested_passes_and_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spike_live, "PAUSE", 0.0)
    finding = asked(spike, arresting(17))
    assert finding.outcome is Outcome.PASS
    assert "429" in finding.why


def test_a_spike_that_nothing_flattens_is_found_tentatively() -> None:
    finding = asked(spike, arresting(1000))
    assert (finding.outcome, finding.confidence) == (Outcome.FAIL, Confidence.TENTATIVE)
    assert finding.facts["calls"] == 40


def test_an_advertised_limit_is_none_for_seconds_or_is() -> None:
    assert asked(spike, arresting(1000, ("ratelimit-policy", '"s";q=200;w=10'))).outcome is Outcome.PASS
    assert asked(spike, arresting(1000, ("x-ratelimit-remaining", "900"))).outcome is Outcome.UNKNOWN


def test_a_target_that_errs_is_left_alone() -> None:
    turn = 0

    def failing(_: Asked) -> Answer:
        nonlocal turn
        turn += 1
        return said(200 if turn < 14 else 500)

    http = Recorded(answering=failing, api=API)
    assert asyncio.run(spike(http)).outcome is Outcome.UNKNOWN
    assert len(http.sent) < 30


class Loaded(Recorded):
    """A slow read and a quick one; what many slow ones do to the quick one is the test's."""

    def __init__(self, beside: Callable[[int], float], most: int = 1000, slow: float = 0.2) -> None:
        super().__init__(api=API)
        self.beside, self.most, self.slow, self.busy = beside, most, slow, 0

    async def send(self, method: str, target: str, **rest: Any) -> Answer:
        seconds = self.beside(self.busy)
        status = 200
        if target == "/slow":
            self.busy += 1
            try:
                status = 429 if self.busy > self.most else 200
                seconds = self.slow
                await asyncio.sleep(0.06)
            finally:
                self.busy -= 1
        return Answer(asked=Asked(method=method, target=target), status=status, seconds=seconds)


def test_slow_calls_that_hold_up_others_are_found() -> None:
    finding = asyncio.run(concurrency(Loaded(lambda busy: 0.01 + 0.1 * busy)))
    assert finding.outcome is Outcome.FAIL
    assert finding.places == ("GET /slow", "GET /items")


def test_a_cap_passes_and_none_that_is_seen_gives_no_verdict() -> None:
    assert asyncio.run(concurrency(Loaded(lambda _: 0.01, most=4))).outcome is Outcome.PASS
    assert asyncio.run(concurrency(Loaded(lambda _: 0.01))).outcome is Outcome.UNKNOWN
    assert asyncio.run(concurrency(Loaded(lambda _: 0.01, slow=0.02))).outcome is Outcome.UNKNOWN
