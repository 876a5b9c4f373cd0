"""HTTP/2 and 3 send a body without saying so in the header fields; it is checked all the same."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from exchanges import api_of, tiny
from ostiary.config import Config
from ostiary.guard.app import Guard

PLAIN = {"responses": {"200": {"description": "x", "content": {"application/json": {}}}}}
BODY = {"content": {"application/json": {"schema": {"type": "object", "required": ["name"]}}}}
API = api_of({"/items": {"delete": PLAIN, "post": {**PLAIN, "requestBody": BODY}, "get": PLAIN}})


def status_of(method: str, body: bytes, version: str) -> int:
    guard = Guard(tiny(), Config(controls={"beyond.host-and-proxy-trust": {"hosts": ["api.test"]}}), api=API)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"api.test"), (b"content-type", b"application/json")]
    scope = {
        "type": "http", "http_version": version, "method": method, "raw_path": b"/items", "path": "/items",
        "query_string": b"", "headers": headers, "scheme": "https", "client": ("127.0.0.1", 40000),
    }  # fmt: skip
    asyncio.run(guard(scope, receive, send))
    found: int = sent[0]["status"]
    return found


@pytest.mark.parametrize("version", ["2", "3"])
def test_a_body_that_nothing_declares_is_refused_though_no_header_announces_it(version: str) -> None:
    assert status_of("DELETE", b'{"all": true}', version) in {400, 415}
    assert status_of("DELETE", b"", version) == 200


@pytest.mark.parametrize("version", ["2", "3"])
def test_a_body_is_held_against_its_schema_though_no_header_announces_it(version: str) -> None:
    assert status_of("POST", b'{"nome": 1}', version) == 422
    assert status_of("POST", b'{"name": 1}', version) == 200


def test_in_http_1_1_there_is_no_body_without_framing() -> None:
    assert status_of("DELETE", b"", "1.1") == 200
