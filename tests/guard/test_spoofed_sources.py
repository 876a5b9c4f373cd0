"""Whatever headers claim, limits and bans count the socket's other end, or whom a named proxy saw; inside uvicorn and at the gateway."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import uvicorn

from exchanges import tiny
from gateway.raw import Client, Upstream, get, quick, run
from ostiary.config import Config
from ostiary.gateway.server import Gateway
from ostiary.guard.app import Guard
from ostiary.guard.site import Compiled
from ostiary.parts.orders import order_of

TRUST = "beyond.host-and-proxy-trust"
PROXY = "127.0.0.9"
LIMITS: dict[str, dict[str, Any]] = {
    "access.throttling": {"burst": 1, "requests": 1, "per": "1h"},
    "input.rate-spike-arrest": {"burst": 1, "requests": 1, "per": "1h"},
    "input.rate-quota": {"anonymous": 1},
    "input.rate-concurrency": {"caller": 1, "queue": 0},
}


def forgeries() -> Iterator[list[str]]:
    """Ever new ways to claim ever new addresses."""
    for at in itertools.count(1):
        one, other = f"203.0.113.{at}", f"2001:db8:{at}::1"
        yield [f"X-Forwarded-For: {one}"]
        yield [f"X-Forwarded-For: {one}", f"X-Forwarded-For: {other}"]
        yield [f"x-forwarded-for: {one}, {other}, 127.0.0.1", "X-Forwarded-Proto: https"]
        yield [f"Forwarded: for={one};proto=https", f'Forwarded: for="[{other}]:443"']
        yield [f"X-Real-IP: {one}", f"CF-Connecting-IP: {other}", f"True-Client-IP: {one}", f"X_Forwarded_For: {one}"]
        yield [f"X-Forwarded-For: ::ffff:{one}", f"Forwarded: for={one}", f"X-Client-IP: {other}"]


@contextlib.asynccontextmanager
async def inside_uvicorn(config: Config) -> AsyncIterator[tuple[int, Compiled]]:
    """uvicorn with its own belief in proxies at its most generous."""
    guard = Guard(tiny(), config)
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(guard, proxy_headers=True, forwarded_allow_ips="*", log_level="critical", lifespan="off")
        )
        serving = asyncio.create_task(server.serve(sockets=[sock]))
        while not server.started:  # noqa: ASYNC110 - uvicorn says no other way
            await asyncio.sleep(0.01)
        try:
            yield sock.getsockname()[1], guard.compiled
        finally:
            server.should_exit = True
            await serving


@contextlib.asynccontextmanager
async def at_the_gateway(config: Config) -> AsyncIterator[tuple[int, Compiled]]:
    async with Upstream().running() as upstream:
        values = {name: getattr(config, name) for name in config.__struct_fields__}
        made = Config(**{**values, "upstream": upstream.url, "listen": "127.0.0.1:0", "wire": quick()})
        async with Gateway(made) as gateway:
            yield int(gateway.url.rpartition(":")[2]), gateway.compiled


HOSTS = pytest.mark.parametrize("host", [inside_uvicorn, at_the_gateway])


def policy(limit: str, **trust: Any) -> Config:
    controls = {TRUST: {"hosts": ["api.test"], **trust}, **({limit: LIMITS[limit]} if limit in LIMITS else {})}
    return Config(only=(TRUST, limit), controls=controls)


@contextlib.asynccontextmanager
async def calling(port: int, source: str = "127.0.0.1") -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


async def status(port: int, headers: list[str], source: str = "127.0.0.1") -> int:
    async with calling(port, source) as client:
        return (await client.ask(get("/", *headers))).status


@HOSTS
@pytest.mark.parametrize("limit", [each for each in LIMITS if each != "input.rate-concurrency"])
def test_a_strangers_headers_never_buy_a_second_allowance(limit: str, host: Any) -> None:
    async def body() -> None:
        async with host(policy(limit)) as (port, _):
            found = [await status(port, headers) for headers in itertools.islice(forgeries(), 18)]
            assert found == [200] + [429] * 17
            assert await status(port, [], "127.0.0.2") == 200

    run(body)


@HOSTS
@pytest.mark.parametrize("limit", [each for each in LIMITS if each != "input.rate-concurrency"])
def test_behind_a_named_proxy_what_it_saw_counts_and_what_its_clients_claim_does_not(limit: str, host: Any) -> None:
    async def body() -> None:
        async with host(policy(limit, proxies=[f"{PROXY}/32"])) as (port, _):
            found = []
            for at in range(12):  # the proxy appends its client to what it was sent, as one line or as another
                claimed = f"203.0.113.{at}, 198.51.100.{at}"
                seen = (
                    [f"X-Forwarded-For: {claimed}, 192.0.2.7"]
                    if at % 2
                    else [f"X-Forwarded-For: {claimed}", "X-Forwarded-For: 192.0.2.7"]
                )
                found.append(
                    await status(port, [*seen, f"Forwarded: for=203.0.113.{at}", f"X-Real-IP: 203.0.113.{at}"], PROXY)
                )
            assert found == [200] + [429] * 11
            assert await status(port, ["X-Forwarded-For: 192.0.2.7, 192.0.2.8"], PROXY) == 200
            # the same client, straight: an allowance by the same key
            assert await status(port, ["X-Forwarded-For: 192.0.2.7, 192.0.2.8"], "127.0.0.2") == 200
            assert await status(port, ["X-Forwarded-For: 192.0.2.99"], "127.0.0.2") == 429

    run(body)


@HOSTS
def test_a_named_proxy_that_passes_garbage_on_is_counted_itself(host: Any) -> None:
    async def body() -> None:
        async with host(policy("access.throttling", proxies=[f"{PROXY}/32"])) as (port, _):
            garbage = (
                "unknown",
                "203.0.113.1, _hidden",
                "203.0.113.2, 999.1.1.1",
                "203.0.113.3,",
                "203.0.113.4, a b",
                "[::zz]",
            )
            found = [await status(port, [f"X-Forwarded-For: {each}"], PROXY) for each in garbage]
            assert found == [200] + [429] * 5

    run(body)


@HOSTS
def test_places_are_counted_by_the_same(host: Any) -> None:
    async def body() -> None:
        async with host(policy("input.rate-concurrency")) as (port, compiled):
            from ostiary.controls.input.rate_concurrency.guard import _places  # noqa: PLC0415

            held = _places(compiled.site).held
            held["1:127.0.0.1"] = 1  # one is under way
            assert {await status(port, headers) for headers in itertools.islice(forgeries(), 6)} == {429}
            assert await status(port, [], "127.0.0.2") == 200
            del held["1:127.0.0.1"]
            assert await status(port, []) == 200

    run(body)


@HOSTS
def test_a_ban_is_not_dodged_and_hits_nobody_else(host: Any) -> None:
    given = {"kind": "source", "about": "127.0.0.1", "for": "1h", "why": "drill", "by": "me"}

    async def body() -> None:
        async with host(policy("infra.abuse-readiness", proxies=[f"{PROXY}/32"])) as (port, compiled):
            compiled.site.store.bans.order(order_of({**given, "now": compiled.site.now()}))
            assert {await status(port, headers) for headers in itertools.islice(forgeries(), 6)} == {403}
            assert await status(port, ["X-Forwarded-For: 127.0.0.1"], "127.0.0.2") == 200
            assert await status(port, ["X-Forwarded-For: 127.0.0.1"], PROXY) == 403
            assert await status(port, ["X-Forwarded-For: 127.0.0.1, 192.0.2.1"], PROXY) == 200

    run(body)
