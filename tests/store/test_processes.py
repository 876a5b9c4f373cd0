"""Several real processes share what they may do: exactly where it is a quota or a guess, within 5 % where it is leased."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from store.crowd import crowd, together
from store.places import LIVE, address

CROWD = 8
HOT = (2000.0, 1.0, 1000.0)  # 2,000 per second, 1,000 at once


@pytest.fixture(params=["sqlite", *LIVE])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return address(request.param, request, tmp_path)


def test_a_quota_of_a_thousand_admits_exactly_a_thousand_from_eight_processes(url: str) -> None:
    admitted = crowd(CROWD, url, "quota", tries=320, limit=1000, until=time.time() + 3600)
    assert sum(admitted) == 1000


def test_fifty_parallel_guesses_from_four_processes_test_no_more_than_the_tries(url: str) -> None:
    assert sum(crowd(4, url, "guesses", tries=50)) == 5


def test_of_eight_processes_one_is_first_and_one_runs_a_request(url: str) -> None:
    found = crowd(CROWD, url, "races", keys=100)
    for race in ("first", "new"):
        assert sorted(key for each in found for key in each[race]) == list(range(100))


@pytest.mark.parametrize(("which", "rate"), [("exact", (1, 86_400, 500)), ("counters", (10, 60, 10))])
def test_exact_counters_and_small_ones_give_a_burst_and_not_a_unit_more(
    url: str, which: str, rate: tuple[int, int, int]
) -> None:
    """Ten per minute are ten, though eight processes lease."""
    found = crowd(CROWD, url, "take", which=which, rate=rate, seconds=1.0, pause=0.001)
    assert sum(each["given"] for each in found) == rate[2]


def test_leased_counters_under_a_flood_stay_within_five_percent_of_the_rate(
    url: str, record_property: Callable[[str, object], None]
) -> None:
    found = crowd(CROWD, url, "take", which="counters", rate=HOT, seconds=2.0, pause=0.0005)
    allowed = HOT[2] + HOT[0] / HOT[1] * together(found)
    given = sum(each["given"] for each in found)
    record_property("given of allowed", given / allowed)
    assert sum(each["refused"] for each in found) > 0, "the flood was none"
    assert given <= allowed * 1.05
    assert given >= allowed * 0.90  # of what a busy machine lets eight processes ask for


def test_leased_counters_refuse_nobody_who_stays_below_the_rate(url: str) -> None:
    """Eight processes together ask for 80 % of the rate: what one has leased, another does not miss."""
    found = crowd(CROWD, url, "take", which="counters", rate=(1000, 1, 500), seconds=2.0, pause=0.01)
    assert sum(each["refused"] for each in found) == 0
    assert sum(each["given"] for each in found) > 500
