from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from exchanges import Pairs, answer, api_of, ask, compiled, exchange, through
from inside import replying
from ostiary.config import Config
from ostiary.controls.beyond.pagination_caps.guard import Settings, guard
from ostiary.errors import ConfigError
from ostiary.evidence import Asked
from ostiary.guard.app import Guard
from ostiary.model import Site
from ostiary.store.memory import MemoryStore

ID = "beyond.pagination-caps"
INT: dict[str, Any] = {"type": "integer"}
LIST = {"200": {"description": "", "content": {"application/json": {"schema": {"type": "array", "items": {}}}}}}


def query(name: str, schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema}


API = api_of(
    {
        "/items": {"get": {"parameters": [query("limit", INT), query("q", {"type": "string"})], "responses": LIST}},
        "/orders": {"get": {"parameters": [query("limit", {**INT, "maximum": 50})], "responses": LIST}},
        "/logs": {"get": {"parameters": [query("limit", {"type": "string"})], "responses": LIST}},
        "/all": {"get": {"parameters": [query("limit", {**INT, "minimum": -1})], "responses": LIST}},
        "/qr": {"get": {"parameters": [query("size", INT)]}},
        "/plain": {"get": {"responses": LIST}},
    }
)


def got(target: str, **settings: Any) -> tuple[int, str]:
    """The status of the refusal, or 0 and the query that the application gets."""
    policy = compiled(API, only=(ID,), controls={ID: {name.replace("_", "-"): each for name, each in settings.items()}})
    made = exchange("GET", target)
    reply = ask(policy, made)
    return (0, made.query.decode()) if reply is None else (reply.status, "")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/items?limit=20&q=a%20b", (0, "limit=20&q=a%20b")),
        ("/items?limit=1000", (0, "limit=1000")),
        ("/items?limit=0", (0, "limit=0")),
        ("/items?limit=", (0, "limit=")),
        ("/items", (0, "")),
        ("/items?q=limit&limit=1001", (0, "q=limit&limit=1000")),
        ("/items?limit=999999999999999999999999", (0, "limit=1000")),
        ("/items?%6cimit=5000", (0, "%6cimit=1000")),
        ("/items?LIMIT=5000", (0, "LIMIT=1000")),
        ("/items?limit=-1", (400, "")),
        ("/items?limit=ten", (400, "")),
        ("/items?limit=1e9", (400, "")),
        ("/items?limit=%EF%BC%91%EF%BC%90%EF%BC%90%EF%BC%90%EF%BC%90", (400, "")),
        ("/items?limit=1&limit=5000", (400, "")),
        ("/orders?limit=50", (0, "limit=50")),
        ("/orders?limit=51", (400, "")),
        ("/logs?limit=all", (0, "limit=all")),
        ("/logs?limit=1e6", (0, "limit=1000")),
        ("/logs?limit=0xffff", (0, "limit=1000")),
        ("/logs?limit=-1", (0, "limit=1000")),
        ("/all?limit=-1", (0, "limit=1000")),
        ("/all?limit=-2", (400, "")),
        ("/qr?size=4000", (0, "size=4000")),
        ("/plain?limit=4000", (0, "limit=4000")),
    ],
)
def test_a_page_is_bounded_and_everything_else_left_alone(target: str, expected: tuple[int, str]) -> None:
    assert got(target) == expected


def test_a_policy_says_how_large_and_what_happens() -> None:
    assert got("/items?limit=500", most=100) == (0, "limit=100")
    assert got("/orders?limit=40", most=20) == (0, "limit=20")
    assert got("/orders?limit=60", most=2000) == (400, ""), "the document's maximum holds"
    assert got("/items?limit=5000", over="refuse") == (400, "")
    assert got("/logs?limit=-1", over="refuse") == (400, "")
    assert got("/items?limit=1000", over="refuse") == (0, "limit=1000")
    with pytest.raises(ConfigError, match="most"):
        got("/items", most=-1)


def test_the_application_sees_the_smaller_number() -> None:
    seen: list[str] = []

    def remember(asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
        seen.append(asked.target)
        return 200, [("content-type", "application/json")], b"[]"

    served = Guard(replying(remember), Config(only=(ID,)), api=API)
    assert through(served, exchange("GET", "/items?limit=70000&q=x")).status == 200
    assert seen == ["/items?limit=1000&q=x"]


def test_a_refusal_says_what_is_allowed() -> None:
    reply = ask(compiled(API, only=(ID,)), exchange("GET", "/orders?limit=1000"))
    assert reply is not None
    assert json.loads(reply.body)["errors"] == [{"pointer": "/query/limit", "rule": "maximum 50"}]


JSON: Pairs = [("content-type", "application/json")]
# What list operations of others look like: Kinto's, GitHub's and JSON:API's, cut short.
FOREIGN = [
    b'{"data":[{"id":"a","last_modified":1},{"id":"b","last_modified":2},{"id":"c","last_modified":3}]}',
    b'[{"id":1,"full_name":"a/b"},{"id":2,"full_name":"c/d"},{"id":3,"full_name":"e/f"}]',
    b'{"links":{"self":"x"},"data":[{"type":"a","id":"1"},{"type":"a","id":"2"},{"type":"a","id":"3"}],"included":[]}',
]


@pytest.mark.parametrize("body", FOREIGN)
def test_larger_replies_are_logged_or_refused_where_the_policy_asks(
    body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    def left(**settings: Any) -> int:
        policy = compiled(API, only=(ID,), controls={ID: settings})
        return answer(policy, exchange("GET", "/items"), 200, JSON, body).status

    with caplog.at_level(logging.WARNING, logger="ostiary.guard"):
        assert left() == left(items=3) == left(size="1KiB") == 200
        assert caplog.records == []
        assert left(items=2) == left(size="20B") == 200
        assert [each.getMessage() for each in caplog.records] == ["GET /items answered more than a page may hold"] * 2
    assert left(items=2, **{"over-reply": "refuse"}) == 502
    assert left(items=3, **{"over-reply": "refuse"}) == 200
    assert left(size="20B", **{"over-reply": "refuse"}) == 502


def test_no_stage_without_a_page_size_and_no_look_at_replies_by_default() -> None:
    store = MemoryStore(clock=lambda: 0.0, now=lambda: 0.0)
    site = Site(api=API, store=store, counters=store.counters, clock=lambda: 0.0, now=lambda: 0.0)
    by_path = {each.path: each for each in API.operations}
    assert guard(Settings(), by_path["/plain"], site) is None
    assert guard(Settings(), by_path["/qr"], site) is None
    hooks = guard(Settings(), by_path["/items"], site)
    assert hooks is not None
    assert hooks.reply_body is None
