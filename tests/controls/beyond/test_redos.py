from __future__ import annotations

import asyncio
import json
import re
import time
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from asked import asked
from exchanges import api_of, ask, compiled, exchange
from ostiary.controls.beyond.redos.growth import Malformed, pump_of
from ostiary.controls.beyond.redos.live import audit_live
from ostiary.controls.beyond.redos.spec import audit_spec
from ostiary.errors import ConfigError
from ostiary.evidence import Answer, Asked, Spec
from ostiary.model import Api, Outcome
from recorded import Recorded, said

ID = "beyond.redos"
AHEAD = r"^(?=.*\d).+$"


def api(pattern: str, **rest: Any) -> Api:
    schema = {"type": "string", "pattern": pattern, **rest}
    content = {"application/json": {"schema": {"type": "object", "properties": {"name": schema}}}}
    return api_of({"/a": {"post": {"requestBody": {"content": content}}}})


def test_a_pattern_without_a_linear_engine_stops_the_start_and_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        compiled(api(AHEAD), only=[ID])
    assert caught.value.where.endswith("/properties/name/pattern")
    assert "lookahead" in caught.value.problem
    assert "unsupported" in caught.value.hint


def test_all_such_patterns_or_named_ones_can_be_left_unchecked() -> None:
    both = [ID, "input.validation-schema"]
    pointer = "#/paths/~1a/post/requestBody/content/application~1json/schema/properties/name/pattern"
    made = exchange("POST", "/a", [("content-type", "application/json")], b'{"name": "no digit"}')
    for settings in ({"unsupported": "ignore"}, {"unchecked": [pointer]}, {"unchecked": [f"openapi.yaml{pointer}"]}):
        assert ask(compiled(api(AHEAD), only=both, controls={ID: settings}), made) is None
    with pytest.raises(ConfigError):
        compiled(api(AHEAD), only=[ID], controls={ID: {"unchecked": ["#/elsewhere"]}})


def test_ordinary_and_exponential_patterns_start_and_run_in_linear_time() -> None:
    policy = compiled(api("^(a+)+$"), only=[ID, "input.validation-schema"])
    body = json.dumps({"name": "a" * 50_000 + "!"}).encode()
    started = time.perf_counter()
    reply = ask(policy, exchange("POST", "/a", [("content-type", "application/json")], body))
    assert reply is not None
    assert reply.status == 422
    assert time.perf_counter() - started < 2


def test_patterns_of_replies_do_not_matter() -> None:
    content = {"application/json": {"schema": {"pattern": AHEAD}}}
    assert compiled(api_of({"/a": {"get": {"responses": {"200": {"content": content}}}}}), only=[ID]).plans


EXPONENTIAL = [
    "^(a+)+$", "^(a|a)*$", "^(a|aa)+$", r"^(\w+\s?)*$", r"(.*,)*x$", "([a-z]+[0-9]?)+!", r"(\w|\d\d)+$", "((a*)*)*b",
    r"^([a-zA-Z0-9])(([\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}$", r"^(([a-z])+.)+[A-Z]([a-z])+$", "(x+x+)+y", r"(\s*\w+\s*)+;",
    r"^[a-zA-Z0-9]+([._]?[a-zA-Z0-9]+)*$", "^(?:a{1,50})*$", r"^a@([-_.a-z]+\.)+[a-z]{2,}$",
]  # fmt: skip
HARMLESS = [
    "^[a-z]+$", r"^(\w+\.)*\w+$", r"^\d{4}-\d{2}$", "^([0-9a-f]{2}:){5}[0-9a-f]{2}$", "^(?:[A-Za-z0-9+/]{4})*(?:==)?$",
    "(a|b)*$", "^[a-z0-9]+(-[a-z0-9]+)*$", "^(/[^/]+)+$", ".*foo.*", "(ab|cd)+$", r"^[a-z]+(?:\.[a-z]+)*$",
    r"^(\d{1,3}\.){3}\d{1,3}$", "(a+)+", r"^(([0-9]{3})(,))*$", r"^[\w.+-]+@[\w-]+(\.[\w-]+)+$", "^(?:[01][0-9]|2[0-3])$",
]  # fmt: skip


@pytest.mark.parametrize("pattern", EXPONENTIAL)
def test_a_flagged_pattern_really_doubles_in_pythons_engine(pattern: str) -> None:
    """The witness is `re`: six more characters have to take many times as long."""
    pump = pump_of(pattern)
    assert pump is not None
    compiled_pattern = re.compile(pattern)

    def seconds(length: int) -> float:
        started = time.perf_counter()
        assert compiled_pattern.search(pump.text(length)) is None
        return time.perf_counter() - started

    length = 8
    while min(seconds(length), seconds(length)) < 0.02:
        length += 2
        assert length < 40, "forty characters take no time"
    assert seconds(length) > 4 * min(seconds(length - 6) for _ in range(3))


@pytest.mark.parametrize("pattern", HARMLESS)
def test_harmless_patterns_are_not_flagged(pattern: str) -> None:
    assert pump_of(pattern) is None


@pytest.mark.parametrize("pattern", ["(a", "a)", "[a", "a\\", "(" * 5000, "x" * 3000])
def test_what_cannot_be_read_is_said_so(pattern: str) -> None:
    with pytest.raises(Malformed):
        pump_of(pattern)


@pytest.mark.parametrize(
    ("document", "outcome"),
    [
        (api("^(a+)+$"), Outcome.FAIL),
        (api("^(a+)+$", maxLength=20), Outcome.PASS),
        (api("^[a-z]+$"), Outcome.PASS),
        (api_of({"/a": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {
            "pattern": "^(a+)+$"}}}}}}}}), Outcome.NOT_APPLICABLE),
    ],
)  # fmt: skip
def test_the_document_is_read_for_exponential_patterns_on_inputs(document: Api, outcome: Outcome) -> None:
    finding = asyncio.run(audit_spec(Spec(api=document)))
    assert finding.outcome is outcome
    if outcome is Outcome.FAIL:
        assert finding.evidence[0].where.endswith("/properties/name/pattern")


def live(document: Api | None, seconds: Any) -> Outcome:
    """Audit a server that takes `seconds(text)` for each name."""

    def answering(asked: Asked) -> Answer:
        text = json.loads(asked.body)["name"]
        return Answer(asked=asked, status=422, seconds=seconds(text))

    return asyncio.run(audit_live(Recorded(api=document, answering=answering))).outcome


def test_a_server_that_backtracks_fails_and_one_that_does_not_passes() -> None:
    assert live(api("^(a+)+$"), lambda text: 2.0 ** (text.count("a") - 25)) is Outcome.FAIL
    assert live(api("^(a+)+$"), lambda text: 2.0 ** (len(text) - 25)) is Outcome.PASS  # slow for any text: no pattern
    assert live(api("^(a+)+$"), lambda text: 0.004) is Outcome.PASS
    assert live(api("^(a+)+$"), lambda text: len(text) / 50) is Outcome.PASS
    assert live(api("^[a-z]+$"), lambda text: 9.0) is Outcome.PASS


def test_one_slow_answer_is_noise() -> None:
    times = iter([0.5, 0.01, 0.01, 0.02, *[0.01] * 20])
    assert live(api("^(a+)+$"), lambda text: next(times)) is Outcome.PASS


def test_a_busy_server_that_hides_the_growth_is_not_called_sound() -> None:
    """Every second answer waits for something else: times are long, and no two rounds agree."""
    turns = iter(range(10_000))

    def seconds(text: str) -> float:
        own = 2.0 ** (text.count("a") - 25)
        return 0.002 + own + (0.3 if next(turns) % 2 else 0.0)

    assert live(api("^(a+)+$"), seconds) is Outcome.UNKNOWN


def test_nothing_is_claimed_without_document_patterns_or_answers() -> None:
    assert live(None, lambda text: 0.0) is Outcome.UNKNOWN
    assert live(api_of({"/a": {"get": {}}}), lambda text: 0.0) is Outcome.NOT_APPLICABLE
    silent = Recorded(api=api("^(a+)+$"), answering=lambda asked: None)
    assert asyncio.run(audit_live(silent)).outcome is Outcome.UNKNOWN


def test_texts_stay_short() -> None:
    http = Recorded(api=api("^(a+)+$"), answering=lambda asked: said(422))
    asyncio.run(audit_live(http))
    assert http.sent
    assert all(len(json.loads(asked.body)["name"]) <= 30 for asked in http.sent)


def runs(pattern: str, count: list[int]) -> Any:
    """A server with a pattern of its own, which no document shows."""

    async def items(request: Request) -> Response:
        count[0] += 1
        found = re.match(pattern, str(json.loads(await request.body()).get("email", "")))
        return Response("{}" if found else '{"error": "email"}', 200 if found else 400, media_type="application/json")

    return Starlette(routes=[Route("/a", items, methods=["POST"])])


def of_email() -> Api:
    schema = {"type": "object", "properties": {"email": {"type": "string", "format": "email"}}}
    return api_of({"/a": {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}}}})


def test_a_pattern_that_no_document_shows_is_found_by_its_times() -> None:
    count = [0]
    result = asked(
        "beyond.redos",
        runs(r"^([0-9a-zA-Z]([-.\w]*[0-9a-zA-Z])*@([0-9a-zA-Z][-\w]*\.)+[a-zA-Z]{2,9})$", count),
        of_email(),
    )
    assert result.outcome is Outcome.FAIL
    assert result.findings[0].places == ("POST /a",)
    assert result.findings[0].facts["fields"] == ["email"]
    assert count[0] < 30


def test_a_pattern_that_is_read_once_passes() -> None:
    assert asked("beyond.redos", runs(r"^[\w.+-]+@[\w-]+\.[a-z]{2,9}$", [0]), of_email()).outcome is Outcome.PASS


def test_a_server_that_is_slow_for_any_text_has_no_pattern_to_blame() -> None:
    async def slow(request: Request) -> Response:
        await asyncio.sleep(0.1)
        return Response('{"ok": true}', media_type="application/json")

    app = Starlette(routes=[Route("/a", slow, methods=["POST"])])
    assert asked("beyond.redos", app, of_email()).outcome is Outcome.PASS
