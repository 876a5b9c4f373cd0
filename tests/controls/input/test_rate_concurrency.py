"""A place is held until the exchange is over, however it ends; thousands of broken-off requests leave every place free."""

# ruff: noqa: SIM117 - an upstream, a gateway, a client: one a line reads best
from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import websockets

from callers import ISSUERS, kebab, known
from exchanges import api_of, ask, exchange, head
from gateway.raw import OK, Upstream, connected, gateway_to, get, post, quick, read_request, run
from ostiary.config import Config
from ostiary.controls.input.rate_concurrency.guard import Settings, _places, guard
from ostiary.errors import ConfigError
from ostiary.gateway.server import Gateway
from ostiary.guard.app import Guard
from ostiary.guard.site import Compiled
from ostiary.model import Exchange, Operation, Principal
from ostiary.parts.places import Places

ONLY = ("input.rate-concurrency",)
API = api_of({
    "/items": {"get": {}, "post": {}}, "/reports": {"get": {}},
    "/events": {"get": {"responses": {"200": {"description": "d", "content": {"text/event-stream": {}}}}}},
})  # fmt: skip
ITEMS = Operation(method="GET", path="/items")


def policy(**settings: Any) -> Compiled:
    settings = {"queue": 0, **settings}
    return Compiled(Config(only=ONLY, issuers=ISSUERS, controls={"input.rate-concurrency": kebab(settings)}), API)


def enter(policy: Compiled, path: str = "/items", who: Principal | None = None, **more: Any) -> tuple[int, Exchange]:
    """A request that begins and does not end yet."""
    websocket = more.pop("websocket", False)
    made = exchange("GET", path, **more)
    made.websocket = websocket
    made.principal = who
    refusal = ask(policy, made)
    if refusal is not None:
        assert head(refusal, "retry-after") == "1"
        made.end()
    return (refusal.status if refusal else 200), made


def test_a_caller_has_his_places_and_they_come_back() -> None:
    made = policy(caller=2)
    begun = [enter(made, path) for path in ("/items", "/reports", "/items")]
    assert [status for status, _ in begun] == [200, 200, 429]
    assert enter(made, peer="192.0.2.8")[0] == 200
    begun[0][1].end()
    assert [enter(made)[0] for _ in range(2)] == [200, 429]


def test_callers_are_told_apart_by_token_then_by_source() -> None:
    made = policy(caller=1)
    assert [enter(made, who=known(name))[0] for name in ("alice", "bob", "alice")] == [200, 200, 429]
    assert enter(made, who=known("alice"), peer="192.0.2.8")[0] == 429
    assert [enter(made, peer=peer)[0] for peer in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")] == [200, 429, 200]


def test_what_is_everybodys_is_503() -> None:
    made = policy(caller=0, operation=1, total=3)
    assert enter(made, "/items")[0] == 200
    assert enter(made, "/items", peer="192.0.2.8")[0] == 503
    assert [enter(made, path, peer="192.0.2.9")[0] for path in ("/reports", "/events", "/nowhere")] == [200, 200, 503]


def test_one_caller_never_holds_more_than_half_of_what_is_everybodys() -> None:
    made = policy(total=6)
    assert [enter(made)[0] for _ in range(4)] == [200, 200, 200, 429]
    assert [enter(made, peer="192.0.2.8")[0] for _ in range(4)] == [200, 200, 200, 429]
    assert enter(made, peer="192.0.2.9")[0] == 503
    made = policy(total=6)
    assert [enter(made, websocket=True)[0] for _ in range(4)] == [200, 200, 200, 429]


def test_streams_are_counted_by_themselves() -> None:
    made = policy(caller=1, streams=2)
    assert [enter(made, "/events")[0] for _ in range(3)] == [200, 200, 429]
    assert enter(made, "/items")[0] == 200
    made = policy(caller=1, streams=2)
    assert [enter(made, "/items", websocket=True)[0] for _ in range(3)] == [200, 200, 429]
    assert enter(made, "/items")[0] == 200


def test_an_operation_that_gives_way_first_counts_with_the_rest() -> None:
    api = api_of({"/a": {"get": {}}, "/b": {"get": {"x-ostiary-input-rate-concurrency": {"total": 2}}}})
    made = Compiled(Config(only=ONLY, controls={"input.rate-concurrency": {"total": 3, "caller": 0, "queue": 0}}), api)
    assert [enter(made, path)[0] for path in ("/a", "/a", "/b", "/a", "/a")] == [200, 200, 503, 200, 503]


def test_defaults_let_a_page_and_an_office_pass() -> None:
    made = policy()
    assert {enter(made, who=known("alice"))[0] for _ in range(100)} == {200}
    assert enter(made, who=known("alice"))[0] == 429
    assert {enter(made, peer="192.0.2.1", websocket=True)[0] for _ in range(1000)} == {200}


def test_nothing_to_count_is_no_stage() -> None:
    assert guard(Settings(caller=0, streams=0), ITEMS, policy().site) is None


@pytest.mark.parametrize("wait", ["0s", "31s"])
def test_a_wait_that_is_none_or_endless_is_a_mistake(wait: str) -> None:
    with pytest.raises(ConfigError):
        policy(wait=wait, queue=1)


# in front of an upstream


class Slow:
    """An upstream that answers when told to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.here = 0
        self.most = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await read_request(reader) is not None:
            self.here += 1
            self.most = max(self.most, self.here)
            try:
                await self.go.wait()
            finally:
                self.here -= 1
            writer.write(OK)


def places(gateway: Gateway) -> Places:
    return _places(gateway.compiled.site)


def limits(**settings: Any) -> dict[str, Any]:
    return {"only": ONLY, "controls": {"input.rate-concurrency": kebab(settings)}}


def slam(writer: asyncio.StreamWriter) -> None:
    """Hang up in a way that the other side cannot take for the mere end of what is sent (a reset)."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what is waited for is a count
            await asyncio.sleep(0.005)


def gatewayed(**settings: Any) -> Callable[[Callable[[Gateway, Slow], Awaitable[None]]], None]:
    """Run a test in front of a slow upstream; afterwards every place must be free."""

    def outer(test: Callable[[Gateway, Slow], Awaitable[None]]) -> None:
        async def body() -> None:
            slow = Slow()
            wire = quick(reply_timeout=1.0, connections=5000)
            async with Upstream(serve=slow).running() as upstream:
                async with gateway_to(upstream.url, wire=wire, **limits(**settings)) as gateway:
                    await test(gateway, slow)
                    slow.go.set()
                    await until(lambda: not places(gateway).held and not places(gateway).waiting)

        run(body)

    return outer


def test_excess_waits_its_turn_and_nothing_is_refused() -> None:
    @gatewayed(total=3, caller=0, queue=100, wait="5s")
    async def _(gateway: Gateway, slow: Slow) -> None:
        async def one(peer: int) -> int:
            async with connected(gateway, local_addr=(f"127.0.0.{peer}", 0)) as client:
                return (await client.ask(get())).status

        asking = [asyncio.create_task(one(2 + at)) for at in range(20)]
        await until(lambda: places(gateway).waiting == 17)
        assert slow.here == 3
        slow.go.set()
        assert await asyncio.gather(*asking) == [200] * 20
        assert slow.most == 3


def test_a_wait_ends_with_the_right_refusal() -> None:
    @gatewayed(caller=1, total=2, queue=8, wait="100ms")
    async def _(gateway: Gateway, slow: Slow) -> None:
        async with contextlib.AsyncExitStack() as stack:
            peers = [
                await stack.enter_async_context(connected(gateway, local_addr=(f"127.0.0.{at}", 0))) for at in (2, 3)
            ]
            for client in peers:
                client.send(get())
            await until(lambda: slow.here == 2)
            for peer, status in (("127.0.0.2", 429), ("127.0.0.4", 503)):
                client = await stack.enter_async_context(connected(gateway, local_addr=(peer, 0)))
                refusal = await client.ask(get())
                assert (refusal.status, refusal.head("retry-after")) == (status, "1")
            slow.go.set()
            assert [(await client.reply()).status for client in peers] == [200, 200]


def test_requests_broken_off_while_they_run_or_wait_give_their_places_back() -> None:
    @gatewayed(caller=0, total=5, queue=40, wait="20s")
    async def _(gateway: Gateway, slow: Slow) -> None:
        for round_ in range(40):
            async with contextlib.AsyncExitStack() as stack:
                for at in range(30):
                    peer = (f"127.0.{round_}.{at + 1}", 0)
                    client = await stack.enter_async_context(connected(gateway, local_addr=peer))
                    client.send(get() if at % 2 else post(b"x" * 10))
                    stack.callback(slam, client.writer)
                await until(lambda: places(gateway).held.get("total", 0) == 5 and places(gateway).waiting == 25)
            # all of them have hung up now
            await until(lambda: not places(gateway).held and not places(gateway).waiting)
        slow.go.set()
        async with connected(gateway) as client:
            assert (await client.ask(get())).status == 200


def test_thousands_of_broken_off_requests_leave_the_whole_capacity() -> None:
    @gatewayed(caller=0, operation=3, total=3, queue=4, wait="20ms")
    async def _(gateway: Gateway, slow: Slow) -> None:
        port = int(gateway.url.rpartition(":")[2])

        async def abort(at: int) -> None:
            _, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(f"127.0.1.{at % 250 + 1}", 0))
            writer.write(get())
            await asyncio.sleep(0.001 * (at % 5))
            writer.transport.abort() if at % 2 else slam(writer)

        for start in range(0, 3000, 50):
            await asyncio.gather(*(abort(start + at) for at in range(50)))
        await until(lambda: not places(gateway).held and not places(gateway).waiting)
        async with contextlib.AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(connected(gateway)) for _ in range(3)]
            for client in clients:
                client.send(get())
            await until(lambda: places(gateway).held.get("total") == 3)
            slow.go.set()
            assert [(await client.reply()).status for client in clients] == [200] * 3


def test_upstreams_that_die_crash_or_never_answer_cost_no_place() -> None:
    async def body() -> None:
        async def broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            request = await read_request(reader)
            assert request is not None
            if b"half" in request.line:
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nhalf")
                await writer.drain()
            elif b"garbage" in request.line:
                writer.write(b"\0\0\0\0\r\n\r\n")
            elif b"silent" in request.line:
                await asyncio.sleep(2)

        wire = quick(reply_timeout=0.1)
        async with Upstream(serve=broken).running() as upstream:
            async with gateway_to(upstream.url, wire=wire, **limits(caller=1, queue=0)) as gateway:
                for path in ("/half", "/garbage", "/silent", "/gone") * 3:
                    async with connected(gateway) as client:
                        client.send(get(path))
                        await client.ended() if path == "/half" else await client.reply()
                    await until(lambda: not places(gateway).held)
        async with gateway_to(upstream.url, **limits(caller=1, queue=0)) as gateway:  # nobody listens there now
            for _ in range(3):
                async with connected(gateway) as client:
                    assert (await client.ask(get())).status == 502
            assert not places(gateway).held

    run(body)


def test_a_websocket_holds_its_place_until_it_is_closed_by_either_side() -> None:
    async def echo(socket: Any) -> None:
        async for message in socket:
            if message == "bye":
                return
            await socket.send(message)

    async def body() -> None:
        async with websockets.serve(echo, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            async with gateway_to(f"http://127.0.0.1:{port}", **limits(streams=1, queue=0)) as gateway:
                url = gateway.url.replace("http", "ws")
                for _ in range(2):
                    async with websockets.connect(url) as one:
                        await one.send("x")
                        assert await one.recv() == "x"
                        with pytest.raises(websockets.exceptions.InvalidStatus) as refused:
                            await websockets.connect(url)
                        assert refused.value.response.status_code == 429
                    await until(lambda: not places(gateway).held)
                async with websockets.connect(url) as other:
                    await other.send("bye")
                    await until(lambda: not places(gateway).held)

    run(body)


# inside another server


def test_an_app_that_crashes_or_is_cancelled_gives_its_place_back() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/crash":
            raise ZeroDivisionError
        if scope["path"] == "/hang":
            await asyncio.Event().wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def body() -> None:
        guard = Guard(app, Config(**limits(caller=1, queue=4, wait="5s")))
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            sent.append(message)

        def call(path: str) -> Any:
            scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
                     "headers": [(b"host", b"x")], "scheme": "http", "client": ("192.0.2.7", 1)}  # fmt: skip
            return guard(scope, receive, send)

        await call("/crash")
        assert sent[0]["status"] == 500
        held = _places(guard.compiled.site)
        assert not held.held
        hanging = asyncio.create_task(call("/hang"))
        await until(lambda: bool(held.held))
        waiting = asyncio.create_task(call("/"))
        await until(lambda: held.waiting == 1)
        waiting.cancel()  # the server gives up on it
        await asyncio.gather(waiting, return_exceptions=True)
        assert held.waiting == 0
        third = asyncio.create_task(call("/"))
        await until(lambda: held.waiting == 1)
        hanging.cancel()
        await third
        assert sent[-2]["status"] == 200
        assert not held.held

    asyncio.run(body())
