"""Every way in which an exchange can end badly ends in a plain answer or a visible cut, and never in the wrong one."""

# ruff: noqa: SIM117 - an upstream, a gateway, a client: one a line reads best
from __future__ import annotations

import asyncio
import itertools
import json

import pytest

from exchanges import api_of
from gateway.raw import (
    OK,
    Upstream,
    connected,
    gateway_to,
    get,
    post,
    quick,
    read_request,
    run,
)
from ostiary.strict import Duration

SOON = Duration("200ms")


def of(text: bytes) -> str:
    return str(json.loads(text).get("detail", ""))


@pytest.mark.parametrize("pause", [0.0, 0.001, 0.03])
@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_an_upstream_that_closes_idle_connections_is_never_an_error(pause: float, method: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(OK)  # without Connection: close
        await writer.drain()
        if method != "POST":  # what a closing server has acknowledged it may have read: that is not sent twice
            await asyncio.sleep(0.005)

    async def body() -> None:
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                for _ in range(15):
                    assert (await client.ask(post(b'{"a": 1}', method=method))).status == 200
                    await asyncio.sleep(pause)

    run(body)


def test_a_connection_on_which_the_application_crashed_is_not_lent_again() -> None:
    """uvicorn 0.54 sends the 500 without Connection: close, and closes a moment later: what came meanwhile is lost."""
    crashed = False

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal crashed
        while await read_request(reader) is not None:
            if crashed:
                writer.write(OK)
                continue
            crashed = True
            writer.write(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n")
            await read_request(reader)
            return

    async def body() -> None:
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                assert (await client.ask(post(b"1"))).status == 500
                assert (await client.ask(post(b"2"))).status == 200

    run(body)


def test_a_request_that_cannot_be_repeated_is_not_sent_twice() -> None:
    requests = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        for at in itertools.count():
            if await read_request(reader) is None:
                return
            requests += 1
            if at:
                return  # it was read, perhaps acted on, and not answered
            writer.write(OK)

    async def body() -> None:
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                assert (await client.ask(post(b"1"))).status == 200
                assert (await client.ask(post(b"2"))).status == 502
                assert requests == 2
                assert (await client.ask(get("/a"))).status == 200
                assert (await client.ask(get("/b"))).status == 200  # the same fate, and this one may be repeated
                assert requests == 5

    run(body)


def test_a_second_try_is_the_last() -> None:
    served = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        while await read_request(reader) is not None:
            served += 1
            if served > 1:
                return
            writer.write(OK)

    async def body() -> None:
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                assert (await client.ask(get())).status == 200
                assert (await client.ask(get())).status == 502
                assert served == 3

    run(body)


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nSecret Internal: x\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000,
        b"HTTP/1.1 200 OK\r\nX: y\r\n",
    ],
)
def test_a_bad_reply_is_a_502_that_tells_nothing(reply: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(reply)
        await writer.drain()

    async def body() -> None:
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                answer = await client.ask(get())
                assert answer.status == 502
                assert answer.head("content-type") == "application/problem+json"
                port = upstream.url.rpartition(":")[2]
                assert port not in repr(answer)
                assert "Internal" not in answer.body.decode()
                assert (await client.ask(b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")).status == 502  # still connected

    run(body)


def test_a_refused_connection_is_a_502_and_a_silent_upstream_a_504() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def body() -> None:
        async with gateway_to("http://127.0.0.1:1") as gateway, connected(gateway) as client:
            assert (await client.ask(get())).status == 502
            assert (await client.ask(post(b"x" * 100_000))).status == 502
        wire = quick(reply_timeout=SOON)
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url, wire=wire) as gateway:
            async with connected(gateway) as client:
                assert (await client.ask(get())).status == 504
                assert (await client.ask(get())).status == 504

    run(body)


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ],
)
def test_a_reply_that_breaks_off_is_cut_off_not_completed(start: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(start)
        await writer.drain()
        await asyncio.sleep(0.05)

    async def body() -> None:
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                client.send(get())
                got = await client.ended()
                assert b"0\r\n\r\n" not in got
                assert b"502" not in got

    run(body)


def test_excess_after_a_reply_is_never_the_next_clients_reply() -> None:
    async def body() -> None:
        evil = OK + b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"
        async with Upstream(evil).running() as upstream, gateway_to(upstream.url) as gateway:
            for _ in range(3):
                async with connected(gateway) as client:
                    assert (await client.ask(get())).body == b"ok"
                    assert (await client.ask(get())).body == b"ok"
            assert upstream.connections == 6

    run(body)


def test_an_early_reply_reaches_a_client_that_is_still_sending() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
        await writer.drain()

    async def body() -> None:
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n" + b"x" * 400_000)
                reply = await client.reply()
                assert (reply.status, reply.body) == (413, b"big")
                assert reply.head("connection") == "close"
                assert await client.ended() == b""

    run(body)


def test_a_client_that_waits_for_100_gets_it_after_the_head_has_passed_and_not_before() -> None:
    async def body() -> None:
        async with Upstream().running() as upstream, gateway_to(upstream.url) as gateway, connected(gateway) as client:
            head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
            client.send(head)
            assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            assert (await client.ask(b"body")).status == 200
            assert upstream.requests[0].body == b"body"
            assert not upstream.requests[0].all(b"expect")
            client.send(head.replace(b" / ", b" /a%00b "))
            assert (await client.reader.readline()).startswith(b"HTTP/1.1 400")
            await client.ended()
        async with gateway_to("http://127.0.0.1:1") as gateway, connected(gateway) as client:
            assert (await client.ask(head.replace(b"100-continue", b"200-ok"))).status == 417

    run(body)


def test_a_checked_body_gets_its_100_too() -> None:
    media = {"application/json": {"schema": {"type": "object"}}}
    api = api_of({"/": {"post": {"requestBody": {"content": media}, "responses": {"200": {"description": "ok"}}}}})

    async def body() -> None:
        only = ("input.validation-schema",)
        async with Upstream().running() as upstream, gateway_to(upstream.url, api=api, only=only) as gateway:
            async with connected(gateway) as client:
                head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n"
                client.send(head % 10)
                assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
                assert (await client.ask(b'{ "a" : 1}')).status == 200
                assert upstream.requests[0].body == b'{"a":1}'
                assert upstream.requests[0].all(b"content-length") == [b"7"]
                client.send(head % 3)
                assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
                assert (await client.ask(b"[1]")).status in {400, 422}
                assert len(upstream.requests) == 1

    run(body)


def test_a_refused_request_with_a_body_leaves_the_connection_in_step() -> None:
    api = api_of({"/next": {"get": {"responses": {"200": {"description": "ok"}}}}})

    async def body() -> None:
        inventory = ("beyond.api-inventory",)
        async with (
            Upstream().running() as upstream,
            gateway_to(upstream.url, api=api, only=inventory) as gateway,
            connected(gateway) as client,
        ):
            hidden = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
            client.send(post(hidden, path="/missing") + get("/next"))
            assert (await client.reply()).status == 404
            assert (await client.reply()).status == 200
            assert [each.line for each in upstream.requests] == [b"GET /next HTTP/1.1"]

    run(body)


def test_a_client_may_close_its_half_and_still_gets_its_replies() -> None:
    async def body() -> None:
        async with Upstream().running() as upstream, gateway_to(upstream.url) as gateway, connected(gateway) as client:
            client.send(get("/1") + get("/2"))
            client.writer.write_eof()
            assert (await client.ended()).count(b"HTTP/1.1 200 OK") == 2

    run(body)


def test_a_request_that_breaks_off_never_looks_complete_upstream() -> None:
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read())

    async def body() -> None:
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url) as gateway:
            for raw in (
                b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
                b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n",
            ):
                async with connected(gateway) as client:
                    client.send(raw)
                    await asyncio.sleep(0.05)
                    client.writer.write_eof()
                    await client.ended()
            await asyncio.sleep(0.05)
            assert all(b"0\r\n\r\n" not in each for each in seen)

    run(body)


def test_slow_senders_are_cut_off() -> None:
    wire = quick(head_timeout=SOON, stall_timeout=SOON)

    async def body() -> None:
        async with Upstream().running() as upstream, gateway_to(upstream.url, wire=wire) as gateway:
            async with connected(gateway) as client:  # says nothing at all
                assert await client.ended(2.0) == b""
            for raw in (b"GET / HT", b"GET / HTTP/1.1\r\nHost:"):
                async with connected(gateway) as client:
                    client.send(raw)
                    assert (await client.reply()).status == 408
                    await client.ended(2.0)
            async with connected(gateway) as client:  # drips its head
                for byte in get()[:30]:
                    client.send(bytes([byte]))
                    await asyncio.sleep(0.02)
                assert (await client.reply()).status == 408
            async with connected(gateway) as client:  # stops in its body
                client.send(post(b"x" * 10)[:-1])
                assert (await client.reply()).status == 408
                await client.ended(2.0)

    run(body)


def test_a_reader_that_reads_nothing_is_cut_off() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            await writer.drain()

    async def body() -> None:
        wire = quick(stall_timeout=SOON)
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url, wire=wire) as gateway:
            async with connected(gateway) as client:
                client.writer.transport.pause_reading()  # type: ignore[attr-defined]
                client.send(get())
                core = gateway.core
                assert core is not None
                for _ in range(300):
                    await asyncio.sleep(0.01)
                    if not core.clients and core.pool.open == 0:
                        return
                pytest.fail("the connections are still open")

    run(body)


def test_a_connection_without_requests_is_closed_after_a_while() -> None:
    async def body() -> None:
        async with Upstream().running() as upstream:
            async with gateway_to(upstream.url, wire=quick(idle_timeout=SOON)) as gateway, connected(gateway) as client:
                assert (await client.ask(get())).status == 200
                assert await client.ended(2.0) == b""

    run(body)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (get("/" + "a" * 9000), 414),
        (b"GET /" + b"a" * 70_000, 414),
        (get("/", "X: " + "y" * 40_000), 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 70_000, 431),
        (get("/", *[f"X-{at}: y" for at in range(150)]), 431),
    ],
)
def test_heads_are_bounded(raw: bytes, status: int) -> None:
    async def body() -> None:
        async with Upstream().running() as upstream, gateway_to(upstream.url) as gateway, connected(gateway) as client:
            reply = await client.ask(raw)
            assert reply.status == status
            assert reply.head("connection") == "close"
            assert not upstream.requests

    run(body)


def test_a_waiting_connection_remembers_no_large_head() -> None:
    async def body() -> None:
        async with Upstream().running() as upstream, gateway_to(upstream.url) as gateway, connected(gateway) as client:
            for more in (["X-Small: y"], ["X-Large: " + "y" * 7000] * 3, ["X-Small: y"]):
                for _ in range(3):
                    assert (await client.ask(get("/", *more))).status == 200
                    name, _, value = more[0].lower().partition(": ")
                    assert upstream.requests[-1].all(name.encode()) == [value.encode()] * len(more)
                if "x-large" in more[0].lower():
                    core = gateway.core
                    assert core is not None
                    (waiting,) = core.clients
                    assert "yyyy" not in repr((waiting.memo._headers, waiting.memo._lines, waiting._headers))
                    assert "yyyy" not in repr((waiting._reader.headers, waiting._reader._block))

    run(body)


def test_a_body_over_the_policys_limit_is_refused_however_it_is_framed() -> None:
    async def body() -> None:
        config = {
            "only": ("beyond.payload-limits",),
            "controls": {"beyond.payload-limits": {"body": "1KiB", "upload": "1KiB"}},
        }
        async with Upstream().running() as upstream, gateway_to(upstream.url, **config) as gateway:  # type: ignore[arg-type]
            async with connected(gateway) as client:
                assert (await client.ask(post(b"x" * 2000, "Content-Type: text/plain"))).status == 413
            async with connected(gateway) as client:
                chunk = b"3e8\r\n" + b"x" * 1000 + b"\r\n"
                head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
                assert (await client.ask(head + chunk * 5)).status == 413
            await asyncio.sleep(0.02)
            assert not upstream.requests

    run(body)


def test_monitor_mode_passes_on_what_is_too_large_and_notes_it() -> None:
    media = {"application/json": {"schema": {"type": "object"}}}
    api = api_of({"/": {"post": {"requestBody": {"content": media}, "responses": {"200": {"description": "ok"}}}}})
    only = ("beyond.payload-limits", "input.validation-schema")

    async def body() -> None:
        async with (
            Upstream().running() as upstream,
            gateway_to(upstream.url, api=api, only=only, mode="monitor") as gateway,
            connected(gateway) as client,
        ):
            kind = "Content-Type: application/json"
            data = b'["' + b"x" * 3_000_000 + b'"]'
            assert (await client.ask(post(data, kind))).status == 200
            head = f"POST / HTTP/1.1\r\nHost: a\r\n{kind}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
            assert (await client.ask(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data))).status == 200
            assert (await client.ask(post(b"[1]", kind))).status == 200
            assert [each.body for each in upstream.requests] == [data, data, b"[1]"]
            assert {mode for *_, mode in gateway.compiled.journal.refusals} == {"monitor"}
            assert sum(gateway.compiled.journal.refusals.values()) >= 3

    run(body)


def test_too_many_clients_get_a_503_and_too_many_exchanges_wait_their_turn() -> None:
    async def body() -> None:
        async with Upstream().running() as upstream:
            wire = quick(connections=2, upstream_connections=1)
            async with gateway_to(upstream.url, wire=wire) as gateway:
                async with connected(gateway) as one, connected(gateway) as two:
                    one.send(get() * 20)
                    two.send(get() * 20)
                    async with connected(gateway) as three:
                        assert (await three.reply()).status == 503
                    for _ in range(20):
                        assert (await one.reply()).status == (await two.reply()).status == 200
            assert upstream.connections == 1

    run(body)


def test_exchanges_under_way_finish_after_the_port_is_closed() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await asyncio.sleep(0.2)
        writer.write(OK)

    async def body() -> None:
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as busy, connected(gateway) as idle:
                busy.send(get())
                await asyncio.sleep(0.05)
                stopping = asyncio.create_task(gateway.stop())
                assert await idle.ended(1.0) == b""
                reply = await busy.reply()
                assert (reply.status, reply.head("connection")) == (200, "close")
                await busy.ended(1.0)
                await stopping
                with pytest.raises(OSError):  # noqa: PT011 - refused or reset
                    async with connected(gateway) as late:
                        await late.ask(get())

    run(body)


def test_a_drain_ends() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def body() -> None:
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                client.send(get())
                await asyncio.sleep(0.05)
                async with asyncio.timeout(2):
                    await gateway.stop(0.1)
                assert await client.ended(1.0) == b""

    run(body)
