"""The guard in the servers that run it: nothing of theirs leaks, nothing of the app's is held back."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from websockets.asyncio.client import connect

from guard.served import COMMANDS, running


@pytest.fixture(scope="module", params=COMMANDS)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    state = tmp_path_factory.mktemp("served") / "state"
    with running(request.param, state) as port:
        yield port, state
    assert state.read_text() == "lifespan.shutdown"


def ask(served: tuple[int, Path], method: str, path: str, **more: Any) -> httpx.Response:
    with httpx.Client(timeout=10, verify=False, trust_env=False) as client:  # there is no TLS: reading CAs takes long
        return client.request(method, f"http://127.0.0.1:{served[0]}{path}", **more)


def raw(served: tuple[int, Path], data: bytes, seconds: float = 5) -> bytes:
    with socket.create_connection(("127.0.0.1", served[0]), seconds) as link:
        link.sendall(data)
        link.settimeout(seconds)
        reply = b""
        while chunk := link.recv(65536):
            reply += chunk
        return reply


def test_a_reply_carries_our_headers_and_names_no_server(served: tuple[int, Path]) -> None:
    reply = ask(served, "GET", "/hello")
    assert reply.status_code == 200
    assert not reply.headers.get("server")
    assert reply.headers.get("x-powered-by") is None
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["ratelimit-policy"].startswith('"source"')


def test_refusals_and_crashes_look_the_same_from_outside(served: tuple[int, Path]) -> None:
    for path, headers, status in (
        ("/hello", {"Host": "evil.example"}, 421),
        ("/hello", {"Authorization": "Basic eDp5"}, 401),
        ("/a%00b", {}, 400),
        ("/boom", {}, 500),
        ("/silent", {}, 500),
    ):
        reply = ask(served, "GET", path, headers=headers)
        assert reply.status_code == status, path
        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert not reply.headers.get("server")
        assert "secret" not in reply.text
        assert ask(served, "HEAD", path, headers=headers).text == ""


def test_a_made_up_address_reaches_neither_the_count_nor_the_app(served: tuple[int, Path]) -> None:
    """uvicorn believes these of a peer on loopback, before we are asked."""
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Real-IP": "203.0.113.9"}
    rests = [ask(served, "GET", "/hello", headers=each).headers["ratelimit"] for each in ({}, forged, {})]
    left = [int(rest.partition(";r=")[2].partition(";")[0]) for rest in rests]
    assert left[0] > left[1] - 3
    assert max(left) - min(left) <= 3
    told = ask(served, "GET", "/hello", headers=forged).json()
    assert not {name.lower() for name in forged} & set(told["headers"])
    assert told["scheme"] == "http"


def test_events_arrive_when_they_happen(served: tuple[int, Path]) -> None:
    with httpx.stream("GET", f"http://127.0.0.1:{served[0]}/stream", timeout=10) as reply:
        arrivals = [time.monotonic() for _ in reply.iter_bytes()]
    assert len(arrivals) >= 3
    assert arrivals[2] - arrivals[0] > 0.4


def test_a_crash_after_the_first_byte_ends_the_connection(served: tuple[int, Path]) -> None:
    with pytest.raises(httpx.HTTPError):
        ask(served, "GET", "/late")


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_over_the_limit_is_refused_declared_or_chunked(served: tuple[int, Path], *, declared: bool) -> None:
    """The app answers 200 to whatever it gets; the client must hear 413 all the same."""
    data = b"x" * 200_000
    small = data[:1000]
    kind = {"Content-Type": "application/octet-stream"}

    def send(body: bytes) -> httpx.Response:
        content: Any = body if declared else (body[at : at + 10_000] for at in range(0, len(body), 10_000))
        return ask(served, "POST", "/count", content=content, headers=kind)

    assert send(small).json() == {"size": 1000}
    reply = send(data)
    assert reply.status_code == 413
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_a_client_that_leaves_is_told_to_the_app(served: tuple[int, Path]) -> None:
    port, state = served
    with socket.create_connection(("127.0.0.1", port), 5) as link:
        link.sendall(b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(0.2)
    for _ in range(100):
        if state.read_text() == "disconnected":
            break
        time.sleep(0.05)
    assert state.read_text() == "disconnected"


def test_a_client_that_leaves_in_the_middle_of_its_body_harms_nobody(served: tuple[int, Path]) -> None:
    with socket.create_connection(("127.0.0.1", served[0]), 5) as link:
        link.sendall(
            b"POST /count HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
        )
    assert ask(served, "GET", "/hello").status_code == 200


def test_two_requests_on_one_connection(served: tuple[int, Path]) -> None:
    one = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = b"GET /a%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    reply = raw(served, one + last)
    assert reply.count(b"HTTP/1.1 200") == 1
    assert reply.count(b"HTTP/1.1 400") == 1


async def chat(port: int, path: str, **more: Any) -> str:
    async with connect(f"ws://127.0.0.1:{port}{path}", open_timeout=5, **more) as link:
        assert link.response is not None
        assert not link.response.headers.get("server")
        await link.send("hello")
        return str(await link.recv())


def test_web_sockets_pass(served: tuple[int, Path]) -> None:
    assert asyncio.run(chat(served[0], "/chat")) == "hello!"


def test_web_sockets_are_refused_like_any_request(served: tuple[int, Path]) -> None:
    for path, more, statuses in (
        ("/chat", {"additional_headers": {"Authorization": "Basic eDp5"}}, {401, 403}),
        ("/a%00", {}, {400, 403}),
    ):
        with pytest.raises(websockets.exceptions.InvalidStatus) as refusal:
            asyncio.run(chat(served[0], path, **more))
        assert refusal.value.response.status_code in statuses
        assert not refusal.value.response.headers.get("server")


def test_json_still_round_trips(served: tuple[int, Path]) -> None:
    assert json.loads(ask(served, "POST", "/count", json={"a": 1}).text) == {"size": len(b'{"a":1}')}
