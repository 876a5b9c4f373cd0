"""What a caller has is counted exactly over an hour, a day or a month; nothing configured is no quota."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from dataclasses import replace
from typing import Any

import pytest

from callers import ISSUERS, Away, Remote, Watch, asked, kebab, known, told
from exchanges import api_of, ask, compiled, exchange, head
from ostiary.config import Config
from ostiary.controls.input.rate_quota.guard import Settings, guard
from ostiary.errors import ConfigError
from ostiary.guard.site import Compiled
from ostiary.model import Api, Exchange, Hooks, Operation, Principal, Reply

ONLY = ("input.rate-quota",)
API = api_of({"/items": {"get": {}}, "/reports": {"get": {}}})
ITEMS = Operation(method="GET", path="/items")
MORNING = dt.datetime(2026, 11, 22, 10, 30, tzinfo=dt.UTC).timestamp()


def policy(watch: Watch, api: Api = API, issuers: Any = ISSUERS, **settings: Any) -> Compiled:
    config = Config(only=ONLY, issuers=issuers, controls={"input.rate-quota": kebab(settings)})
    return Compiled(config, api, clock=watch, now=watch)


def call(
    policy: Compiled, who: Principal | None = None, path: str = "/items", peer: str = "192.0.2.7", **headers: str
) -> Reply:
    made = exchange("GET", path, list(headers.items()), peer=peer)
    made.principal = who
    refusal = ask(policy, made)
    if refusal is not None:
        return refusal
    made.status = 200
    policy.route(made)[0].leave(made)
    return Reply(status=200, headers=made.reply_headers)


def status(*args: Any, **more: Any) -> int:
    return call(*args, **more).status


def test_without_a_setting_there_is_no_quota_and_no_stage() -> None:
    assert guard(Settings(), ITEMS, policy(Watch()).site) is None
    assert compiled(API).routes.find(exchange("GET", "/items")).controls.count("input.rate-quota") == 0


def test_a_caller_has_so_many_a_day_and_is_told_until_when_to_wait() -> None:
    watch = Watch(MORNING)
    made = policy(watch, requests=3)
    first = call(made, known("alice"))
    assert head(first, "ratelimit-policy") == '"quota";q=3;w=86400'
    assert head(first, "ratelimit") == '"quota";r=2;t=48600'
    assert [status(made, known("alice"), peer=f"192.0.2.{at}") for at in range(3)] == [200, 200, 429]
    refusal = call(made, known("alice"))
    assert (head(refusal, "retry-after"), head(refusal, "ratelimit")) == ("48600", '"quota";r=0;t=48600')
    assert status(made, known("bob")) == 200
    watch.time += 48599
    assert status(made, known("alice")) == 429
    watch.time += 1
    assert status(made, known("alice")) == 200


@pytest.mark.parametrize(("per", "window", "left"), [("hour", 3600, 1800), ("month", 30 * 86400, 8 * 86400 + 48600)])
def test_boundaries_are_full_hours_and_firsts_of_a_month(per: str, window: int, left: int) -> None:
    watch = Watch(MORNING)
    made = policy(watch, requests=1, per=per)
    assert head(call(made, known("alice")), "ratelimit-policy") == f'"quota";q=1;w={window}'
    assert head(call(made, known("alice")), "retry-after") == str(left)
    watch.time += left
    assert status(made, known("alice")) == 200


def test_plans_give_other_numbers_and_the_largest_counts() -> None:
    made = policy(Watch(), requests=1, plans={"gold": 3, "silver": 2})
    for claim, many in (({}, 1), ({"plan": "gold"}, 3), ({"plan": "lead"}, 1), ({"plan": ["silver", "gold", 7]}, 3)):
        who = known(f"of {claim}", **claim)
        assert [status(made, who) for _ in range(4)].count(200) == many


def test_a_change_of_plan_does_not_begin_the_count_anew() -> None:
    made = policy(Watch(), requests=2, plans={"gold": 4})
    assert [status(made, known("alice")) for _ in range(3)] == [200, 200, 429]
    assert [status(made, known("alice", plan="gold")) for _ in range(3)] == [200, 200, 429]


def test_a_tenant_may_be_counted_as_one() -> None:
    made = policy(Watch(), requests=2, claim="org.id")
    org = {"org": {"id": 7}}
    assert [status(made, known(name, **org)) for name in ("alice", "bob", "carol")] == [200, 200, 429]
    assert status(made, known("dave", org={"id": 8})) == 200
    assert [status(made, known("nobody's")) for _ in range(3)] == [200, 200, 429]


def test_those_without_a_token_are_counted_only_if_asked_for() -> None:
    assert {status(policy(Watch(), requests=1)) for _ in range(5)} == {200}
    made = policy(Watch(), requests=100, anonymous=2)
    assert [status(made, peer="2001:db8::1"), status(made, peer="2001:db8::2"), status(made, peer="2001:db8::3")] == [
        200, 200, 429,
    ]  # fmt: skip
    assert status(made, peer="2001:db8:0:1::1") == 200
    assert head(call(made, peer="192.0.2.1"), "ratelimit-policy") == '"quota";q=2;w=86400'


def test_api_keys_are_counted_without_being_kept() -> None:
    made = policy(Watch(), issuers={}, requests=2, key_header="X-Api-Key")
    assert [status(made, **{"x-api-key": "s3cret-one"}) for _ in range(3)] == [200, 200, 429]
    assert status(made, **{"x-api-key": "s3cret-two"}) == 200
    assert {status(made) for _ in range(5)} == {200}
    assert "s3cret" not in repr(made.site.store.quotas.__dict__)


def test_made_up_keys_spend_what_their_source_has_and_accepted_ones_only_their_own() -> None:
    made = policy(Watch(), issuers={}, requests=3, key_header="x-api-key")

    def refused_by_the_application(key: str) -> int:
        asked = exchange("GET", "/items", [("x-api-key", key)])
        refusal = ask(made, asked)
        if refusal is None:
            asked.status = 401
            made.route(asked)[0].leave(asked)
            return 401
        return refusal.status

    assert status(made, **{"x-api-key": "good"}) == 200
    assert [refused_by_the_application(f"made up {at}") for at in range(5)] == [401, 401, 429, 429, 429]
    assert [status(made, **{"x-api-key": "good"}) for _ in range(3)] == [200, 200, 429]
    assert status(made, peer="192.0.2.8", **{"x-api-key": "other"}) == 200


def test_operations_cost_what_they_cost_and_share_unless_named() -> None:
    api = api_of({
        "/items": {"get": {}}, "/dear": {"get": {"x-ostiary-input-rate-quota": {"cost": 4}}},
        "/reports": {"get": {"x-ostiary-input-rate-quota": {"name": "reports", "requests": 1}}},
    })  # fmt: skip
    made = policy(Watch(MORNING), api, requests=5)
    assert head(call(made, known("alice"), "/dear"), "ratelimit") == '"quota";r=1;t=48600'
    assert status(made, known("alice"), "/dear") == 429
    assert [status(made, known("alice"), "/reports") for _ in range(2)] == [200, 429]
    assert [status(made, known("alice")) for _ in range(2)] == [200, 429]
    assert head(call(made, known("alice"), "/reports"), "ratelimit-policy") == '"reports";q=1;w=86400'


@pytest.mark.parametrize(
    "wrong",
    [
        {"plans": {"gold": 5}}, {"key_header": "x-api-key"}, {"requests": 5, "cost": 6},
        {"requests": 9, "plans": {"lead": 2}, "cost": 3}, {"requests": 5, "per": "week"}, {"requests": 5, "name": "Über"},
        {"requests": 5, "key_header": "a b"}, {"requests": -1},
    ],
)  # fmt: skip
def test_what_cannot_work_is_said_at_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        policy(Watch(), **wrong)


def test_a_quota_for_callers_whom_nobody_can_tell_apart_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="no caller can be told from another"):
        policy(Watch(), issuers={}, requests=5)
    assert status(policy(Watch(), issuers={}, anonymous=5)) == 200


@pytest.mark.parametrize(("path", "answer"), [("/public", 200), ("/items", 404), ("/items", 429), ("/items", 500)])
def test_a_key_is_proven_only_where_the_application_had_to_look_at_it(path: str, answer: int) -> None:
    """A made-up key that a public operation, or a 404 before anybody looked, proves would have a quota of its own."""
    public: Any = {"get": {"security": []}}
    made = policy(Watch(), api_of({"/items": {"get": {}}, "/public": public}), {}, requests=3, key_header="x-api-key")

    def once(key: str) -> int:
        asked = exchange("GET", path, [("x-api-key", key)])
        refusal = ask(made, asked)
        if refusal is not None:
            return refusal.status
        asked.status = answer
        made.route(asked)[0].leave(asked)
        return answer

    assert [once("made up") for _ in range(2)] == [answer, answer]
    assert [once("another") for _ in range(2)] == [answer, 429]


def test_two_keys_are_one_too_many() -> None:
    made = policy(Watch(), issuers={}, requests=3, key_header="x-api-key")
    refusal = ask(made, exchange("GET", "/items", [("x-api-key", "made up"), ("x-api-key", "real")]))
    assert refusal is not None
    assert refusal.status == 400


def hooks(quotas: Any, watch: Watch, **settings: Any) -> Hooks:
    site = policy(Watch()).site
    store = type("Store", (), {"quotas": quotas})()
    found = guard(Settings(**settings), ITEMS, replace(site, store=store, clock=watch, now=watch))
    assert found is not None
    return found


def by(name: str) -> Exchange:
    made = exchange("GET", "/items")
    made.principal = known(name)
    return made


def test_a_store_that_must_be_asked_says_the_same() -> None:
    watch = Watch(MORNING)
    made = hooks(Remote(policy(watch).site.store.quotas), watch, requests=2)
    one = by("alice")
    assert asked(made.head, one) is None
    assert told(made, one) == [("ratelimit-policy", '"quota";q=2;w=86400'), ("ratelimit", '"quota";r=1;t=48600')]
    assert asked(made.head, by("alice")) is None
    refused = asked(made.head, by("alice"))
    assert refused is not None
    assert (refused.status, refused.headers) == (429, {"retry-after": "48600"})


def test_exactly_so_many_of_many_at_once_pass() -> None:
    watch = Watch()
    made = hooks(Remote(policy(watch).site.store.quotas), watch, requests=100)

    async def one() -> bool:
        try:
            await made.head(by("alice"))  # type: ignore[misc]  # it asks
        except Exception:
            return False
        return True

    async def all_at_once() -> int:
        return sum(await asyncio.gather(*(one() for _ in range(500))))

    assert asyncio.run(all_at_once()) == 100


def test_while_the_store_is_away_the_setting_counts(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "ostiary.guard"):
        made = hooks(Away(), Watch(), requests=1)
        passed = by("alice")
        assert asked(made.head, passed) is None
        assert told(made, passed) == []
        assert "requests are not counted" in caplog.text
        refused = asked(hooks(Away(), Watch(), requests=1, on_failure="closed").head, by("alice"))
        assert refused is not None
        assert refused.status == 503
