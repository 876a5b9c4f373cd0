"""A small budget finds what matters most, and an audit that is repeated finds the same."""

from __future__ import annotations

import asyncio

import pytest

from ostiary.audit.report.json import plain
from ostiary.audit.result import Report
from ostiary.audit.run import audit
from ostiary.demo.loop import bundled, shop
from ostiary.model import Outcome

SMALL = 300
FIRST = frozenset({"identity", "authorization"})


def audited(budget: int | None) -> Report:
    with shop() as url:
        subject = bundled(url)
        return asyncio.run(
            audit(
                url,
                api=subject.api,
                config=subject.config,
                identities=subject.identities,
                budget=budget,
                seed=7,
            )
        )


@pytest.fixture(scope="module")
def small() -> Report:
    return audited(SMALL)


def test_three_hundred_requests_find_every_fault_of_identity_and_authorization(small: Report) -> None:
    unlimited = audited(20_000)
    whole = {each.id for each in unlimited.failures if each.stage in FIRST}
    assert len(whole) >= 5
    assert {each.id for each in small.failures if each.stage in FIRST} == whole
    assert small.used - small.cleaning <= SMALL
    assert not {each.id for each in small.results if each.stage in FIRST} & set(small.unreached)
    for each in small.results:  # what was not reached is not taken for kept
        assert each.id not in small.unreached or each.outcome not in {Outcome.PASS, Outcome.NOT_APPLICABLE}


def test_the_same_seed_finds_the_same(small: Report) -> None:
    def findings(report: Report) -> list[tuple[str, ...]]:
        said = plain(report)["controls"]
        keys = ("id", "outcome", "severity", "confidence", "fingerprint", "why")
        return [(*(each[key] for key in keys), *each["places"]) for each in said]

    assert findings(audited(SMALL)) == findings(small)
