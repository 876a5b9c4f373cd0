"""Several processes share what a caller has: quotas to the unit, throttles within a twentieth; and it outlives them."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from banning import ban
from gateway.processes import Running, fetch, policy
from gateway.raw import Upstream, get, run
from gateway.test_serving import children
from store.servers import redis_server

WORKERS = 4


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.live)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where the processes share their state."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/state.db?timeout=5"
    else:
        with redis_server() as server:
            yield f"{server.url}?timeout=5"


async def flood(url: str, number: int, at_once: int = 16, *more: str) -> Counter[str]:
    """Send so many requests over connections that are each one worker's; the statuses."""
    port = int(url.rpartition(":")[2])
    found: Counter[str] = Counter()
    left = iter(range(number))

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for _ in left:
                writer.write(get("/", *more))
                head = await reader.readuntil(b"\r\n\r\n")
                found[head[9:12].decode()] += 1
                for line in head.lower().split(b"\r\n"):
                    if line.startswith(b"content-length:"):
                        await reader.readexactly(int(line[15:]))
        finally:
            writer.close()

    await asyncio.gather(*(client() for _ in range(at_once)))
    return found


def quota(requests: int) -> dict[str, Any]:
    return {
        "only": ["input.rate-quota"],
        "input": {"rate-quota": {"requests": requests, "key-header": "x-api-key", "per": "month"}},
    }


def served(store: str, test: Any, **plain: Any) -> None:
    """Run a test against a gateway of four processes that share a store."""

    async def body() -> None:
        loop = asyncio.get_running_loop()
        async with Upstream().running() as upstream:
            entered = policy(upstream.url, WORKERS, store=store, **plain)
            running = await loop.run_in_executor(None, entered.__enter__)
            try:
                await test(running)
            finally:
                entered.__exit__(None, None, None)

    run(body)


def test_a_quota_admits_exactly_so_many_whichever_process_is_asked(store: str) -> None:
    async def test(running: Running) -> None:
        found = await flood(running.url, 1500, 32, "x-api-key: one")
        assert found == {"200": 1000, "429": 500}
        assert await flood(running.url, 10, 4, "x-api-key: two") == {"200": 10}

    served(store, test, **quota(1000))


def test_a_throttle_admits_its_rate_within_a_twentieth(store: str) -> None:
    burst, rate = 400, 200.0

    async def test(running: Running) -> None:
        began = time.monotonic()
        found: Counter[str] = Counter()
        while time.monotonic() - began < 2:
            found += await flood(running.url, 400)
        allowed = burst + rate * (time.monotonic() - began)
        assert set(found) <= {"200", "429"}
        assert found["429"] > 0
        assert 0.95 * allowed <= found["200"] <= 1.05 * allowed

    throttle = {"requests": int(rate), "per": "1s", "burst": burst}
    served(store, test, only=["access.throttling"], access={"throttling": throttle})


def test_what_is_spent_stays_spent_when_a_worker_or_the_whole_gateway_is_killed(store: str) -> None:
    async def first(running: Running) -> None:
        assert await flood(running.url, 60, 8, "x-api-key: one") == {"200": 60}
        killed = children(running.process.pid)[0]
        os.kill(killed, signal.SIGKILL)
        for _ in range(100):
            await asyncio.sleep(0.05)
            now = children(running.process.pid)
            if len(now) == WORKERS and killed not in now:
                break
        await asyncio.sleep(0.5)
        assert await flood(running.url, 20, 8, "x-api-key: one") == {"200": 20}
        for pid in [*children(running.process.pid), running.process.pid]:
            os.kill(pid, signal.SIGKILL)

    async def second(running: Running) -> None:
        assert await flood(running.url, 50, 8, "x-api-key: one") == {"200": 20, "429": 30}

    served(store, first, **quota(100))
    served(store, second, **quota(100))


def test_an_order_reaches_every_process_through_the_store_and_survives_them(store: str, tmp_path: Path) -> None:
    file = tmp_path / "ostiary.toml"
    file.write_text(f'store = "{store}"\nonly = ["infra.abuse-readiness"]\n')
    loopback = ("source", "127.0.0.0/8")

    async def command(*arguments: str) -> tuple[int, str, str]:
        run_ = asyncio.get_running_loop().run_in_executor
        return await run_(None, lambda: ban(*arguments, "--config", str(file)))

    async def settles(url: str, status: int) -> None:
        async with asyncio.timeout(8):
            while set(await flood(url, 32)) != {str(status)}:  # noqa: ASYNC110 - every process asks every two seconds
                await asyncio.sleep(0.1)

    async def first(running: Running) -> None:
        assert await command("list") == (0, "no order is in force\n", "")
        code, out, err = await command("add", *loopback, "--for", "1h", "--why", "drill", "--by", "ann")
        assert (code, err) == (0, "")
        assert "127.0.0.0/8" in out
        await settles(running.url, 403)
        assert "drill (ann," in (await command("list"))[1]

    async def second(running: Running) -> None:
        assert (await asyncio.get_running_loop().run_in_executor(None, fetch, running.url + "/"))[0] == 403
        assert (await command("lift", *loopback))[:2] == (0, "lifted\n")
        await settles(running.url, 200)

    only = {"only": ["infra.abuse-readiness"]}
    served(store, first, **only)
    served(store, second, **only)


def test_a_store_that_is_out_of_reach_is_said_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "ostiary.toml"
    file.write_text('store = "redis://127.0.0.1:1/0"\nonly = ["infra.abuse-readiness"]\n')
    code, out, err = ban("add", "source", "192.0.2.1", "--for", "1h", "--why", "x", "--config", str(file))
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
