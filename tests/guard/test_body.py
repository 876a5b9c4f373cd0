"""Which bodies are read whole, and which replies never are."""

from __future__ import annotations

import asyncio
import tracemalloc
from typing import Any

import pytest

from exchanges import api_of, compiled, exchange, tiny
from ostiary.config import Config
from ostiary.guard import body as bodies
from ostiary.guard.app import Guard

OK = {"responses": {"200": {"description": "x"}}}
BODY = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}


def replied(*types: str) -> Any:
    made = exchange("GET", "/")
    made.status = 200
    made.reply_headers = [(b"content-type", each.encode()) for each in types]
    return made


def test_an_event_stream_is_never_held_back() -> None:
    assert bodies.streams(replied("text/event-stream; charset=utf-8"))


@pytest.mark.parametrize("types", [("text/event-stream", "application/json"), (), ("application/json",)])
def test_a_second_type_does_not_get_a_reply_past_inspection(types: tuple[str, ...]) -> None:
    assert not bodies.streams(replied(*types))


@pytest.mark.parametrize("method", ["delete", "post"])
def test_a_required_body_that_is_missing_is_asked_for(method: str) -> None:
    policy = compiled(api_of({"/items": {method: {**OK, "requestBody": BODY}}}))
    made = exchange(method.upper(), "/items")
    policy.route(made)
    assert bodies.wanted(made)


def test_empty_frames_are_not_kept() -> None:
    api = api_of({"/items": {"post": {**OK, "requestBody": BODY}}})
    guard = Guard(tiny(), Config(only=("input.validation-schema",)), api=api)
    left = 1
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        nonlocal left
        left -= 1
        assert left >= 0
        return {"type": "http.request", "body": b"" if left else b"{}", "more_body": bool(left)}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {
        "type": "http", "method": "POST", "raw_path": b"/items", "path": "/items", "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"transfer-encoding", b"chunked")],
        "scheme": "https", "client": ("127.0.0.1", 40000),
    }  # fmt: skip

    async def measured() -> int:
        nonlocal left
        await guard({**scope, "raw_path": b"/none"}, receive, send)  # what is made once is made
        left = 100_000
        tracemalloc.start()
        await guard(scope, receive, send)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert asyncio.run(measured()) < 500_000
    assert "http.response.start" in sent
