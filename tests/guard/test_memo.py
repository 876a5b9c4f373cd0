"""What passed once passes again, and nothing else does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

import pytest

from exchanges import answer, api_of, ask, compiled, exchange, get, head, now
from ostiary.errors import Denied
from ostiary.guard import memo
from ostiary.guard.journal import Journal
from ostiary.guard.plan import Part, Plan
from ostiary.guard.site import Compiled
from ostiary.model import Exchange, Hooks, Principal

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
        kept.add((None, "GET", "", "", "http", ((b"x", b"%d" % number),)), "", "http", None)
    assert len(kept._heads) <= memo.MOST_HEADS
    assert kept.add((None, "GET", "", "", "http", ((b"x", b"y" * memo.LONGEST_HEAD),)), "", "http", None) is None
    known = memo.Known("", "http", None)
    for number in range(3 * memo.MOST_REPLIES):
        known.add_reply((number, ()), ())
        known.add_inspectors((number, ()), ())
    assert len(known._replies) <= memo.MOST_REPLIES
    assert len(known._inspectors) <= memo.MOST_REPLIES
    for value, kept_at_all in ((b"y" * (memo.LONGEST_REPLY - 1), True), (b"y" * memo.LONGEST_REPLY, False)):
        long = (200, ((b"x", value),))
        known.add_reply(long, ())
        known.add_inspectors(long, ())
        assert (known.reply(long, []) is not None, known.inspectors(long) is not None) == (kept_at_all, kept_at_all)


def _plan(**hooks: Hooks) -> Plan:
    parts = [Part(name.replace("__", ".").replace("_", "-"), each) for name, each in hooks.items()]
    return Plan(get("/items"), parts, mode="enforce", journal=Journal(), memo=memo.Memo())


def _enter(plan: Plan, principal: Principal | None = None, headers: Iterable[tuple[str, str]] = ()) -> Exchange:
    made = exchange("GET", "/items", headers)
    made.notes = {"principal": principal}
    assert now(plan.enter(made)) is None
    return made


def test_what_a_pure_hook_made_of_a_request_is_made_of_the_next_one_too() -> None:
    def trust(each: Exchange) -> None:
        each.client = "192.0.2.99"
        each.headers = [pair for pair in each.headers if pair[0] != b"x-forwarded-for"]

    def identify(each: Exchange) -> None:
        each.headers = [*each.headers, (b"x-user", b"%d" % len(seen))]
        seen.append(each.client)

    seen: list[str] = []
    plan = _plan(beyond__host_and_proxy_trust=Hooks(head=trust, pure=True), jwt__verify_before_use=Hooks(head=identify))
    for number in range(3):
        made = _enter(plan, headers=[("x-forwarded-for", "192.0.2.99")])
        assert made.head(b"x-forwarded-for") is None
        assert made.head(b"x-user") == b"%d" % number
    assert made.known is not None
    assert seen == ["192.0.2.99"] * 3


def test_a_request_that_was_rewritten_by_turns_is_not_remembered() -> None:
    def rewriting() -> Callable[[Exchange], None]:
        def rewrite(each: Exchange) -> None:
            each.headers = [*each.headers, (b"x", b"y")]

        return rewrite

    plan = _plan(
        access__throttling=Hooks(head=rewriting()), jwt__size_bounded=Hooks(head=rewriting(), pure=True),
        input__accept_406=Hooks(head=rewriting()),
    )  # fmt: skip
    for _ in range(3):
        made = _enter(plan)
        assert made.all(b"x") == [b"y"] * 3
        assert made.known is None


def test_who_was_let_pass_is_let_pass_again_and_nobody_else() -> None:
    asked: list[str] = []

    def read(each: Exchange) -> None:
        each.principal = each.notes["principal"]

    def rights(each: Exchange) -> None:
        asked.append(each.principal.subject if each.principal else "nobody")
        if each.principal is None or each.principal.subject == "eve":
            raise Denied(403, "no")

    def count(_: Exchange) -> None:
        asked.append("count")

    plan = _plan(
        jwt__verify_before_use=Hooks(head=read),
        oauth__scope_per_client=Hooks(head=rights, by_caller=True),
        input__rate_quota=Hooks(head=count),
    )
    alice = Principal(subject="alice", issuer="i")
    for _ in range(4):
        _enter(plan, alice)
    assert asked == ["alice", "count", "alice", "count", "count", "count"]
    for other in (Principal(subject="eve", issuer="i"), None, replace(alice, subject="eve")):
        made = exchange("GET", "/items")
        made.notes = {"principal": other}
        refusal = now(plan.enter(made))
        assert refusal is not None
        assert refusal.status == 403


def test_a_caller_that_has_to_be_asked_about_is_judged_each_time() -> None:
    asked: list[str] = []

    def read(each: Exchange) -> Awaitable[None]:
        async def later() -> None:
            each.principal = each.notes["principal"]

        return later()

    def rights(each: Exchange) -> None:
        asked.append("rights")

    plan = _plan(
        jwt__verify_before_use=Hooks(head=read), oauth__scope_per_client=Hooks(head=rights, by_caller=True),
        input__rate_quota=Hooks(head=lambda _: asked.append("count")),
    )  # fmt: skip
    for number in range(1, 4):
        _enter(plan, Principal(subject="alice", issuer="i"))
        assert asked == ["rights", "count"] * number


def _entered(policy: Compiled) -> Exchange:
    made = exchange("GET", "/items/1", GOOD)
    assert ask(policy, made) is None
    return made


SEND = {"requestBody": {"content": {"application/json": {}}}, "responses": {"200": {"description": "x"}}}
JSON = [*GOOD, ("content-type", "application/json")]


def _sent(policy: Compiled, size: int, *more: tuple[str, str]) -> tuple[Exchange, int]:
    made = exchange("POST", "/items", [*JSON, ("content-length", str(size)), *more], b" " * (size - 2) + b"{}")
    refusal = ask(policy, made)
    return made, 0 if refusal is None else refusal.status


def test_bodies_of_all_sizes_are_one_head() -> None:
    policy = compiled(api_of({"/items": {"post": SEND}}))
    assert _sent(policy, 1000)[1] == 0
    later, status = _sent(policy, 9999)
    assert (later.known is not None, status) == (True, 0)
    assert later.head(b"content-length") == b"9999"
    other, _ = _sent(policy, 10_000)
    assert other.known is not later.known


def test_a_body_that_is_too_large_is_refused_after_a_smaller_one_of_as_many_digits() -> None:
    policy = compiled(
        api_of({"/items": {"post": SEND}}), controls={"beyond.payload-limits": {"body": "2KiB", "upload": "2KiB"}}
    )
    assert _sent(policy, 1000)[1] == 0
    assert _sent(policy, 2049)[1] == 413


@pytest.mark.parametrize("length", ["01000", "+999", "1e99", "99 9", "1000, 1000"])
def test_what_is_no_plain_length_is_not_remembered_as_one(length: str) -> None:
    made = exchange("POST", "/items", [*JSON, ("content-length", length)], b"{}")
    heads = {
        memo.head_of(None, exchange("POST", "/items", [*JSON, ("content-length", each)])) for each in ("1000", "99999")
    }
    assert memo.head_of(None, made) not in heads


def test_two_lengths_are_never_one_of_which_only_the_digits_count() -> None:
    policy = compiled(api_of({"/items": {"post": SEND}}))
    assert _sent(policy, 1000)[1] == 0
    assert _sent(policy, 1001, ("content-length", "1002"))[1] == 400
    same = memo.head_of(None, exchange("POST", "/items", [*JSON, ("content-length", "10"), ("content-length", "10")]))
    other = memo.head_of(None, exchange("POST", "/items", [*JSON, ("content-length", "10"), ("content-length", "11")]))
    assert same != other


def test_what_pure_hooks_make_of_a_head_has_the_length_of_its_own_body() -> None:
    def strip(each: Exchange) -> None:
        each.headers = [pair for pair in each.headers if pair[0] != b"x-forwarded-for"]

    plan = Plan(
        replace(get("/items"), method="POST"),
        [Part("beyond.host-and-proxy-trust", Hooks(head=strip, pure=True))],
        mode="enforce",
        journal=Journal(),
        memo=memo.Memo(),
    )
    for size in ("10", "99", "47"):
        made = exchange("POST", "/items", [("x-forwarded-for", "x"), ("content-length", size), ("accept", "a/b")])
        assert now(plan.enter(made)) is None
        assert made.headers[1:] == [(b"content-length", size.encode()), (b"accept", b"a/b")]
    assert made.known is not None


def test_replies_of_all_sizes_are_one_head_and_keep_their_own_length(policy: Compiled) -> None:
    ready(policy)
    for size in ("100", "999", "100", "1000", "0", "7"):
        made = exchange("GET", "/items/3", GOOD)
        assert ask(policy, made) is None
        plain = [("content-type", "application/json"), ("content-length", size), ("x-powered-by", "x")]
        reply = answer(policy, made, 200, plain)
        assert head(reply, "content-length") == size
        assert head(reply, "x-powered-by") is None
        assert head(reply, "x-content-type-options") == "nosniff"
    assert len(made.known._replies) == 4, "three digits, four digits, and the single ones each"


def test_two_lengths_of_a_reply_both_count() -> None:
    assert memo.sized([(b"content-length", b"10"), (b"content-length", b"11")]) != memo.sized(
        [(b"content-length", b"10"), (b"content-length", b"12")]
    )
