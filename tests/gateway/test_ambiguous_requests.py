"""What two servers could read in two ways never reaches the second: refused, closed, and nothing of it is a request."""

from __future__ import annotations

import pytest

from gateway.raw import Upstream, connected, gateway_to, get, run

POST = b"POST /a HTTP/1.1\r\nHost: api.test\r\n"
GET = b"GET /a HTTP/1.1\r\nHost: api.test\r\n"
SECOND = b"GET /inside HTTP/1.1\r\nHost: api.test\r\n\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
AMBIGUOUS = {
    "both lengths": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SECOND,
    "both lengths, other order": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 43\r\n\r\n0\r\n\r\n" + SECOND,
    "two lengths that differ": POST + b"Content-Length: 0\r\nContent-Length: 43\r\n\r\n" + SECOND,
    "a list of lengths": POST + b"Content-Length: 0, 43\r\n\r\n" + SECOND,
    "a signed length": POST + b"Content-Length: +43\r\n\r\n" + SECOND,
    "a space before the colon": POST + b"Content-Length : 43\r\n\r\n" + SECOND,
    "an obfuscated coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SECOND,
    "a coding after chunked": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SECOND,
    "a tab in the coding": POST + b"Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n" + SECOND,
    "bare line feeds": POST.replace(b"\r\n", b"\n") + b"Content-Length: 0\n\n" + SECOND,
    "a bare line feed in the head": GET + b"X: a\nContent-Length: 43\r\n\r\n" + SECOND,
    "a bare carriage return in the head": GET + b"X: a\rContent-Length: 43\r\n\r\n" + SECOND,
    "an obsolete folding": GET + b"X: a\r\n Content-Length: 43\r\n\r\n" + SECOND,
    "an obsolete folding by tab": POST + b"Transfer-Encoding:\r\n\tchunked\r\n\r\n0\r\n\r\n" + SECOND,
    "a chunk size with a sign": CHUNKED + b"+0\r\n\r\n" + SECOND,
    "a chunk size in 0x": CHUNKED + b"0x0\r\n\r\n" + SECOND,
    "a chunk size with blanks": CHUNKED + b"0 \r\n\r\n" + SECOND,
    "a line feed in a chunk extension": CHUNKED + b"2;a\nxx\r\nhi\r\n0\r\n\r\n" + SECOND,
    "a chunk extension without end": CHUNKED + b"2;" + b"a" * 40_000 + b"\r\nhi\r\n0\r\n\r\n" + SECOND,
    "a chunk that ends in a bare line feed": CHUNKED + b"2\r\nhi\n0\r\n\r\n" + SECOND,
    "a chunk longer than said": CHUNKED + b"2\r\nhiho\r\n0\r\n\r\n" + SECOND,
    "two hosts": GET + b"Host: api.test\r\n\r\n" + SECOND,
    "two hosts that differ": GET + b"Host: evil.example\r\n\r\n" + SECOND,
    "a host with a path": b"GET /a HTTP/1.1\r\nHost: api.test/x\r\n\r\n" + SECOND,
    "no host": b"GET /a HTTP/1.1\r\n\r\n" + SECOND,
    "an absolute form of another host": b"GET http://evil.example/a HTTP/1.1\r\nHost: api.test\r\n\r\n" + SECOND,
    "an absolute form with a user": b"GET http://api.test@evil.example/a HTTP/1.1\r\nHost: api.test\r\n\r\n" + SECOND,
    "a NUL in a value": GET + b"X: \x00\r\n\r\n" + SECOND,
    "a space in a name": GET + b"X Y: a\r\n\r\n" + SECOND,
}


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_an_ambiguous_request_is_refused_and_its_connection_closed(case: str) -> None:
    async def body() -> None:
        async with Upstream().running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                client.send(AMBIGUOUS[case])
                told = await client.ended()
            assert told.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 ")), told[:80]
            assert told.count(b"HTTP/1.1 ") == 1
            assert b" 200 " not in told
            assert upstream.requests == []
            async with connected(gateway) as client:
                assert (await client.ask(get("/honest"))).status == 200

    run(body)


@pytest.mark.parametrize(
    "data",
    [
        POST + b"Content-Length: 2\r\n\r\nhi", CHUNKED + b"2\r\nhi\r\n0\r\n\r\n", CHUNKED + b"2;a=b\r\nhi\r\n0\r\nX-Trailer: 1\r\n\r\n",
        b"GET http://api.test/a HTTP/1.1\r\nHost: api.test\r\n\r\n", GET + b"X-Tabbed: a\tb\r\n\r\n",
    ],
)  # fmt: skip
def test_a_clear_request_of_the_same_kind_is_served(data: bytes) -> None:
    async def body() -> None:
        async with Upstream().running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                assert (await client.ask(data)).status == 200
                assert (await client.ask(get("/after"))).status == 200
            assert [each.line.split()[1] for each in upstream.requests] == [b"/a", b"/after"]

    run(body)
