"""The target calls us back: what it called is remembered by mark, and nothing it sends can hold us up."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import pytest

from ostiary.audit.gather.listener import BODY, Ear, our_address
from ostiary.errors import Unanswerable


def listening(do: Callable[[Ear], Awaitable[None]]) -> None:
    async def run() -> None:
        async with asyncio.timeout(20):
            ear = Ear("127.0.0.1", "s3cret")
            try:
                await do(ear)
            finally:
                await ear.close()

    asyncio.run(run())


async def call(url: str, head: str = "", body: bytes = b"", method: str = "GET") -> str:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"{method} {url.partition(parts.netloc)[2]} HTTP/1.1\r\n{head}\r\n".encode() + body)
    await writer.drain()
    came = await reader.read()
    writer.close()
    return came.decode()


def test_a_call_is_heard_by_its_mark_whatever_is_put_behind_it() -> None:
    async def do(ear: Ear) -> None:
        assert "200" in (await call(ear.url("one") + "/api?x=1", "X-From: target\r\n")).partition("\r\n")[0]
        assert "X-From: target" in await ear.heard("one")
        assert await ear.heard("two", 0.05) == ""

    listening(do)


def test_a_call_that_comes_later_is_waited_for() -> None:
    async def do(ear: Ear) -> None:
        waiting = asyncio.create_task(ear.heard("late", 5))
        await asyncio.sleep(0.05)
        await call(ear.url("late"))
        assert (await waiting).startswith("GET /")

    listening(do)


def test_what_it_says_is_in_no_url_and_differs_by_mark() -> None:
    async def do(ear: Ear) -> None:
        assert (await call(ear.url("a"))).endswith(ear.says("a"))
        assert ear.says("a") != ear.says("b")
        assert ear.says("a") not in ear.url("a")

    listening(do)


def test_it_serves_what_it_is_told_and_redirects() -> None:
    async def do(ear: Ear) -> None:
        url = ear.serve("keys", b'{"keys":[]}', media="application/json")
        assert (await call(url)).endswith('{"keys":[]}')
        moved = await call(ear.serve("away", b"", status=302, headers=(("Location", ear.url("there")),)))
        assert ear.url("there") in moved

    listening(do)


def test_a_call_without_our_secret_does_not_count() -> None:
    async def do(ear: Ear) -> None:
        came = await call(ear.url("one").replace("s3cret", "guess"))
        assert " 404 " in came.partition("\r\n")[0]
        assert await ear.heard("one", 0.05) == ""

    listening(do)


def test_a_posted_body_is_read_and_one_that_never_ends_is_not_waited_for() -> None:
    async def do(ear: Ear) -> None:
        assert "200" in await call(ear.url("hook"), "Content-Length: 5\r\n", b"hello", "POST")
        assert await ear.heard("hook")
        long = await call(ear.url("long"), f"Content-Length: {BODY * 100}\r\n", b"x" * BODY, "POST")
        assert "200" in long

    listening(do)


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x02\x00junk\r\n\r\n", b"\r\n\r\n", b"x" * 100_000, b""])
def test_what_is_no_request_harms_nobody(data: bytes) -> None:
    async def do(ear: Ear) -> None:
        parts = urlsplit(ear.url("x"))
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(data)
        writer.write_eof()
        try:
            async with asyncio.timeout(5):
                await reader.read()
        except ConnectionError:
            pass
        writer.close()
        await call(ear.url("after"))
        assert await ear.heard("after")

    listening(do)


def test_after_closing_nobody_is_answered() -> None:
    async def run() -> tuple[str, int]:
        ear = Ear("127.0.0.1", "s")
        await asyncio.sleep(0)
        parts = urlsplit(ear.url("x"))
        await ear.close()
        return str(parts.hostname), int(parts.port or 0)

    where = asyncio.run(run())
    with socket.socket() as probe:
        assert probe.connect_ex(where) != 0


def test_the_address_by_which_the_target_reaches_us() -> None:
    assert our_address("127.0.0.1") == "127.0.0.1"
    assert our_address("127.0.0.5") == "127.0.0.1"
    assert our_address("::1") == "::1"
    with pytest.raises(Unanswerable):
        our_address("8.8.8.8")
