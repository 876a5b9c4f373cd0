"""What passed once passes again, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from exchanges import answer, api_of, ask, compiled, exchange, head
from ostiary.guard import memo
from ostiary.guard.site import Compiled
from ostiary.model import Exchange

API = api_of(
    {"/items/{id}": {"get": {"responses": {"200": {"description": "x", "content": {"application/json": {}}}}}}}
)
GOOD = [("accept", "application/json"), ("user-agent", "t")]


@pytest.fixture(name="policy")
def _policy() -> Compiled:
    return compiled(API)


def ready(policy: Compiled) -> None:
    """Two requests: the first is remembered, the second found."""
    assert ask(policy, exchange("GET", "/items/1", GOOD)) is None
    again = exchange("GET", "/items/2", GOOD)
    assert ask(policy, again) is None
    assert again.known is not None


@pytest.mark.parametrize(
    ("made", "status"),
    [
        (lambda: exchange("GET", "/items/1", [*GOOD, ("host", "evil.example")]), 421),
        (lambda: exchange("GET", "/items/1", [*GOOD, ("host", "api.test"), ("host", "api.test")]), 400),
        (lambda: exchange("GET", "/items/1", GOOD, scheme="http"), 403),
        (lambda: exchange("GET", "/items/1", [("accept", "text/csv"), ("user-agent", "t")]), 406),
        (lambda: exchange("GET", "/items/1", [*GOOD, ("authorization", "Basic eDp5")]), 401),
        (lambda: exchange("GET", "/items/1", [*GOOD, ("x-http-method-override", "DELETE")]), 400),
        (lambda: exchange("GET", "/items/1?_method=DELETE", GOOD), 400),
        (lambda: exchange("GET", "/items/1?access_token=abc", GOOD), 400),
        (lambda: exchange("GET", "/items/" + "1" * 9000, GOOD), 414),
        (lambda: exchange("DELETE", "/items/1", GOOD), 405),
        (lambda: exchange("GET", "/nothing", GOOD), 404),
    ],
)
def test_a_request_like_a_remembered_one_is_not_let_through_with_it(
    policy: Compiled, made: Callable[[], Exchange], status: int
) -> None:
    ready(policy)
    for _ in range(2):  # a refusal is not remembered either
        refusal = ask(policy, made())
        assert refusal is not None
        assert refusal.status == status


def test_the_limit_counts_remembered_requests_too() -> None:
    policy = compiled(API, controls={"access.throttling": {"requests": 3, "per": "1h", "burst": 3}})
    statuses = [getattr(ask(policy, exchange("GET", "/items/1", GOOD)), "status", None) for _ in range(5)]
    assert statuses == [None, None, None, 429, 429]


def test_a_remembered_reply_has_its_own_headers_and_no_others(policy: Compiled) -> None:
    ready(policy)
    plain = [("content-type", "application/json"), ("content-length", "2"), ("server", "x")]
    first = answer(policy, _entered(policy), 200, plain, b"{}")
    second = answer(policy, _entered(policy), 200, plain, b"{}")
    third = answer(policy, _entered(policy), 200, [*plain, ("x-more", "1")], b"{}")
    varying = {"ratelimit"}
    assert [p for p in first.headers if p[0].decode() not in varying] == [
        p for p in second.headers if p[0].decode() not in varying
    ]
    assert head(second, "server") is None
    assert head(second, "x-more") is None
    assert head(third, "x-more") == "1"
    assert len(head(second, "ratelimit-policy") or "") > 0
    assert [name for name, _ in second.headers].count(b"ratelimit") == 1


def test_replies_to_credentials_are_not_taken_from_replies_without(policy: Compiled) -> None:
    ready(policy)
    plain = [("content-type", "application/json"), ("content-length", "2"), ("cache-control", "public")]
    open_reply = answer(policy, _entered(policy), 200, plain, b"{}")
    secret = exchange("GET", "/items/1", [*GOOD, ("authorization", "Bearer x")])
    assert ask(policy, secret) is None
    private = answer(policy, secret, 200, plain, b"{}")
    assert head(open_reply, "cache-control") == "public"
    assert head(private, "cache-control") == "no-store"


def test_monitor_mode_remembers_nothing() -> None:
    policy = compiled(API, mode="monitor")
    for _ in range(3):
        made = exchange("GET", "/items/1", GOOD)
        assert ask(policy, made) is None
        assert made.known is None


def test_it_is_bounded_in_heads_in_replies_and_in_bytes() -> None:
    kept = memo.Memo()
    for number in range(3 * memo.MOST_HEADS):
        kept.add((None, "GET", "", "", "http", ((b"x", b"%d" % number),)))
    assert len(kept._heads) <= memo.MOST_HEADS
    assert kept.add((None, "GET", "", "", "http", ((b"x", b"y" * memo.LONGEST_HEAD),))) is None
    known = memo.Known()
    for number in range(3 * memo.MOST_REPLIES):
        known.add_reply((number, ()), ())
        known.add_inspectors((number, ()), ())
    assert len(known._replies) <= memo.MOST_REPLIES
    assert len(known._inspectors) <= memo.MOST_REPLIES


def _entered(policy: Compiled) -> Exchange:
    made = exchange("GET", "/items/1", GOOD)
    assert ask(policy, made) is None
    return made
