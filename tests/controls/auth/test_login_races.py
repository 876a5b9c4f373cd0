"""Fifty guesses at once test no more than the allowed tries: through a gateway, and through four processes on one Redis."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gateway.processes import policy, told
from gateway.raw import Request, Upstream, run
from store.servers import redis_server

RIGHT = "correct horse"
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "logins", "version": "1"},
    "paths": {
        "/login": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {"username": {"type": "string"}, "password": {"type": "string"}},
                            }
                        }
                    }
                },
                "responses": {"200": {"description": "in"}},
            }
        }
    },
}


def application(request: Request) -> bytes:
    right = json.loads(request.body)["password"] == RIGHT
    body = b'{"token": "abcdefghijkl"}' if right else b'{"detail": "wrong"}'
    line = b"200 OK" if right else b"401 Unauthorized"
    head = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % (line, len(body)) + body


async def guess(port: int, user: str, password: str) -> tuple[int, str]:
    """One sign-in on a connection of its own; the status and Retry-After."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        body = json.dumps({"username": user, "password": password}).encode()
        head = (
            f"POST /login HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\nconnection: close\r\n"
        )
        writer.write(head.encode() + b"content-length: %d\r\n\r\n" % len(body) + body)
        async with asyncio.timeout(10):
            reply = (await reader.read()).decode("latin-1")
    finally:
        writer.close()
    fields = dict(line.split(": ", 1) for line in reply.partition("\r\n\r\n")[0].split("\r\n")[1:])
    return int(reply.split(" ")[1]), fields.get("retry-after", "")


def served(upstream: Upstream, tmp_path: Path, workers: int, **plain: Any) -> Any:
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(DOCUMENT))
    only = ["auth.login-max-retry", "auth.login-jail", "beyond.host-and-proxy-trust"]
    return policy(upstream.url, workers, api=str(file), only=only, **plain)


async def raced(upstream: Upstream, running: Any) -> None:
    loop = asyncio.get_running_loop()
    port = int(running.url.rpartition(":")[2])
    for round_ in range(2):
        user = f"alice{round_}"
        upstream.requests.clear()
        replies = await asyncio.gather(*(guess(port, user, f"{n}") for n in range(50)))
        assert Counter(status for status, _ in replies) == {401: 5, 429: 45}
        assert len(upstream.requests) == 5
        status, wait = await guess(port, user, RIGHT)
        assert (status, len(upstream.requests)) == (429, 5)
        assert 25 <= int(wait) <= 60
        if round_ == 0:
            status, found = await loop.run_in_executor(None, told, running.admin + "/jail")
            assert (status, bool(found["prisoners"])) == (200, True)
            assert user not in json.dumps(found)
            _, freed = await loop.run_in_executor(None, told, running.admin + "/jail/free", {"all": True})
            assert freed["freed"] >= 2
            assert (await guess(port, user, RIGHT))[0] == 200


def test_fifty_guesses_at_once_through_a_gateway(tmp_path: Path) -> None:
    async def body() -> None:
        async with Upstream(application).running() as upstream:
            entered = served(upstream, tmp_path, 1)
            running = await asyncio.get_running_loop().run_in_executor(None, entered.__enter__)
            try:
                await raced(upstream, running)
            finally:
                entered.__exit__(None, None, None)

    run(body)


@pytest.mark.live
def test_fifty_guesses_at_once_through_four_processes_on_one_redis(tmp_path: Path) -> None:
    async def body(url: str) -> None:
        async with Upstream(application).running() as upstream:
            entered = served(upstream, tmp_path, 4, store=url)
            running = await asyncio.get_running_loop().run_in_executor(None, entered.__enter__)
            try:
                await raced(upstream, running)
            finally:
                entered.__exit__(None, None, None)

    with redis_server() as redis:
        run(lambda: body(redis.url))


@pytest.mark.live
def test_without_its_redis_nobody_signs_in_and_with_it_everybody_again(tmp_path: Path) -> None:
    async def body(redis: Any) -> None:
        loop = asyncio.get_running_loop()
        async with Upstream(application).running() as upstream:
            entered = served(upstream, tmp_path, 2, store=redis.url)
            running = await loop.run_in_executor(None, entered.__enter__)
            port = int(running.url.rpartition(":")[2])
            try:
                assert (await guess(port, "alice", RIGHT))[0] == 200
                await loop.run_in_executor(None, redis.kill)
                assert {(await guess(port, "alice", RIGHT))[0] for _ in range(6)} == {503}
                assert len(upstream.requests) == 1
                await loop.run_in_executor(None, redis.start)
                async with asyncio.timeout(10):
                    while (await guess(port, "alice", RIGHT))[0] != 200:  # noqa: ASYNC110 - it says so no other way
                        await asyncio.sleep(0.1)
            finally:
                entered.__exit__(None, None, None)

    with redis_server() as redis:
        run(lambda: body(redis))
