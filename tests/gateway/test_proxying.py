"""Requests reach the upstream written anew, replies reach the client whole; nothing of one hop leaks into the other."""

# ruff: noqa: SIM117 - an upstream, a gateway, a client: one a line reads best
from __future__ import annotations

import asyncio

import pytest

from gateway.raw import OK, Request, Upstream, connected, gateway_to, get, post, read_request, run
from ostiary.gateway.limits import MOST_REPLAY


@pytest.mark.parametrize("plain", [False, True])
def test_a_kept_connection_serves_many_requests_over_one_upstream_connection(*, plain: bool) -> None:
    async def body() -> None:
        async with Upstream().running() as upstream, gateway_to(upstream.url) as gateway, connected(gateway) as client:
            for _ in range(20):
                reply = await client.ask(get("/a?b=c"))
                assert (reply.status, reply.body) == (200, b"ok")
            assert upstream.connections == 1
            assert {request.line for request in upstream.requests} == {b"GET /a?b=c HTTP/1.1"}

    run(body, plain=plain)


def test_pipelined_requests_are_answered_in_order() -> None:
    async def body() -> None:
        def answer(request: Request) -> bytes:
            path = request.line.split(b" ")[1]
            return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(path), path)

        async with Upstream(answer).running() as up, gateway_to(up.url) as gateway, connected(gateway) as client:
            client.send(b"".join(post(b"x" * at, path=f"/{at}") if at % 3 else get(f"/{at}") for at in range(40)))
            assert [(await client.reply()).body for _ in range(40)] == [b"/%d" % at for at in range(40)]

    run(body)


def test_bodies_with_a_length_and_in_chunks_arrive_whole_and_unchanged() -> None:
    async def body() -> None:
        async with Upstream().running() as upstream, gateway_to(upstream.url) as gateway, connected(gateway) as client:
            data = bytes(range(256)) * 1000 + b"\r\n\r\n0\r\n\r\n"
            await client.ask(post(data))
            head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            chunks = b"".join(
                b"%x\r\n%b\r\n" % (len(data[at : at + 999]), data[at : at + 999]) for at in range(0, len(data), 999)
            )
            await client.ask(head + chunks + b"0\r\nTrailer-Field: x\r\n\r\n")
            reply = await client.ask(get("/after"))
            assert reply.status == 200
            assert [each.body for each in upstream.requests] == [data, data, b""]
            assert upstream.requests[1].all(b"transfer-encoding") == [b"chunked"]
            assert upstream.requests[1].all(b"content-length") == []
            assert not upstream.requests[1].all(b"trailer-field")

    run(body)


@pytest.mark.parametrize("cut", range(1, 9))
def test_a_request_may_arrive_in_any_pieces(cut: int) -> None:
    async def body() -> None:
        async with Upstream().running() as upstream, gateway_to(upstream.url) as gateway, connected(gateway) as client:
            raw = (
                b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n\r\n\r\n0\r\n0\r\nX: y\r\n\r\n"
                b"PUT /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                b"GET /c HTTP/1.1\r\nHost: a\r\n\r\n"
            )
            for at in range(0, len(raw), cut):
                client.send(raw[at : at + cut])
                await asyncio.sleep(0)
            for _ in range(3):
                assert (await client.reply()).status == 200
            assert [each.line[:6] for each in upstream.requests] == [b"POST /", b"PUT /b", b"GET /c"]
            assert [each.body for each in upstream.requests] == [b"\r\n\r\n0", b"abc", b""]

    run(body)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", b"abcde"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde", b"abcde"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK, b"ok"),
    ],
)
def test_every_framing_of_a_reply_is_understood_and_the_connection_stays_usable(answer: bytes, expected: bytes) -> None:
    async def body() -> None:
        async with Upstream(answer).running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                for _ in range(3):
                    assert (await client.ask(get())).body == expected
            assert upstream.connections == 1

    run(body)


def test_a_reply_that_ends_with_its_connection_is_passed_on_whole() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nfirst ")
        await asyncio.sleep(0.05)
        writer.write(b"second")

    async def body() -> None:
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                assert (await client.ask(get())).body == b"first second"
                assert (await client.ask(get())).body == b"first second"
            async with connected(gateway) as client:
                reply = await client.ask(get(version="1.0"))
                assert reply.body == b"first second"
                assert reply.head("transfer-encoding") is None

    run(body)


def test_head_has_the_length_and_no_body_whatever_the_upstream_does() -> None:
    async def body() -> None:
        for answer in (
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",  # wrong, and seen
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        ):
            async with Upstream(answer).running() as upstream, gateway_to(upstream.url) as gateway:
                async with connected(gateway) as client:
                    for _ in range(3):
                        client.send(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
                        reply = await client.reply(head=True)
                        assert reply.status == 200
                        assert reply.head("transfer-encoding") is None

    run(body)


def test_fields_of_one_hop_stay_on_it_both_ways() -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Internal\r\nKeep-Alive: timeout=5\r\nX-Internal: a\r\n"
        b"Proxy-Authenticate: x\r\nTrailer: x\r\nX-Kept: b\r\nContent-Length: 2\r\n\r\nok"
    )

    async def body() -> None:
        async with Upstream(answer).running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                reply = await client.ask(
                    get("/", "Connection: keep-alive, X-Private", "X-Private: 1", "TE: trailers", "Keep-Alive: 5",
                        "Proxy-Connection: close", "Proxy-Authorization: x", "Upgrade: h2c", "Trailer: y", "Proxy: evil",
                        "HTTP2-Settings: AAA", "X-Public: 2")
                )  # fmt: skip
            names = {name for name, _ in upstream.requests[0].headers}
            assert names == {
                b"host",
                b"x-public",
                b"x-forwarded-for",
                b"x-forwarded-proto",
                b"x-forwarded-host",
                b"forwarded",
            }
            assert sorted(name for name, _ in reply.headers) == ["content-length", "date", "x-kept"]

    run(body)


def test_who_asked_is_said_by_the_gateway_alone() -> None:
    async def body() -> None:
        async with Upstream().running() as upstream, gateway_to(upstream.url) as gateway, connected(gateway) as client:
            await client.ask(
                get("/", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example",
                    "Forwarded: for=6.6.6.6", "X-Real-IP: 6.6.6.6", "X-Forwarded-Prefix: /evil", "True-Client-IP: 6.6.6.6")
            )  # fmt: skip
            request = upstream.requests[0]
            assert request.all(b"x-forwarded-for") == [b"127.0.0.1"]
            assert request.all(b"x-forwarded-proto") == [b"http"]
            assert request.all(b"x-forwarded-host") == [b"api.test"]
            assert request.all(b"forwarded") == [b'for=127.0.0.1;proto=http;host="api.test"']
            assert b"6.6.6.6" not in repr(request).encode()
            assert b"evil" not in repr(request).encode()

    run(body)


def test_the_word_of_a_proxy_that_the_policy_trusts_is_passed_on_once() -> None:
    async def body() -> None:
        trust = "beyond.host-and-proxy-trust"
        settings = {trust: {"hosts": ["api.test"], "proxies": ["127.0.0.1/32"]}}
        async with (
            Upstream().running() as upstream,
            gateway_to(upstream.url, only=(trust,), controls=settings) as gateway,
            connected(gateway) as client,
        ):
            said = ("X-Forwarded-For: 6.6.6.6, 192.0.2.9", "X-Forwarded-Proto: https", "X-Forwarded-User: ada")
            assert (await client.ask(get("/", *said, "Forwarded: for=6.6.6.6"))).status == 200
            assert (await client.ask(get("/", *said, "X-Real-IP: 6.6.6.6"))).status == 200
            for request in upstream.requests:
                assert request.all(b"x-forwarded-for") == [b"192.0.2.9"]
                assert request.all(b"x-forwarded-proto") == [b"https"]
                assert request.all(b"x-forwarded-user") == [b"ada"]
                assert request.all(b"forwarded") == [b'for=192.0.2.9;proto=https;host="api.test"']
                assert b"6.6.6.6" not in repr(request).encode()

    run(body)


def test_a_name_with_an_underscore_never_reaches_a_server_that_reads_it_as_a_dash() -> None:
    async def body() -> None:
        async with Upstream().running() as upstream, gateway_to(upstream.url) as gateway, connected(gateway) as client:
            await client.ask(get("/", "X_Forwarded_For: 6.6.6.6", "X_User: admin"))
            assert not [name for name, _ in upstream.requests[0].headers if b"_" in name]

    run(body)


def test_nothing_names_the_gateway() -> None:
    async def body() -> None:
        async with Upstream().running() as upstream, gateway_to(upstream.url) as gateway, connected(gateway) as client:
            reply = await client.ask(get())
            refused = await client.ask(get("/a%2fb"))
            for each in (reply, refused):
                assert each.head("via") is None
                assert each.head("server") is None
                assert "ostiary" not in repr(each).lower()
            assert not upstream.requests[0].all(b"via")

    run(body)


def test_a_client_of_http_1_0_is_served_and_its_connection_closed() -> None:
    async def body() -> None:
        async with Upstream().running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                client.send(b"GET / HTTP/1.0\r\n\r\n")
                assert (await client.ended()).endswith(b"ok")
            assert upstream.requests[0].all(b"host")
            async with connected(gateway) as client:
                for _ in range(2):
                    reply = await client.ask(b"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")
                    assert reply.head("connection") == "keep-alive"

    run(body)


def test_the_absolute_form_is_taken_where_it_says_what_host_says() -> None:
    async def body() -> None:
        async with Upstream().running() as upstream, gateway_to(upstream.url) as gateway, connected(gateway) as client:
            assert (await client.ask(b"GET http://a.test/x?y HTTP/1.1\r\nHost: a.test\r\n\r\n")).status == 200
            assert upstream.requests[0].line == b"GET /x?y HTTP/1.1"
            assert (await client.ask(b"GET http://b.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n")).status == 400

    run(body)


def test_an_unknown_method_and_the_asterisk_are_the_policys_to_judge() -> None:
    async def body() -> None:
        async with Upstream().running() as upstream, gateway_to(upstream.url) as gateway, connected(gateway) as client:
            assert (await client.ask(b"BREW /pot HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\ntea")).status == 200
            assert (await client.ask(b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")).status == 200
            assert [each.line for each in upstream.requests] == [b"BREW /pot HTTP/1.1", b"OPTIONS * HTTP/1.1"]
            assert upstream.requests[0].body == b"tea"

    run(body)


def test_an_upgrade_that_is_no_websocket_is_an_ordinary_request_body_and_all() -> None:
    async def body() -> None:
        async with Upstream().running() as upstream, gateway_to(upstream.url) as gateway, connected(gateway) as client:
            more = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQ")
            assert (await client.ask(post(b'{"a": 1}', *more))).status == 200
            chunked = b"\r\n".join([b"POST /c HTTP/1.1", b"Host: a", *(each.encode() for each in more),
                                    b"Transfer-Encoding: chunked", b"", b"3\r\nabc\r\n0\r\n\r\n"])  # fmt: skip
            assert (await client.ask(chunked)).status == 200
            assert (await client.ask(get())).status == 200
            assert [each.body for each in upstream.requests] == [b'{"a": 1}', b"abc", b""]
            assert not [name for each in upstream.requests for name, _ in each.headers if name == b"upgrade"]

    run(body)


def test_a_large_reply_to_a_slow_reader_waits_at_the_upstream_not_in_memory() -> None:
    sent = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(600):
            writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            await writer.drain()
            sent += 65536
        writer.write(b"0\r\n\r\n")

    async def body() -> None:
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                client.writer.transport.pause_reading()  # type: ignore[attr-defined]
                client.send(get())
                await asyncio.sleep(0.4)
                held = sent
                await asyncio.sleep(0.2)
                assert sent == held < 20_000_000  # stuck, in kernel buffers mostly
                client.writer.transport.resume_reading()  # type: ignore[attr-defined]
                assert len((await client.reply()).body) == 39_321_600

    run(body)


def test_a_large_upload_to_a_slow_upstream_waits_at_the_client() -> None:
    go = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await go.wait()
        await reader.readexactly(40_000_000)
        writer.write(OK)

    async def body() -> None:
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                client.send(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 40000000\r\n\r\n" + b"x" * 40_000_000)
                await asyncio.sleep(0.4)
                held = client.writer.transport.get_write_buffer_size()
                assert held > 20_000_000
                await asyncio.sleep(0.1)
                assert client.writer.transport.get_write_buffer_size() == held
                go.set()
                assert (await client.reply()).status == 200

    run(body)


def test_server_sent_events_arrive_one_by_one() -> None:
    seen = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for at in range(3):
            writer.write(b"9\r\ndata: %d\n\n\r\n" % at)
            await seen.wait()
            seen.clear()
        writer.write(b"0\r\n\r\n")

    async def body() -> None:
        # every control on: none of them may hold the stream back
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url, only=None) as gateway:
            async with connected(gateway) as client:
                client.send(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n")
                await client.reader.readuntil(b"\r\n\r\n")
                for at in range(3):
                    assert await client.reader.readuntil(b"\n\n\r\n") == b"9\r\ndata: %d\n\n\r\n" % at
                    seen.set()
                assert await client.reader.readuntil(b"0\r\n\r\n")

    run(body)


def test_both_ways_stream_at_once() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        for _ in range(3):
            assert (await reader.readline()).strip() == b"3"
            writer.write(await reader.readexactly(3))
            await reader.readline()
        await reader.readuntil(b"0\r\n\r\n")

    async def body() -> None:
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                client.send(b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                await client.reader.readuntil(b"\r\n\r\n")
                for word in (b"one", b"two", b"six"):
                    client.send(b"3\r\n" + word + b"\r\n")
                    assert await client.reader.readexactly(3) == word

    run(body)


def test_constants_keep_a_second_try_bounded() -> None:
    assert MOST_REPLAY <= 256 * 1024
