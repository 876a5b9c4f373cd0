"""The order of decisions, what a refusal looks like, what fails closed, and what monitor mode leaves alone."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges import compiled, exchange, get, head, now
from ostiary import problem
from ostiary.errors import Denied, StoreError
from ostiary.guard.journal import Journal
from ostiary.guard.order import EDGE, REPLY, REQUEST
from ostiary.guard.plan import HARD_BODY_LIMIT, Part, Plan
from ostiary.model import Exchange, Hooks, Reply


class Waited(Plan):
    """A plan whose answers have been waited for."""

    __slots__ = ()

    def enter(self, exchange: Exchange) -> Reply | None:
        return now(super().enter(exchange))

    def check_body(self, exchange: Exchange) -> Reply | None:
        return now(super().check_body(exchange))


def plan(parts: dict[str, Hooks], *, mode: str = "enforce", journal: Journal | None = None, **more: Any) -> Waited:
    listed = [Part(name, hooks) for name, hooks in parts.items()]
    return Waited(get(), listed, mode=mode, journal=journal or Journal(), **more)


def denying(status: int) -> Callable[[Exchange], None]:
    def hook(_: Exchange) -> None:
        raise Denied(status, f"reason {status}")

    return hook


def crashing(_: Exchange) -> None:
    raise ZeroDivisionError


def unreachable(_: Exchange) -> None:
    raise StoreError("redis://10.0.0.1 is gone")


def adding(name: str, value: str = "1") -> Callable[[Exchange], None]:
    return lambda exchange: exchange.reply_headers.append((name.encode(), value.encode()))


FIRST = [each for each in REQUEST if "/" not in each]


@given(st.permutations(FIRST), st.sets(st.sampled_from(FIRST), min_size=1))
def test_whatever_order_controls_are_compiled_in_the_literal_decides(given_in: list[str], refusing: set[str]) -> None:
    statuses = {name: 400 + at for at, name in enumerate(FIRST)}
    made = plan({name: Hooks(head=denying(statuses[name])) for name in given_in if name in refusing})
    refusal = made.enter(exchange("GET", "/items"))
    assert refusal is not None
    assert refusal.status == min(statuses[name] for name in refusing)


def test_the_edge_comes_before_everything() -> None:
    assert set(REQUEST[: len(EDGE)]) == EDGE
    assert REQUEST[:2] == ("beyond.request-smuggling", "beyond.host-and-proxy-trust")


@pytest.mark.parametrize("order", [REQUEST, REPLY])
def test_no_control_stands_twice_in_an_order(order: tuple[str, ...]) -> None:
    assert len(set(order)) == len(order)


def test_what_the_architecture_promises_of_precedence() -> None:
    """Edge, source, route, credentials, method, Accept, Content-Type, size, parse, schema."""
    promised = [
        "beyond.host-and-proxy-trust", "access.https-only", "access.private-allowlist", "access.throttling",
        "beyond.api-inventory", "auth.no-basic", "input.method-405", "input.accept-406", "input.content-type-415",
        "beyond.payload-limits", "input.body-matches-type", "input.validation-schema",
    ]  # fmt: skip
    assert promised == sorted(promised, key=REQUEST.index)


def test_a_real_policy_refuses_in_that_order() -> None:
    policy = compiled(
        controls={"access.private-allowlist": {"allow": ["10.0.0.0/8"]}, "access.throttling": {"burst": 1}}
    )

    def status(path: str, **facts: Any) -> int | None:
        made = exchange("GET", path, [("Host", facts.pop("host", "api.test"))], **facts)
        chosen, _ = policy.route(made)
        refusal = now(chosen.enter(made))
        return None if refusal is None else refusal.status

    stranger = {"peer": "192.0.2.7", "scheme": "http"}
    assert status("/x%00", host="evil.example", **stranger) == 421
    assert status("/x%00", **stranger) == 403
    assert status("/x%00", peer="192.0.2.7") == 403
    assert status("/x%00", peer="10.0.0.1") == 400
    assert status("/x%00", peer="10.0.0.1") == 429


def test_hooks_after_a_refusal_are_not_asked() -> None:
    asked: list[str] = []
    made = plan(
        {
            "access.throttling": Hooks(head=denying(429)),
            "input.method-405": Hooks(head=lambda _: asked.append("405")),
            "input.validation-schema": Hooks(body=lambda _: asked.append("schema")),
        }
    )
    assert made.enter(exchange("GET", "/items")) is not None
    assert asked == []


def test_a_refusal_is_a_problem_with_an_id_that_the_log_has(caplog: pytest.LogCaptureFixture) -> None:
    made = exchange("GET", "/items")
    with caplog.at_level(logging.INFO, "ostiary.guard"):
        refusal = plan({"access.throttling": Hooks(head=denying(429))}).enter(made)
    assert refusal is not None
    assert head(refusal, "content-type") == "application/problem+json"
    assert made.id
    assert f"urn:uuid:{made.id}" in refusal.body.decode()
    assert made.id in caplog.text
    assert "access.throttling" in caplog.text
    assert "throttling" not in refusal.body.decode()


def test_refusals_and_answers_pass_the_reply_hooks_like_any_reply() -> None:
    parts = {
        "people.report-channel": Hooks(head=lambda _: Reply(status=200, headers=[(b"server", b"x")], body=b"ok")),
        "access.hsts": Hooks(reply=adding("strict-transport-security")),
        "output.nosniff": Hooks(sets=((b"x-content-type-options", b"nosniff"),)),
        "output.no-fingerprint-headers": Hooks(drops=frozenset({b"server"})),
    }
    answer = plan(parts).enter(exchange("GET", "/items"))
    assert answer is not None
    assert answer.headers == [(b"x-content-type-options", b"nosniff"), (b"strict-transport-security", b"1")]
    refusal = plan({**parts, "access.throttling": Hooks(head=denying(429))}).enter(exchange("GET", "/items"))
    assert refusal is not None
    assert refusal.headers[-2:] == answer.headers


def test_one_answer_given_again_and_again_does_not_grow() -> None:
    same = Reply(status=200, headers=[(b"a", b"1")], body=b"ok")
    made = plan(
        {
            "people.report-channel": Hooks(head=lambda _: same),
            "access.hsts": Hooks(reply=adding("b"), sets=((b"c", b"1"),)),
        }
    )
    replies = [made.enter(exchange("GET", "/items")) for _ in range(3)]
    assert replies[0] == replies[1] == replies[2]
    assert same.headers == [(b"a", b"1")]


def test_drops_and_sets_are_folded_before_reply_hooks_run() -> None:
    made = plan(
        {
            "output.nosniff": Hooks(sets=((b"x-content-type-options", b"nosniff"),)),
            "access.hsts": Hooks(
                drops=frozenset({b"strict-transport-security"}), reply=adding("strict-transport-security", "ours")
            ),
        }
    )
    passing = exchange("GET", "/items")
    passing.status = 200
    passing.reply_headers = [
        (b"x-content-type-options", b"sniff"),
        (b"strict-transport-security", b"theirs"),
        (b"etag", b"1"),
    ]
    assert made.leave(passing) is None
    assert passing.reply_headers == [
        (b"etag", b"1"), (b"x-content-type-options", b"nosniff"), (b"strict-transport-security", b"ours"),
    ]  # fmt: skip


@pytest.mark.parametrize(("hook", "status"), [(crashing, 500), (unreachable, 503)])
def test_a_control_that_crashes_refuses_and_tells_nothing(
    hook: Any, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    made = plan({"auth.no-basic": Hooks(head=hook), "access.hsts": Hooks(sets=((b"h", b"1"),))})
    refusal = made.enter(exchange("GET", "/items"))
    assert refusal is not None
    assert refusal.status == status
    assert (b"h", b"1") in refusal.headers
    assert "Zero" not in refusal.body.decode()
    assert "redis" not in refusal.body.decode()
    assert "auth.no-basic" in caplog.text


@pytest.mark.parametrize("mode", ["enforce", "monitor"])
@pytest.mark.parametrize("later", [False, True])
def test_state_that_is_out_of_reach_is_one_line_and_no_traceback(
    mode: str,
    later: bool,  # noqa: FBT001 - a parameter
    caplog: pytest.LogCaptureFixture,
) -> None:
    """While a store is down every request would bring one."""
    caplog.set_level(logging.INFO)
    made = plan({"auth.no-basic": Hooks(head=_remote_crash if later else unreachable)}, mode=mode)
    refusal = made.enter(exchange("GET", "/items"))
    if mode == "enforce":
        assert refusal is not None
        assert (refusal.status, dict(refusal.headers)[b"retry-after"]) == (503, b"1")
    else:
        assert refusal is None
    (record,) = caplog.records
    assert record.exc_info is None
    assert '"control":"auth.no-basic"' in record.getMessage()
    assert "gone" in record.getMessage()


@pytest.mark.parametrize("where", ["body", "reply", "reply_body"])
def test_it_fails_closed_wherever_it_crashes(where: str) -> None:
    hooks: Any = {where: crashing}
    made = plan({"output.status-codes": Hooks(**hooks), "input.validation-schema": Hooks(**hooks)})
    passing = exchange("GET", "/items")
    refusal = {"body": made.check_body, "reply": made.leave, "reply_body": made.leave_body}[where](passing)
    assert refusal is not None
    assert refusal.status == 500


def test_a_reply_may_be_refused_and_the_refusal_leaves_though_the_hook_objects_to_it_too() -> None:
    made = plan({"output.status-codes": Hooks(reply=denying(502)), "access.hsts": Hooks(reply=adding("h"))})
    refusal = made.leave(exchange("GET", "/items"))
    assert refusal is not None
    assert (refusal.status, head(refusal, "h")) == (502, "1")


def test_our_own_reply_leaves_even_if_a_reply_hook_crashes() -> None:
    made = plan({"access.throttling": Hooks(head=denying(429)), "access.hsts": Hooks(reply=crashing)})
    refusal = made.enter(exchange("GET", "/items"))
    assert refusal is not None
    assert refusal.status == 429


def test_monitor_mode_counts_and_refuses_nothing() -> None:
    journal = Journal()
    later: list[str] = []
    made = plan(
        {
            "access.throttling": Hooks(head=denying(429)),
            "auth.no-basic": Hooks(head=crashing),
            "input.method-405": Hooks(head=lambda _: later.append("405")),
            "input.validation-schema": Hooks(body=denying(422)),
            "output.status-codes": Hooks(reply=denying(502), reply_body=denying(502)),
            "output.content-type-forced": Hooks(reply=crashing, reply_body=crashing),
            "access.hsts": Hooks(reply=adding("h")),
        },
        mode="monitor",
        journal=journal,
    )
    passing = exchange("GET", "/items")
    assert made.enter(passing) is None
    assert made.check_body(passing) is None
    assert made.leave_body(passing) is None
    assert made.leave(passing) is None
    assert later == ["405"]
    assert passing.reply_headers == [(b"h", b"1")]
    noted = {(control, status, mode) for control, _, status, mode in journal.refusals}
    assert noted == {
        ("access.throttling", 429, "monitor"), ("input.validation-schema", 422, "monitor"),
        ("output.status-codes", 502, "monitor"),
    }  # fmt: skip


def test_monitor_mode_still_answers_for_itself() -> None:
    made = plan({"people.report-channel": Hooks(head=lambda _: Reply(status=200))}, mode="monitor")
    assert made.enter(exchange("GET", "/items")) == Reply(status=200)


async def _remote_pass(_: Exchange) -> None:
    await asyncio.sleep(0)


async def _remote_deny(_: Exchange) -> None:
    await asyncio.sleep(0)
    raise Denied(401, "no")


async def _remote_crash(_: Exchange) -> None:
    await asyncio.sleep(0)
    raise StoreError("gone")


class _Callable:
    async def __call__(self, _: Exchange) -> None:
        raise Denied(401, "no")


@pytest.mark.parametrize(
    ("hook", "status", "watched"),
    [
        (_remote_pass, None, None),
        (_remote_deny, 401, None),
        (_remote_crash, 503, None),
        (_Callable(), 401, None),
        (denying(400), 400, None),
    ],
)
def test_remote_hooks_are_awaited_in_order_with_the_others(hook: Any, status: int | None, watched: int | None) -> None:
    parts = {
        "access.throttling": Hooks(head=_remote_pass),
        "auth.no-basic": Hooks(head=hook, body=hook),
        "input.method-405": Hooks(head=denying(405)),
    }
    for mode, expected in (("enforce", status or 405), ("monitor", watched)):
        made = plan(parts, mode=mode)
        refusal = made.enter(exchange("GET", "/items"))
        assert (refusal and refusal.status) == expected
        refusal = made.check_body(exchange("GET", "/items"))
        assert (refusal and refusal.status) == (status if mode == "enforce" else watched)


def test_a_plan_without_remote_hooks_needs_no_event_loop() -> None:
    made = plan({"access.throttling": Hooks(head=denying(429))})
    assert isinstance(Plan.enter(made, exchange("GET", "/items")), Reply)


def test_what_is_asked_again_once_the_caller_is_known_has_its_own_place() -> None:
    asked: list[str] = []

    def hook(name: str) -> Callable[[Exchange], None]:
        return lambda _: asked.append(name)

    made = plan(
        {
            "access.throttling": Hooks(head=hook("source"), caller=hook("caller")),
            "auth.no-basic": Hooks(head=hook("who")),
            "input.accept-406": Hooks(head=hook("accept")),
        }
    )
    assert made.enter(exchange("GET", "/items")) is None
    assert asked == ["source", "who", "caller", "accept"]


def test_controls_that_share_a_hook_have_it_run_once() -> None:
    asked: list[int] = []

    def hook(_: Exchange) -> None:
        asked.append(1)

    made = plan({"jwt.algorithm-pinned": Hooks(head=hook), "jwt.verify-before-use": Hooks(head=hook)})
    assert made.enter(exchange("GET", "/items")) is None
    assert asked == [1]


@given(st.lists(st.integers(0, 10**9), max_size=4))
def test_the_smallest_body_limit_counts_and_there_is_always_one(limits: list[int]) -> None:
    names = itertools.cycle(
        ["beyond.payload-limits", "input.validation-schema", "input.content-type-415", "auth.no-basic"]
    )
    made = plan(
        {name: Hooks(body=lambda _: None, body_limit=limit) for name, limit in zip(names, limits, strict=False)}
    )
    assert made.body_limit == (min([*limits, HARD_BODY_LIMIT]) if limits else None)
    assert plan({"input.validation-schema": Hooks(body=lambda _: None)}).body_limit == HARD_BODY_LIMIT


def test_inspectors_are_asked_whether_they_want_a_reply() -> None:
    def wants(each: Exchange) -> bool:
        return each.status == 200

    made = plan({"output.no-sensitive-data": Hooks(inspects=wants, reply_body=denying(502))})
    passing = exchange("GET", "/items")
    assert made.may_inspect
    for status, refused in ((200, True), (404, False)):
        passing.status = status
        assert made.wants_reply_body(passing) is refused
        assert (made.leave_body(passing) is not None) is refused


def test_in_monitor_mode_a_reply_is_read_and_leaves_as_it_came() -> None:
    seen: list[bytes] = []

    def redact(each: Exchange) -> None:
        seen.append(each.reply_body)
        each.reply_body = b"redacted"
        each.reply_headers = [(b"content-type", b"text/plain")]
        each.status = 500

    for mode, body in (("monitor", b"secret"), ("enforce", b"redacted")):
        made = plan({"output.no-sensitive-data": Hooks(reply_body=redact)}, mode=mode)
        leaving = exchange("GET", "/items")
        leaving.status, leaving.reply_headers, leaving.reply_body = 200, [(b"content-type", b"text/html")], b"secret"
        assert made.leave_body(leaving) is None
        assert leaving.reply_body == body
        assert (leaving.status == 200) is (mode == "monitor")
    assert seen == [b"secret", b"secret"]


def test_a_host_may_decide_the_route_after_the_edge() -> None:
    def path(_: Exchange) -> None:
        raise Denied(400, "path")

    parts = {"access.throttling": Hooks(head=denying(429)), "auth.no-basic": Hooks(head=denying(401))}
    for names, status in ((("access.throttling", "auth.no-basic"), 429), (("auth.no-basic",), 400), ((), 400)):
        refusal = plan({each: parts[each] for each in names}, route=path).enter(exchange("GET", "/items"))
        assert refusal is not None
        assert refusal.status == status


def test_the_journal_is_bounded_by_the_policy_and_holds_no_submitted_value(caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal()
    made = plan({"access.throttling": Hooks(head=denying(429))}, journal=journal)
    with caplog.at_level(logging.INFO, "ostiary.guard"):
        for number in range(50):
            made.enter(
                exchange(
                    "GET", f"/items?token=hunter{number}", [("X-Secret", f"hunter{number}")], peer=f"192.0.2.{number}"
                )
            )
    assert dict(journal.refusals) == {("access.throttling", "GET /items", 429, "enforce"): 50}
    assert "hunter" not in caplog.text
    assert all("\n" not in record.getMessage() for record in caplog.records)


def test_problems_name_rules_never_values() -> None:
    denied = Denied(422, "invalid", faults=[(f"/{number}", "minimum") for number in range(100)])
    body = problem.render(exchange("POST", "/items"), denied).body.decode()
    assert body.count('"rule":"minimum"') == problem.MOST_FAULTS
