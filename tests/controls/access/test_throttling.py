"""Each source has its allowance and is told what is left; made-up addresses buy nothing."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable

import pytest

from exchanges import api_of, ask, compiled, exchange, head
from ostiary.config import Config
from ostiary.controls.access.throttling.live import audit_live
from ostiary.controls.access.throttling.spec import audit_spec
from ostiary.errors import ConfigError
from ostiary.evidence import Answer, Asked, Spec
from ostiary.guard.site import Compiled
from ostiary.model import Finding, Outcome, Reply
from ostiary.parts.allowances import source_of
from ostiary.parts.seen.advertised import left_of
from recorded import Recorded, said

ONLY = ("access.throttling",)
API = api_of({"/items": {"get": {"responses": {"200": {"description": "d"}, "429": {"description": "slow"}}}}})


class Watch:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def throttled(clock: Callable[[], float], **settings: object) -> Compiled:
    return Compiled(Config(only=ONLY, controls={"access.throttling": settings}), None, clock=clock)


def call(policy: Compiled, peer: str = "192.0.2.7", *headers: tuple[str, str]) -> Reply:
    made = exchange("GET", "/items", headers, peer=peer)
    refusal = ask(policy, made)
    if refusal is not None:
        return refusal
    made.status = 200
    policy.route(made)[0].leave(made)
    return Reply(status=200, headers=made.reply_headers)


def test_a_burst_passes_then_429_says_when_to_come_back_then_the_rate_holds() -> None:
    watch = Watch()
    policy = throttled(watch, requests=60, per="1m", burst=5)
    assert [call(policy).status for _ in range(6)] == [200] * 5 + [429]
    assert head(call(policy), "retry-after") == "1"
    watch.time += 1
    assert [call(policy).status for _ in range(2)] == [200, 429]


def test_retry_after_is_rounded_up_to_a_time_at_which_it_works() -> None:
    watch = Watch()
    policy = throttled(watch, requests=7, per="1h", burst=1)
    call(policy)
    wait = head(call(policy), "retry-after")
    assert wait == "515"  # 3600 / 7 = 514.28
    watch.time += int(wait)
    assert call(policy).status == 200


def test_replies_advertise_policy_and_rest_in_structured_fields() -> None:
    policy = throttled(Watch(), requests=60, per="1m", burst=5)
    first, second = call(policy), call(policy)
    assert head(first, "ratelimit-policy") == '"source";q=5;w=5'
    assert [head(first, "ratelimit"), head(second, "ratelimit")] == ['"source";r=4;t=1', '"source";r=3;t=2']
    for _ in range(4):
        last = call(policy)
    assert (last.status, head(last, "ratelimit")) == (429, '"source";r=0;t=5')


def test_sources_do_not_share_and_headers_name_no_source() -> None:
    policy = throttled(Watch(), burst=1)
    assert call(policy).status == 200
    assert call(policy, "192.0.2.8").status == 200
    forged = itertools.product(("X-Forwarded-For", "X-Real-IP", "Forwarded"), ("1.2.3.4", "for=5.6.7.8"))
    assert {call(policy, "192.0.2.7", pair).status for pair in forged} == {429}


def test_loopback_is_not_exempt() -> None:
    policy = throttled(Watch(), burst=1)
    assert [call(policy, "127.0.0.1").status for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8:0:0:ffff::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("fe80::1%eth0", "fe80::1%eth1", True),
    ],
)
def test_an_ipv6_customer_is_its_64(one: str, other: str, same: bool) -> None:  # noqa: FBT001 - a column of the table
    assert (source_of(one) == source_of(other)) is same


def test_an_operation_may_have_its_own_rate() -> None:
    api = api_of({"/a": {"get": {"x-ostiary-access-throttling": {"burst": 1}}}, "/b": {"get": {}}})
    policy = compiled(api, only=ONLY)
    assert [ask(policy, exchange("GET", "/a")) is None for _ in range(2)] == [True, False]
    assert all(ask(policy, exchange("GET", "/b")) is None for _ in range(5))


def test_paths_that_nothing_declares_or_nobody_can_read_count_too() -> None:
    policy = compiled(only=ONLY, controls={"access.throttling": {"burst": 2}})
    statuses = []
    for path in ("/nowhere", "/x%00", "/x%00"):
        refusal = ask(policy, exchange("GET", path))
        statuses.append(refusal and refusal.status)
    assert statuses == [None, 400, 429]


def test_ordinary_use_never_sees_it() -> None:
    watch = Watch()
    policy = throttled(watch)
    for _ in range(600):  # ten requests a second for a minute, from one office
        assert call(policy).status == 200
        watch.time += 0.1


def limiter(  # what a server does: allow so many, keyed by what it believes, told in its own dialect
    allowed: int, field: str = "", *, believes: str = "", form: str = "{left}"
) -> Callable[[Asked], Answer]:
    left: dict[str, int] = {}

    def answering(asked: Asked) -> Answer:
        key = dict(asked.headers).get(believes, "")
        left[key] = max(left.get(key, allowed) - 1, -1)
        headers = [(field, form.format(left=max(left[key], 0)))] if field else []
        return said(200 if left[key] >= 0 else 429, headers)

    return answering


def live(answering: Callable[[Asked], Answer | None]) -> Finding:
    return asyncio.run(audit_live(Recorded(answering=answering, api=API)))


def test_a_limit_that_is_reached_passes_and_the_burst_ends_there() -> None:
    http = Recorded(answering=limiter(20), api=API)
    finding = asyncio.run(audit_live(http))
    assert finding.outcome is Outcome.PASS
    assert len(http.sent) == 21 + 6


def test_no_limit_in_sight_fails_and_says_how_far_it_looked() -> None:
    finding = live(lambda _: said(200))
    assert finding.outcome is Outcome.FAIL
    assert "60 calls" in finding.why


@pytest.mark.parametrize("believes", ["x-forwarded-for", "x-real-ip", "cf-connecting-ip", "forwarded"])
def test_a_limit_that_a_header_resets_fails(believes: str) -> None:
    assert live(limiter(20, believes=believes)).outcome is Outcome.FAIL
    assert live(limiter(5000, "ratelimit-remaining", believes=believes)).outcome is Outcome.FAIL


DIALECTS = [
    ("ratelimit", '"default";r={left};t=30'),  # draft 8 and later
    ("ratelimit", '"burst";q=100;r={left}, "daily";r=999;t=3600'),
    (
        "ratelimit",
        "limit=100, remaining={left}, reset=30",
    ),  # draft 7: express-rate-limit 7 `standardHeaders: "draft-7"`
    ("ratelimit-remaining", "{left}"),  # drafts up to 6: Kong, express-rate-limit "draft-6"
    ("x-ratelimit-remaining", "{left}"),  # GitHub, slowapi, Laravel
    ("x-rate-limit-remaining", "{left}"),  # Okta, Twitter
]


@pytest.mark.parametrize(("field", "form"), DIALECTS)
def test_an_advertised_rest_that_falls_passes_in_every_dialect(field: str, form: str) -> None:
    assert live(limiter(5000, field, form=form)).outcome is Outcome.PASS
    assert left_of(said(200, [(field, form.format(left=7))])) == 7


def test_an_advertised_rest_that_never_falls_proves_nothing() -> None:
    assert live(lambda _: said(200, [("x-ratelimit-remaining", "99")])).outcome is Outcome.UNKNOWN


def test_a_target_that_stops_answering_is_unknown() -> None:
    count = itertools.count()
    assert live(lambda _: said(200) if next(count) < 10 else None).outcome is Outcome.UNKNOWN


def test_one_call_that_came_back_meanwhile_is_no_bypass() -> None:
    count = itertools.count()

    def refilling(_: Asked) -> Answer:
        at = next(count)
        return said(200 if at < 20 or at == 21 else 429)

    assert live(refilling).outcome is Outcome.PASS


@pytest.mark.parametrize("rolls", range(55, 70))  # while the audit asks, a fixed window ends
def test_a_window_that_ends_meanwhile_is_no_bypass(rolls: int) -> None:
    count = itertools.count()

    def windowed(_: Asked) -> Answer:
        at = next(count)
        return said(200, [("ratelimit-remaining", str(400 - at if at < rolls else 6000 + rolls - at))])

    assert live(windowed).outcome is not Outcome.FAIL


def test_a_document_may_tell_of_429() -> None:
    assert asyncio.run(audit_spec(Spec(api=API))).outcome is Outcome.PASS
    silent = api_of({"/items": {"get": {"responses": {"200": {"description": "d"}}}}})
    assert asyncio.run(audit_spec(Spec(api=silent))).outcome is Outcome.UNKNOWN


def test_the_guard_satisfies_the_audit() -> None:
    policy = throttled(Watch())

    def answering(asked: Asked) -> Answer:
        reply = call(policy, "127.0.0.1", *asked.headers)
        return said(reply.status, [(name.decode(), value.decode()) for name, value in reply.headers])

    assert live(answering).outcome is Outcome.PASS


def test_a_rate_that_refuses_nobody_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="nobody is ever refused"):
        compiled(API, only=ONLY, controls={"access.throttling": {"per": "0s"}})
