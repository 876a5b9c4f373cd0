"""Servers that people run are served unchanged: uvicorn with streaming, concurrency and its own keep-alive end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gateway.raw import gateway_to, run


async def echo(request: Request) -> Response:
    body = await request.body()
    assert request.client is not None
    return JSONResponse(
        {"method": request.method, "size": len(body), "client": request.client.host, "url": str(request.url)}
    )


async def count(request: Request) -> Response:
    async def numbers() -> AsyncIterator[bytes]:
        for at in range(int(request.path_params["to"])):
            yield b"%d\n" % at
            if at % 100 == 0:
                await asyncio.sleep(0)

    return StreamingResponse(numbers(), media_type="text/plain")


async def crash(request: Request) -> Response:
    raise RuntimeError("secret reason")


@contextlib.asynccontextmanager
async def uvicorn_running(**options: Any) -> AsyncIterator[str]:
    methods = ["GET", "POST", "PUT", "DELETE"]
    routes = [Route("/echo", echo, methods=methods), Route("/count/{to:int}", count), Route("/crash", crash)]
    config = uvicorn.Config(
        Starlette(routes=routes),
        port=0,
        log_level="critical",
        lifespan="off",
        forwarded_allow_ips="127.0.0.1",
        **options,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


def with_client(test: Callable[[httpx.AsyncClient, Any], Awaitable[None]], **options: Any) -> None:
    async def body() -> None:
        async with (
            uvicorn_running(**options) as upstream,
            gateway_to(upstream) as gateway,
            httpx.AsyncClient(base_url=gateway.url, trust_env=False, timeout=10) as client,
        ):
            await test(client, gateway)

    run(body)


def test_many_clients_at_once_each_get_their_own_answers() -> None:
    async def test(client: httpx.AsyncClient, _: Any) -> None:
        async def one(at: int) -> None:
            reply = await client.request(["POST", "PUT", "DELETE"][at % 3], f"/echo?n={at}", content=b"x" * (at * 997))
            assert reply.json()["size"] == at * 997
            assert reply.json()["url"].endswith(f"/echo?n={at}")
            assert reply.json()["client"] == "127.0.0.1"
            numbers = await client.get(f"/count/{at}")
            assert numbers.text == "".join(f"{each}\n" for each in range(at))

        await asyncio.gather(*map(one, range(60)))

    with_client(test)


def test_an_application_that_crashes_is_heard_as_it_answers() -> None:
    async def test(client: httpx.AsyncClient, _: Any) -> None:
        reply = await client.get("/crash")
        assert reply.status_code == 500
        assert (await client.get("/echo")).status_code == 200

    with_client(test)


def test_connections_that_the_server_has_closed_are_not_used() -> None:
    async def test(client: httpx.AsyncClient, gateway: Any) -> None:
        for _ in range(3):
            assert (await client.post("/echo", content=b"a")).status_code == 200
            await asyncio.sleep(1.0)
        assert gateway.core.pool.open <= 1

    with_client(test, timeout_keep_alive=1)


def test_a_client_that_leaves_in_the_middle_frees_the_upstream() -> None:
    async def test(client: httpx.AsyncClient, gateway: Any) -> None:
        async with client.stream("GET", "/count/10000000") as reply:
            async for _ in reply.aiter_bytes():
                break
        for _ in range(200):
            if gateway.core.pool.open == 0:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("the upstream is still sending")

    with_client(test)
