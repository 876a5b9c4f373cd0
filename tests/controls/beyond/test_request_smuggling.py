from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from exchanges import ask, compiled, exchange, tiny
from ostiary.config import Config
from ostiary.guard.app import Guard
from ostiary.model import Exchange
from ostiary.parts.framing import fault

ID = "beyond.request-smuggling"
HOST = ("host", "api.test")


def verdict(*headers: tuple[str, str], target: str = "/items", method: str = "POST") -> int:
    made = exchange(method, "/")
    made.raw_path = target.encode("latin-1")
    made.headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    refusal = ask(compiled(only=[ID]), made)
    return 200 if refusal is None else refusal.status


@pytest.mark.parametrize(
    "headers",
    [
        [("content-length", "5"), ("transfer-encoding", "chunked")],
        [("transfer-encoding", "chunked"), ("content-length", "0")],
        [("content-length", "5"), ("content-length", "6")],
        [("content-length", "5"), ("content-length", "5")],
        [("content-length", "5, 5")], [("content-length", "+5")], [("content-length", "-1")], [("content-length", "0x5")],
        [("content-length", "5 ")], [("content-length", "")], [("content-length", "\xb2")], [("content-length", "9" * 30)],
        [("transfer-encoding", "identity")], [("transfer-encoding", "gzip, chunked")], [("transfer-encoding", "chunked, chunked")],
        [("transfer-encoding", "xchunked")], [("transfer-encoding", "chunked\x0b")], [("transfer-encoding", "\x00chunked")],
        [("transfer-encoding", "chunked"), ("transfer-encoding", "identity")], [("transfer-encoding", "")],
        [("x a", "1")], [("transfer-encoding ", "chunked")], [("", "1")], [("x:y", "1")], [("x\x00", "1")], [("\xe9", "1")],
        [("x", "a\r\nset-cookie: b")], [("x", "a\nb")], [("x", "a\rb")], [("x", "a\x00b")], [("x", "a\r\n b")], [("x", "a\x7f")],
        [("content_length", "5")], [("transfer_encoding", "chunked")],
        [("host", "b.test")],
    ],
)  # fmt: skip
def test_a_head_that_can_be_read_in_two_ways_is_refused(headers: list[tuple[str, str]]) -> None:
    assert verdict(HOST, *headers) == 400


@pytest.mark.parametrize(
    "headers",
    [
        [], [("content-length", "0")], [("content-length", "5")], [("transfer-encoding", "chunked")],
        [("transfer-encoding", "Chunked")], [("x", "a\tb")], [("x", "caf\xe9")], [("x", "")], [("x_custom", "1")],
        [("cookie", "a=1"), ("cookie", "b=2")], [("accept", "a"), ("accept", "b")], [("te", "trailers")],
    ],
)  # fmt: skip
def test_a_clear_head_passes(headers: list[tuple[str, str]]) -> None:
    assert verdict(HOST, *headers) == 200


def test_the_absolute_form_has_to_name_the_same_host() -> None:
    assert verdict(HOST, target="http://b.test/items") == 400
    assert verdict(HOST, target="http://api.test@b.test/items") == 400
    assert verdict(target="http://b.test/items") == 400
    assert fault([(b"host", b"api.test")], b"http://API.test/items") == ""
    assert fault([(b"host", b"api.test")], b"*") == ""


def test_a_verdict_is_remembered_for_the_same_head_only() -> None:
    policy = compiled(only=[ID])

    def asked(*more: tuple[str, str]) -> Any:
        return ask(policy, exchange("GET", "/items", [HOST, *more]))

    assert asked() is None
    assert asked() is None
    assert asked(("content-length", "5"), ("transfer-encoding", "chunked")) is not None


@contextlib.contextmanager
def served(http: str) -> Iterator[int]:
    """A uvicorn in this process, in a thread, with a guard in it."""
    import threading  # noqa: PLC0415 - only here

    app = Guard(tiny(), Config(only=(ID,)))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, http=http, lifespan="off", log_level="critical"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])), daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


def told(port: int, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
        wire.sendall(data)
        wire.shutdown(socket.SHUT_WR)
        found = b""
        with contextlib.suppress(OSError):
            while piece := wire.recv(65536):
                found += piece
    return found


@pytest.mark.parametrize("http", ["h11", "httptools"])
def test_inside_a_server_that_is_lenient_no_second_request_is_served(http: str) -> None:
    both = b"POST /a HTTP/1.1\r\nHost: api.test\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /b HTTP/1.1\r\nHost: api.test\r\n\r\n"
    twice = b"POST /a HTTP/1.1\r\nHost: api.test\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}"
    hosts = b"GET /a HTTP/1.1\r\nHost: api.test\r\nHost: b.test\r\n\r\n"
    look_alike = b"POST /a HTTP/1.1\r\nHost: api.test\r\nContent_Length: 2\r\nContent-Length: 2\r\n\r\n{}"
    honest = b"POST /a HTTP/1.1\r\nHost: api.test\r\nContent-Length: 2\r\n\r\n{}"
    with served(http) as port:
        for each in (both, hosts, look_alike, *([twice] if http == "httptools" else [])):  # h11 makes one of equal ones
            reply = told(port, each)
            assert b" 200 " not in reply, (each, reply)
        assert told(port, honest).startswith(b"HTTP/1.1 200 ")


def test_the_exchange_keeps_its_headers() -> None:
    made: Exchange = exchange("GET", "/items", [HOST, ("x", "1")])
    before = list(made.headers)
    assert ask(compiled(only=[ID]), made) is None
    assert made.headers == before
