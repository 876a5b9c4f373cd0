"""A caller who is known has one allowance wherever he calls from; costs and outages are as the policy says."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest

from callers import ISSUERS, Away, Remote, Watch, asked, kebab, known, told
from exchanges import api_of, ask, compiled, exchange, head
from ostiary.config import Config
from ostiary.controls.access.throttling.guard import Settings, guard
from ostiary.errors import ConfigError
from ostiary.guard.site import Compiled
from ostiary.model import Api, Hooks, Operation, Principal

ONLY = ("access.throttling",)
API = api_of({"/items": {"get": {}}})
DEAR = api_of({"/items": {"get": {}}, "/reports": {"get": {"x-ostiary-access-throttling": {"cost": 5}}}})
ITEMS = Operation(method="GET", path="/items")


def policy(watch: Watch, api: Api = API, **settings: Any) -> Compiled:
    config = Config(only=ONLY, issuers=ISSUERS, controls={"access.throttling": kebab(settings)})
    return Compiled(config, api, clock=watch, now=watch)


def status(policy: Compiled, who: Principal | None, peer: str = "192.0.2.7", path: str = "/items") -> int:
    made = exchange("GET", path, peer=peer)
    made.principal = who
    refusal = ask(policy, made)
    return refusal.status if refusal else 200


def test_a_caller_is_one_wherever_he_calls_from_and_callers_do_not_share() -> None:
    watch = Watch()
    made = policy(watch, identity_requests=60, identity_burst=3)
    assert [status(made, known("alice"), f"192.0.2.{at}") for at in range(5)] == [200, 200, 200, 429, 429]
    assert status(made, known("bob"), "192.0.2.9") == 200
    watch.time += 1
    assert [status(made, known("alice"), "192.0.2.9") for _ in range(2)] == [200, 429]


def test_the_anonymous_are_counted_by_source_alone() -> None:
    made = policy(Watch(), identity_requests=60, identity_burst=1, burst=4)
    assert [status(made, None) for _ in range(5)] == [200] * 4 + [429]


def test_a_source_that_is_refused_spends_nothing_of_its_caller() -> None:
    made = policy(Watch(), requests=60, burst=2, identity_requests=60, identity_burst=3)
    assert [status(made, known("alice"), "192.0.2.1") for _ in range(9)] == [200, 200] + [429] * 7
    assert [status(made, known("alice"), "192.0.2.2") for _ in range(2)] == [200, 429]


def test_both_policies_are_told_where_both_apply() -> None:
    made = policy(Watch(), requests=60, burst=5, identity_requests=120, identity_burst=9)
    one = exchange("GET", "/items")
    one.principal = known("alice")
    assert ask(made, one) is None
    one.status = 200
    made.route(one)[0].leave(one)
    fields = [(name, value) for name, value in one.reply_headers if name.startswith(b"ratelimit")]
    assert fields == [
        (b"ratelimit-policy", b'"source";q=5;w=5, "identity";q=9;w=5'),
        (b"ratelimit", b'"source";r=4;t=1, "identity";r=8;t=1'),
    ]


def test_a_refused_caller_is_told_when_to_come_back() -> None:
    made = policy(Watch(), identity_requests=6, identity_burst=1)
    status(made, known("alice"))
    again = exchange("GET", "/items")
    again.principal = known("alice")
    refusal = ask(made, again)
    assert refusal is not None
    assert (refusal.status, head(refusal, "retry-after")) == (429, "10")
    assert (head(refusal, "ratelimit") or "").endswith(', "identity";r=0;t=10')


def test_a_dear_operation_takes_more_of_the_same_allowance() -> None:
    made = policy(Watch(), DEAR, requests=60, burst=11, identity_requests=0)
    assert [status(made, None, path="/reports") for _ in range(2)] == [200, 200]
    assert [status(made, None) for _ in range(2)] == [200, 429]
    assert status(made, None, path="/reports") == 429


@pytest.mark.parametrize("wrong", [{"cost": 201}, {"cost": 50, "identity_burst": 49}])
def test_a_cost_that_nobody_could_pay_is_a_mistake(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="every request would be refused"):
        policy(Watch(), **wrong)


def test_without_tokens_or_with_zero_there_is_no_second_stage() -> None:
    anonymous = compiled(API, only=ONLY)
    assert guard(Settings(), ITEMS, anonymous.site).caller is None  # type: ignore[union-attr]
    site = policy(Watch()).site
    assert guard(Settings(identity_requests=0), ITEMS, site).caller is None  # type: ignore[union-attr]
    assert guard(Settings(), ITEMS, site).caller is not None  # type: ignore[union-attr]


def hooks(counters: Any, watch: Watch, **settings: Any) -> Hooks:
    site = replace(policy(Watch()).site, counters=counters, clock=watch)
    found = guard(Settings(**settings), ITEMS, site)
    assert found is not None
    return found


def test_counters_that_must_be_asked_say_the_same() -> None:
    watch = Watch()
    local = policy(watch).site.counters
    made = hooks(Remote(local), watch, requests=60, burst=2, identity_requests=60, identity_burst=3)
    one = exchange("GET", "/items")
    one.principal = known("alice")
    assert asked(made.head, one) is None
    assert asked(made.caller, one) is None
    assert ("ratelimit", '"source";r=1;t=1, "identity";r=2;t=1') in told(made, one)
    assert asked(made.head, exchange("GET", "/items")) is None
    refused = asked(made.head, exchange("GET", "/items"))
    assert refused is not None
    assert refused.status == 429


def test_while_the_store_is_away_each_process_counts_for_itself_and_the_log_is_not_flooded(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watch = Watch()
    away = Away()
    made = hooks(away, watch, requests=60, burst=20)
    with caplog.at_level(logging.ERROR, "ostiary.guard"):
        statuses = [
            refused and refused.status for refused in (asked(made.head, exchange("GET", "/")) for _ in range(22))
        ]
        assert statuses == [None] * 20 + [429] * 2
        assert away.asked == 22
        assert len(caplog.records) == 1
        watch.time += 11
        asked(made.head, exchange("GET", "/"))
        assert len(caplog.records) == 2


def test_a_limit_that_must_hold_answers_503_while_the_store_is_away() -> None:
    made = hooks(Away(), Watch(), on_failure="closed")
    one = exchange("GET", "/items")
    one.principal = known("alice")
    for hook in (made.head, made.caller):
        refused = asked(hook, one)
        assert refused is not None
        assert (refused.status, refused.headers) == (503, {"retry-after": "1"})


def test_a_key_is_never_long() -> None:
    watch = Watch()
    remote = Remote(policy(watch).site.counters)
    made = hooks(remote, watch)
    for subject in ("a" * 5000, "a" * 5001, "\ud800" * 500):
        one = exchange("GET", "/items", peer="x" * 5000)
        one.principal = known(subject)
        asked(made.head, one)
        asked(made.caller, one)
    assert len(set(remote.keys)) == 4
    assert max(map(len, remote.keys)) < 200
