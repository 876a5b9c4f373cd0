"""SIGTERM under load loses no request: whoever was let in is answered, whoever is not hears it before he has asked."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from typing import Any

import pytest

from gateway.processes import policy
from gateway.raw import OK, Upstream, get, read_request, run

PLENTY = 1_000_000_000
LIMITS: dict[str, Any] = {
    "only": ["access.throttling", "infra.abuse-readiness", "input.rate-spike-arrest", "input.rate-quota", "input.rate-concurrency"],
    "access": {"throttling": {"requests": PLENTY, "burst": 100_000}},
    "input": {
        "rate-spike-arrest": {"requests": PLENTY, "burst": 100_000, "total": PLENTY},
        "rate-quota": {"anonymous": PLENTY},
        "rate-concurrency": {"caller": 0, "total": 8, "queue": 200, "wait": "5s"},
    },
}  # fmt: skip


async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await read_request(reader) is not None:
        await asyncio.sleep(0.01)
        writer.write(OK)


async def ask_until_closed(port: int, found: Counter[str], *, keep: bool) -> None:
    """A client that asks and asks, until it cannot connect any more."""
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return
        try:
            last = not keep
            while True:
                writer.write(get())
                head = await reader.readuntil(b"\r\n\r\n")
                found[head[9:12].decode()] += 1
                if last or b"connection: close" in head:
                    break
                await reader.readexactly(2)
        except (OSError, asyncio.IncompleteReadError):
            found["lost"] += 1
        finally:
            writer.close()


@pytest.mark.parametrize("keep", [True, False], ids=["kept", "fresh"])
@pytest.mark.parametrize(("workers", "wire"), [(1, {}), (2, {}), (1, {"proxy-protocol": ["192.0.2.0/24"]})])
def test_no_request_is_lost_when_the_service_ends_under_load(workers: int, wire: dict[str, Any], keep: bool) -> None:  # noqa: FBT001 - a column of the table
    async def body() -> None:
        loop = asyncio.get_running_loop()
        async with Upstream(serve=slow).running() as upstream:
            entered = policy(upstream.url, workers, wire=wire, **LIMITS)
            running = await loop.run_in_executor(None, entered.__enter__)
            try:
                port = int(running.url.rpartition(":")[2])
                found: Counter[str] = Counter()
                clients = [loop.create_task(ask_until_closed(port, found, keep=keep)) for _ in range(30)]
                await asyncio.sleep(0.7)
                running.process.send_signal(signal.SIGTERM)
                async with asyncio.timeout(8):
                    await asyncio.gather(*clients)
                assert await loop.run_in_executor(None, lambda: running.process.wait(5)) == 0
                assert set(found) == {"200"}
                assert found["200"] > 100
            finally:
                entered.__exit__(None, None, None)

    run(body)
