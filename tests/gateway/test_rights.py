"""Somebody else's objects, other people's functions: attacks on a careless shop behind the gateway."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from closing import Request as Seen
from entitled import ISSUERS, believing
from gateway.raw import Client, Reply, Request, Upstream, connected, gateway_to, quick, read_request, run
from orders import Shop, document
from ostiary.config import Override
from ostiary.errors import StoreError
from ostiary.gateway import subrequest
from ostiary.gateway.server import Gateway
from ostiary.strict import dumps, loads

OWNERSHIP = "userdata.ownership-check"
ONLY = (
    OWNERSHIP, "processing.me-not-user-id", "beyond.function-level-authorization", "processing.all-endpoints-authenticated",
    "beyond.api-inventory",
)  # fmt: skip
OBJECT = {"object": "GET /orders/{id}", "owner": "object.owner_id == token.sub"}
RULES: dict[str, dict[str, Any]] = {
    "GET /orders": {"owner": "response.items[*].owner_id == token.sub"},
    "GET /orders/{id}": {"owner": "response.owner_id == token.sub"},
    "PATCH /orders/{id}": OBJECT,
    "DELETE /orders/{id}": OBJECT,
    "POST /orders": {"owner": "body.owner_id == token.sub", "absent": "fill"},
}


def answering(shop: Shop) -> Callable[[Request], bytes]:
    """The shop as a server."""

    def answer(request: Request) -> bytes:
        method, target, _ = request.line.decode().split(" ")
        path, _, query = target.partition("?")
        headers = {name.decode(): value.decode() for name, value in request.headers}
        made = shop.answer(Seen(method, path, query, headers, request.body))
        body = made.body if isinstance(made.body, bytes) else made.body.encode()
        kept = [pair for pair in made.headers if pair[0] != "content-length"]
        lines = [
            f"HTTP/1.1 {made.status} X",
            *(f"{name}: {value}" for name, value in kept),
            f"content-length: {len(body)}",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + (b"" if method == "HEAD" else body)

    return answer


def request(who: str, method: str, target: str, body: Any = None, *fields: str) -> bytes:
    data = b"" if body is None else dumps(body)
    lines = [f"{method} {target} HTTP/1.1", "Host: api.test", f"Authorization: Bearer {who}", *fields]
    lines += [f"Content-Length: {len(data)}", "Content-Type: application/json"] if data else []
    return "\r\n".join([*lines, "", ""]).encode() + data


@contextlib.asynccontextmanager
async def shop_behind(**rest: Any) -> AsyncIterator[tuple[Shop, Upstream, Gateway]]:
    shop = Shop()
    controls = {"processing.me-not-user-id": {"aliases": {"/me": "/users/{token.sub}"}}}
    operations = {key: Override(controls={OWNERSHIP: each}) for key, each in RULES.items()}
    with believing():
        async with (
            Upstream(answering(shop)).running() as upstream,
            gateway_to(
                upstream.url,
                api=document(),
                only=ONLY,
                issuers=ISSUERS,
                controls=controls,
                operations=operations,
                **rest,
            ) as gateway,
        ):
            yield shop, upstream, gateway


def attacking(test: Callable[[Shop, Upstream, Client], Awaitable[None]]) -> None:
    async def body() -> None:
        async with shop_behind() as (shop, upstream, gateway), connected(gateway) as client:
            await test(shop, upstream, client)

    run(body)


def test_reading_another_order() -> None:
    async def test(shop: Shop, _: Upstream, client: Client) -> None:
        assert (await client.ask(request("7", "GET", "/orders/2"))).status == 200
        foreign, missing = [await client.ask(request("7", "GET", f"/orders/{key}")) for key in ("1", "999")]
        assert like(foreign) == like(missing)
        assert foreign.status == 404
        client.send(request("7", "HEAD", "/orders/1"))
        foreign = await client.reply(head=True)
        client.send(request("7", "HEAD", "/orders/999"))
        assert foreign == await client.reply(head=True)
        assert foreign.status == 404
        conditional = request("7", "GET", "/orders/1", None, 'If-None-Match: "1"', "Range: bytes=0-3")
        assert (await client.ask(conditional)).status == 404
        assert all("if-none-match" not in headers for headers in shop.headers)

    attacking(test)


def like(reply: Reply) -> tuple[Any, ...]:
    plain = loads(reply.body)
    del plain["instance"]
    return reply.status, [pair for pair in reply.headers if pair[0] != "date"], plain


def test_changing_and_deleting_another_order() -> None:
    async def test(shop: Shop, upstream: Upstream, client: Client) -> None:
        for method, body in (("PATCH", {"price": 0}), ("DELETE", None)):
            foreign, missing = [await client.ask(request("7", method, f"/orders/{key}", body)) for key in ("1", "999")]
            assert like(foreign) == like(missing)
            assert foreign.status == 404
        assert shop.changed == []
        assert (await client.ask(request("7", "PATCH", "/orders/2", {"price": 0}))).status == 200
        assert shop.changed == ["PATCH 2"]
        assert upstream.requests[-1].body == b'{"price":0}'
        assert upstream.requests[-2].line == b"GET /orders/2 HTTP/1.1"

    attacking(test)


def test_a_body_that_comes_after_the_question_arrives_whole() -> None:
    async def test(shop: Shop, upstream: Upstream, client: Client) -> None:
        head, _, body = request("7", "PATCH", "/orders/2", {"x": "y" * 3000}).partition(b"\r\n\r\n")
        client.send(head + b"\r\n\r\n")
        await asyncio.sleep(0.05)
        client.send(body[:100])
        await asyncio.sleep(0.02)
        client.send(body[100:])
        assert (await client.reply()).status == 200
        assert loads(upstream.requests[-1].body) == {"x": "y" * 3000}

    attacking(test)


def test_listing_everybodys_orders() -> None:
    async def test(_: Shop, __: Upstream, client: Client) -> None:
        got = await client.ask(request("8", "GET", "/orders"))
        assert [each["id"] for each in loads(got.body)["items"]] == [1, 3, 5]
        assert loads(got.body)["total"] == 3
        assert got.head("content-length") == str(len(got.body))
        assert got.head("x-total-count") is None

    attacking(test)


def test_ordering_on_another_account() -> None:
    async def test(shop: Shop, _: Upstream, client: Client) -> None:
        assert (await client.ask(request("7", "POST", "/orders", {"owner_id": "8"}))).status == 404
        assert (await client.ask(request("7", "POST", "/orders", {"price": 1}))).status == 201
        assert shop.changed == ['POST {"price":1,"owner_id":"7"}']

    attacking(test)


def test_walking_through_users() -> None:
    async def test(shop: Shop, _: Upstream, client: Client) -> None:
        assert (await client.ask(request("7", "GET", "/users/8/orders"))).status == 404
        assert loads((await client.ask(request("7", "GET", "/me"))).body) == {"user": "7"}
        assert (await client.ask(request("a b", "GET", "/me"))).status == 403
        assert shop.asked == ["GET /users/7"]

    attacking(test)


@pytest.mark.parametrize(
    "target", ["/admin/users", "/ADMIN/users", "//admin/users", "/admin%2fusers", "/x/../admin/users", "/admin;/users"]
)
def test_calling_the_administrators_functions(target: str) -> None:
    async def test(shop: Shop, _: Upstream, client: Client) -> None:
        assert (await client.ask(request("7", "GET", target))).status in {400, 404}
        assert shop.asked == []

    attacking(test)


def test_questions_share_the_pool_and_carry_no_forged_origin() -> None:
    async def test(_: Shop, upstream: Upstream, client: Client) -> None:
        for _n in range(5):
            await client.ask(
                request("7", "PATCH", "/orders/2", {"a": 1}, "X-Forwarded-For: 10.0.0.1", "X-Real-IP: 10.0.0.1")
            )
        assert upstream.connections == 1
        question = next(each for each in upstream.requests if each.line.startswith(b"GET"))
        assert question.all(b"x-forwarded-for") == [b"127.0.0.1"]
        assert question.all(b"x-real-ip") == []
        assert question.all(b"host") == [b"api.test"]
        assert question.all(b"content-length") == []

    attacking(test)


async def asking(upstream: Upstream, **wire: Any) -> Any:
    async with upstream.running(), gateway_to(upstream.url, wire=quick(**wire)) as gateway:
        if gateway.core is None:
            raise AssertionError
        return await subrequest.ask(gateway.core, "GET", b"/a?b=c", [(b"host", b"api.test")])


def test_a_reply_comes_back_whole() -> None:
    async def body() -> None:
        data = b"x" * 300_000
        upstream = Upstream(
            b"HTTP/1.1 203 OK\r\nX-A: b\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(data), data)
        )
        assert await asking(upstream) == (203, [(b"x-a", b"b")], data)
        assert upstream.requests[0].line == b"GET /a?b=c HTTP/1.1"

    run(body)


def test_a_reply_that_ends_with_its_connection_comes_back_too() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nall")
        await writer.drain()

    async def body() -> None:
        assert await asking(Upstream(serve=serve)) == (200, [], b"all")

    run(body)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 2000000\r\n\r\n" + b"x" * 2_000_000, b"HTTP/1.1 101 X\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab",
    ],
)  # fmt: skip
def test_what_is_no_proper_reply_is_none(answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(answer)
        await writer.drain()

    async def body() -> None:
        with pytest.raises(StoreError):
            await asking(Upstream(serve=serve))

    run(body)


def test_an_upstream_that_does_not_answer_is_not_waited_for() -> None:
    async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async def body() -> None:
        with pytest.raises(StoreError, match="in time"):
            await asking(Upstream(serve=serve), reply_timeout=0.2)

    run(body)


def test_an_upstream_that_is_not_there_cannot_be_asked() -> None:
    async def body() -> None:
        async with shop_behind() as (_, upstream, gateway):
            pass
        del upstream
        async with gateway_to("http://127.0.0.1:1") as gateway:
            if gateway.core is None:
                raise AssertionError
            with pytest.raises(StoreError):
                await subrequest.ask(gateway.core, "GET", b"/", [])
            assert gateway.core.pool.open == 0

    run(body)


def test_a_connection_that_aged_in_the_pool_is_replaced() -> None:
    served = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        await read_request(reader)
        served += 1
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        await writer.drain()
        await read_request(reader)  # the next one dies unanswered

    async def body() -> None:
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url) as gateway:
            if gateway.core is None:
                raise AssertionError
            for _ in range(3):
                assert (await subrequest.ask(gateway.core, "GET", b"/", []))[2] == b"ok"
        assert served == 3

    run(body)


def test_many_questions_at_once_wait_for_connections() -> None:
    async def body() -> None:
        async with (
            Upstream().running() as upstream,
            gateway_to(upstream.url, wire=quick(upstream_connections=2)) as gateway,
        ):
            if gateway.core is None:
                raise AssertionError
            core = gateway.core
            answers = await asyncio.gather(*(subrequest.ask(core, "GET", b"/", []) for _ in range(50)))
            assert {each[2] for each in answers} == {b"ok"}
            assert upstream.connections <= 2

    run(body)
