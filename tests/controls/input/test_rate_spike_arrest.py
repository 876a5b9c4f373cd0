"""A surge is flattened where it arrives, and what a page asks for at once is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from callers import Away, Remote, Watch, asked, kebab
from exchanges import api_of, ask, exchange, head
from ostiary.config import Config
from ostiary.controls.input.rate_spike_arrest.guard import Settings, guard
from ostiary.errors import ConfigError
from ostiary.guard.site import Compiled
from ostiary.model import Operation

ONLY = ("input.rate-spike-arrest",)
API = api_of({"/items": {"get": {}}, "/reports": {"get": {}}})
ITEMS = Operation(method="GET", path="/items")


def policy(watch: Watch, **settings: Any) -> Compiled:
    return Compiled(
        Config(only=ONLY, controls={"input.rate-spike-arrest": kebab(settings)}), API, clock=watch, now=watch
    )


def status(policy: Compiled, path: str = "/items", peer: str = "192.0.2.7") -> int:
    refusal = ask(policy, exchange("GET", path, peer=peer))
    return refusal.status if refusal else 200


def test_a_page_that_asks_for_a_hundred_things_at_once_gets_them_all_over_and_over() -> None:
    watch = Watch()
    made = policy(watch)
    for _ in range(20):
        assert {status(made) for _ in range(100)} == {200}
        watch.time += 1


def test_a_surge_of_one_source_is_cut_for_it_alone_and_over_in_a_second() -> None:
    watch = Watch()
    made = policy(watch)
    statuses = [status(made) for _ in range(1000)]
    assert statuses == [200] * 400 + [429] * 600
    assert status(made, "/reports") == 200
    assert status(made, peer="192.0.2.8") == 200
    watch.time += 1
    assert [status(made) for _ in range(1000)].count(200) == 200


def test_there_is_no_double_burst_at_any_boundary() -> None:
    watch = Watch(1_000_000.99)
    made = policy(watch, requests=10, burst=10)
    passed = 0
    for _ in range(200):  # two seconds, ten tries in every hundredth
        passed += [status(made) for _ in range(10)].count(200)
        watch.time += 0.01
    assert passed in {29, 30}  # the burst, and ten a second


def test_what_all_may_ask_of_one_operation_is_503_beyond_it() -> None:
    watch = Watch()
    made = policy(watch, shared=5)
    assert [status(made, peer=f"192.0.2.{at}") for at in range(7)] == [200] * 5 + [503] * 2
    assert status(made, "/reports") == 200
    refusal = ask(made, exchange("GET", "/items"))
    assert refusal is not None
    assert head(refusal, "retry-after") == "1"


def test_the_breaker_is_for_everything_together() -> None:
    watch = Watch()
    made = policy(watch, total=6)
    paths = ("/items", "/reports", "/nowhere")
    assert [status(made, paths[at % 3], f"192.0.2.{at}") for at in range(8)] == [200] * 6 + [503] * 2
    watch.time += 1
    assert status(made) == 200


def test_one_source_cannot_spend_what_is_everybodys() -> None:
    made = policy(Watch(), requests=2, burst=2, total=5)
    assert [status(made) for _ in range(50)].count(200) == 2
    assert [status(made, peer="192.0.2.8") for _ in range(2)] == [200, 200]


def test_zero_is_no_stage() -> None:
    assert guard(Settings(requests=0), ITEMS, policy(Watch()).site) is None


@pytest.mark.parametrize("remote", [False, True])
def test_gates_that_must_be_asked_are_asked_in_order(remote: bool) -> None:  # noqa: FBT001 - a column of the table
    watch = Watch()
    site = policy(watch).site
    counters = Remote(site.counters) if remote else site.counters
    made = guard(Settings(requests=3, burst=3, shared=6, total=7), ITEMS, replace(site, counters=counters))
    assert made is not None
    found = [asked(made.head, exchange("GET", "/items", peer=f"192.0.2.{at % 4}")) for at in range(12)]
    assert [denied and denied.status for denied in found] == [None] * 6 + [503] * 6
    again = asked(made.head, exchange("GET", "/items", peer="192.0.2.0"))
    assert again is not None
    assert again.status == 429


@pytest.mark.parametrize(("on_failure", "passes"), [("open", True), ("closed", False)])
def test_while_the_store_is_away_the_setting_counts(on_failure: Any, passes: bool) -> None:  # noqa: FBT001 - as above
    site = replace(policy(Watch()).site, counters=Away())
    made = guard(Settings(on_failure=on_failure, total=5), ITEMS, site)
    assert made is not None
    assert (asked(made.head, exchange("GET", "/items")) is None) is passes


def test_a_time_that_is_none_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="nobody is ever refused"):
        policy(Watch(), per="0s")
