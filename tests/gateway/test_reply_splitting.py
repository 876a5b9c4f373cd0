"""One reply of the upstream is one reply to the client: what can be read in two ways is a 502, and what follows is thrown away."""

# ruff: noqa: SIM117 - an upstream, a gateway, a client: one a line reads best
from __future__ import annotations

import pytest

from gateway.raw import Request, Upstream, connected, gateway_to, get, run

EVIL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Evil: 1\r\n\r\nevil"
HONEST = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhonest"


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 40\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2, 40\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: evil=1\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n Set-Cookie: evil=1\r\n\r\nok",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        b"HTTP/1.1 200 OK\r\nX: a\nSet-Cookie: evil=1\r\nContent-Length: 2\r\n\r\nok",
    ],
)
def test_an_ambiguous_reply_is_not_passed_on(reply: bytes) -> None:
    def answer(request: Request) -> bytes:
        return reply if b"/split" in request.line else HONEST

    async def body() -> None:
        async with Upstream(answer).running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                split = await client.ask(get("/split"))
                assert split.status == 502, split
                assert split.head("set-cookie") is None
            async with connected(gateway) as client:
                honest = await client.ask(get("/honest"))
                assert (honest.status, honest.body) == (200, b"honest")

    run(body)


def test_a_reply_that_nobody_asked_for_reaches_nobody() -> None:
    """A response split inside the application: the second half waits for the next request on that connection."""

    def answer(request: Request) -> bytes:
        return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + EVIL if b"/split" in request.line else HONEST

    async def body() -> None:
        async with Upstream(answer).running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                assert (await client.ask(get("/split"))).body == b"ok"
                for _ in range(3):
                    honest = await client.ask(get("/honest"))
                    assert (honest.status, honest.body) == (200, b"honest")

    run(body)
