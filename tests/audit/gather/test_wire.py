"""What goes over the wire is what was asked, and what comes back is what was said, whatever the server does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from audit.listening import self_made, serving, talking
from ostiary.audit.gather import reading as reading_module
from ostiary.audit.gather.reading import BODY_KEPT
from ostiary.audit.gather.wire import Came, Wire
from ostiary.audit.target import Target, parse, pin
from ostiary.errors import Unanswerable

HOST = [("Host", "target.test")]


def target_of(port: int, scheme: str = "http") -> Target:
    return Target(scheme=scheme, host="127.0.0.1", port=port, addresses=("127.0.0.1",))


def ask(
    port: int,
    *requests: tuple[str, str, Sequence[tuple[str, str]], bytes],
    timeout: float = 5.0,
) -> list[Came]:
    async def main() -> list[Came]:
        wire = Wire(target_of(port), timeout=timeout)
        try:
            return [await wire.send(*each) for each in requests]
        finally:
            await wire.close()

    return asyncio.run(main())


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_odd_methods_targets_and_duplicate_headers_arrive_as_written() -> None:
    headers = [("Host", "a"), ("hOST", "b"), ("X-One", "1"), ("X-One", "2")]
    with talking(OK) as (port, got):
        ask(port, ("BREW", "*", headers, b""))
    assert got == [b"BREW * HTTP/1.1\r\nHost: a\r\nhOST: b\r\nX-One: 1\r\nX-One: 2\r\n\r\n"]


def test_a_request_may_go_without_host() -> None:
    with talking(OK) as (port, got):
        ask(port, ("GET", "/", [], b""))
    assert got == [b"GET / HTTP/1.1\r\n\r\n"]


@pytest.mark.parametrize(
    "request_line", [("GET\r\nX: y", "/", HOST), ("GET", "/ \r\nX: y", HOST), ("GET", "/", [("A", "b\nc: d")])]
)
def test_a_line_break_never_makes_two_requests_of_one(request_line: tuple[str, str, list[tuple[str, str]]]) -> None:
    with talking(OK) as (port, got), pytest.raises(ValueError, match="line break"):
        ask(port, (*request_line, b""))
    assert got == []


def test_duplicate_reply_headers_are_kept_in_lower_case_and_order() -> None:
    reply = b"HTTP/1.1 404 No\r\nSet-Cookie: a=1\r\nX-Y: z\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n"
    with talking(reply) as (port, _):
        (came,) = ask(port, ("GET", "/", HOST, b""))
    assert came.status == 404
    assert came.headers == (("set-cookie", "a=1"), ("x-y", "z"), ("set-cookie", "b=2"), ("content-length", "0"))


def test_a_connection_dropped_between_requests_is_opened_anew_once() -> None:
    """uvicorn closes after a 500, and the next request finds the kept connection dead."""
    with talking(OK, OK) as (port, got):  # each answers one request and closes
        first, second = ask(port, ("GET", "/1", HOST, b""), ("GET", "/2", HOST, b""))
    assert (first.body, second.body) == (b"ok", b"ok")
    assert [each.split(b" ")[1] for each in got] == [b"/1", b"/2"]


def test_a_server_that_closes_without_a_word_is_unanswerable() -> None:
    with talking(None, None) as (port, _), pytest.raises(Unanswerable):
        ask(port, ("GET", "/", HOST, b""))


def test_a_reply_that_is_not_http_is_unanswerable() -> None:
    with talking(b"SSH-2.0-OpenSSH_9.2p1\r\n") as (port, _), pytest.raises(Unanswerable, match="not HTTP"):
        ask(port, ("GET", "/", HOST, b""))


def test_silence_ends_with_the_timeout() -> None:
    with talking(OK, pause=0.5) as (port, _), pytest.raises(Unanswerable, match=r"no reply within 0\.2 s"):
        ask(port, ("GET", "/", HOST, b""), timeout=0.2)


def test_nobody_listening_is_unanswerable_in_plain_words() -> None:
    with talking() as (port, _):
        pass
    with pytest.raises(Unanswerable, match="connection refused"):
        ask(port, ("GET", "/", HOST, b""))


def test_what_came_before_a_broken_end_counts_as_cut() -> None:
    with talking(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf") as (port, _):
        (came,) = ask(port, ("GET", "/", HOST, b""))
    assert (came.status, came.body, came.truncated) == (200, b"half", True)


def test_a_refusal_before_the_body_is_read_is_heard() -> None:
    refusal = b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    with talking(refusal) as (port, _):
        (came,) = ask(port, ("POST", "/", [*HOST, ("Content-Length", "30000000")], b"x" * 100))
    assert came.status == 413


def test_a_switch_of_protocols_is_an_answer() -> None:
    switch = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    with talking(switch) as (port, _):
        (came,) = ask(port, ("GET", "/", [*HOST, ("Upgrade", "websocket"), ("Connection", "Upgrade")], b""))
    assert came.status == 101


def test_a_head_has_no_body_whatever_its_length_says() -> None:
    with talking(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n") as (port, _):
        (came,) = ask(port, ("HEAD", "/", HOST, b""))
    assert (came.status, came.body, came.truncated) == (200, b"", False)


async def endless(scope: Any, receive: Any, send: Any) -> None:
    kind = b"text/event-stream" if scope["path"] == "/events" else b"text/plain"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
    for _ in range(40):
        body = b"data: x\n\n" if scope["path"] == "/events" else b"x" * 65536
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await asyncio.sleep(0.02 if scope["path"] == "/events" else 0)
    await send({"type": "http.response.body", "body": b""})


def test_bodies_are_cut_and_streams_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "EVENTS_KEPT", 0.2)

    async def main(base: str) -> tuple[Came, Came]:
        wire = Wire(await pin(parse(base)), timeout=5)
        try:
            return (
                await wire.send("GET", "/big", HOST, b""),
                await wire.send("GET", "/events", HOST, b""),
            )
        finally:
            await wire.close()

    with serving(endless) as base:
        big, events = asyncio.run(main(base))
    assert (len(big.body), big.truncated) == (BODY_KEPT, True)
    assert events.body.startswith(b"data: x")
    assert events.truncated
    assert events.seconds < 0.6


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def test_many_requests_share_few_connections() -> None:
    peers = set()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        peers.add(tuple(scope["client"]))
        await hello(scope, receive, send)

    async def main(base: str) -> None:
        wire = Wire(await pin(parse(base)), concurrency=3)
        try:
            await asyncio.gather(*(wire.send("GET", f"/{i}", HOST, b"") for i in range(40)))
        finally:
            await wire.close()

    with serving(app) as base:
        asyncio.run(main(base))
    assert 1 <= len(peers) <= 3


def test_a_bad_certificate_is_a_fact_and_the_audit_goes_on(tmp_path: Path) -> None:
    certificate, key = self_made(tmp_path)

    async def main(base: str, cacert: str | None) -> tuple[int, str]:
        wire = Wire(await pin(parse(base)), cacert=cacert)
        try:
            return (await wire.send("GET", "/", HOST, b"")).status, wire.certificate_fault
        finally:
            await wire.close()

    with serving(hello, ssl_certfile=certificate, ssl_keyfile=key) as base:
        status, fault = asyncio.run(main(base, None))
        trusted = asyncio.run(main(base, certificate))
    assert status == 200
    assert "self" in fault
    assert trusted == (200, "")


def test_raw_bytes_go_out_as_they_are() -> None:
    async def main(port: int) -> bytes:
        wire = Wire(target_of(port))
        return await wire.raw(b"\x00\r\nGET nonsense", tls=None, port=None, seconds=3)

    with talking(b"\xffwhat?") as (port, got):
        assert asyncio.run(main(port)) == b"\xffwhat?"
    assert got == [b"\x00\r\nGET nonsense"]
