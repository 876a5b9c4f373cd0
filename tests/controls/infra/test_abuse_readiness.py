"""An operator's order holds from the next request on and ends by itself; without one nothing is different."""

from __future__ import annotations

import pytest

from exchanges import api_of, ask, compiled, exchange, head
from ostiary.errors import ConfigError
from ostiary.guard.site import Compiled
from ostiary.model import Exchange, Operation, Principal, Reply
from ostiary.parts.orders import order_of

ONLY = ("infra.abuse-readiness",)
API = api_of({"/items": {"get": {}, "post": {}}, "/reports/{id}": {"get": {}}})
NOW = 1_000_000.0


class Watch:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> float:
        return self.time


def policy(watch: Watch, **settings: object) -> Compiled:
    from ostiary.config import Config  # noqa: PLC0415

    return Compiled(Config(only=ONLY, controls={"infra.abuse-readiness": settings}), API, now=watch)


def order(policy: Compiled, kind: str, about: str, seconds: str = "1h") -> None:
    given = {"kind": kind, "about": about, "for": seconds, "why": "test", "by": "me", "now": policy.site.now()}
    policy.site.store.bans.order(order_of(given))


def status(policy: Compiled, method: str = "GET", path: str = "/items", peer: str = "192.0.2.7") -> int:
    refusal = ask(policy, exchange(method, path, peer=peer))
    return refusal.status if refusal else 200


def test_without_orders_everybody_passes() -> None:
    assert status(policy(Watch())) == 200


@pytest.mark.parametrize("banned", ["192.0.2.7", "192.0.2.0/24"])
def test_a_banned_source_is_shut_out_at_once_and_until_the_end(banned: str) -> None:
    watch = Watch()
    made = policy(watch)
    assert status(made) == 200
    order(made, "source", banned)
    assert status(made) == 403
    assert status(made, peer="::ffff:192.0.2.7") == 403
    assert status(made, peer="198.51.100.1") == 200
    watch.time += 3601
    assert status(made) == 200


def test_an_order_may_be_lifted_and_the_refusal_tells_nothing_of_it() -> None:
    made = policy(Watch())
    order(made, "source", "192.0.2.7")
    refusal = ask(made, exchange("GET", "/items"))
    assert refusal is not None
    assert b"test" not in refusal.body
    assert head(refusal, "retry-after") is None
    made.site.store.bans.lift("source:192.0.2.7")
    assert status(made) == 200


@pytest.mark.parametrize(
    ("closed", "statuses"),
    [
        ("GET /items", (503, 200, 200, 200)),
        ("* /items", (503, 503, 200, 200)),
        ("GET /reports/{id}", (200, 200, 503, 200)),
        ("*", (503, 503, 503, 503)),
    ],
)
def test_a_closed_route_answers_503_until_when_it_opens(closed: str, statuses: tuple[int, ...]) -> None:
    watch = Watch()
    made = policy(watch)
    order(made, "operation", closed, "90s")
    asked = [("GET", "/items"), ("POST", "/items"), ("GET", "/reports/7"), ("GET", "/nowhere")]
    assert tuple(status(made, method, path) for method, path in asked) == statuses
    watch.time += 30.5
    refused = [ask(made, exchange(method, path)) for method, path in asked]
    assert {head(each, "retry-after") for each in refused if each} == {"60"}
    watch.time += 60
    assert {status(made, method, path) for method, path in asked} == {200}


def caller(made: Compiled, principal: Principal | None) -> int:
    """What the second hook says of a caller; tokens are another's business."""
    from dataclasses import replace  # noqa: PLC0415

    from ostiary.controls.infra.abuse_readiness.guard import Settings, guard  # noqa: PLC0415
    from ostiary.errors import Denied  # noqa: PLC0415

    site = replace(made.site, tokens=object())  # type: ignore[arg-type]  # only its being there matters
    hooks = guard(Settings(tenant_claim="org.id"), Operation(method="GET", path="/items"), site)
    assert hooks is not None
    assert hooks.head is not None
    assert hooks.caller is not None
    asked = Exchange("GET", b"/items", b"", [], peer="192.0.2.7")
    asked.principal = principal
    hooks.head(asked)
    try:
        hooks.caller(asked)
    except Denied as denied:
        return denied.status
    return 200


ALICE = Principal(subject="alice", issuer="main", identity="main:alice", claims={"org": {"id": 7}})
BOB = Principal(subject="bob", issuer="main", identity="main:bob", claims={"org": {"id": "8"}})


def test_a_banned_caller_is_shut_out_wherever_he_calls_from() -> None:
    for about in ("main:alice", "alice"):
        made = policy(Watch())
        order(made, "identity", about)
        assert [caller(made, each) for each in (ALICE, BOB, None)] == [403, 200, 200]


def test_a_frozen_tenant_is_everybody_of_it() -> None:
    made = policy(Watch())
    order(made, "tenant", "7")
    assert [caller(made, each) for each in (ALICE, BOB, None)] == [403, 200, 200]


def test_a_demanded_challenge_is_no_ban() -> None:
    made = policy(Watch())
    order(made, "challenge", "*")
    assert status(made) == 200
    assert "challenge:*" in made.site.store.bans.current()


def test_an_empty_claim_name_is_a_mistake() -> None:
    with pytest.raises(ConfigError):
        compiled(API, only=ONLY, controls={"infra.abuse-readiness": {"tenant-claim": ""}})


def test_a_ban_of_a_source_answers_like_any_refusal() -> None:
    made = policy(Watch())
    order(made, "source", "192.0.2.7")
    refusal = ask(made, exchange("GET", "/items"))
    assert isinstance(refusal, Reply)
    assert dict(refusal.headers)[b"content-type"] == b"application/problem+json"
