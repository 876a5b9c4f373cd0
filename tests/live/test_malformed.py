"""Ten thousand malformed requests leave the gateway standing, silent about its insides, and no larger than before."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from gateway.raw import Upstream, get, post
from ostiary.gateway.loop import new_loop

pytestmark = pytest.mark.live
NUMBER = 10_000
AT_ONCE = 50
SEED = int(os.environ.get("OSTIARY_SEED", "20261122"))
SECRET = b"upstream-secret-7f3a"
MOST_GROWTH = 6 * 1024  # KiB, over the last three quarters of the requests

CHUNKED = (
    b"POST /items HTTP/1.1\r\nHost: api.test\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
)
VALID = [
    get("/items?q=1", "Accept: application/json"),
    post(b'{"name": "a", "tags": [1, 2]}', "Content-Type: application/json", path="/items"),
    CHUNKED + b'5\r\n{"nam\r\n8;x=y\r\ne": "a"}\r\n0\r\nTrailer: x\r\n\r\n',
    get(
        "/items/7", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAA"
    ),
    b"OPTIONS * HTTP/1.1\r\nHost: api.test\r\n\r\n",
    b"GET http://api.test/items HTTP/1.1\r\nHost: api.test\r\n\r\n",
    post(b"a=b&c=d", "Content-Type: application/x-www-form-urlencoded", "Expect: 100-continue", path="/items"),
    post(b"<a>b</a>", "Content-Type: application/xml", path="/items", method="PUT"),
]
PIECES = [
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\x00", b"\xff\xfe", b" ", b"\t", b":", b": ", b"Content-Length: 5\r\n", b"Host: b\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Content-Length: -1\r\n", b"0\r\n\r\n", b"GET / HTTP/1.1\r\n", b"HTTP/1.0", b"HTTP/9.9",
    b"%00", b"%2e%2e/", b"%c0%af", b"../", b"\\", b"A" * 300, b"\x80" * 20, b"{" * 200, b"[" * 2000, b'"' * 10, b"1e999999",
    b"Connection: close, host\r\n", b"Expect: x\r\n", b"X_Y: z\r\n", b"\xe2\x80\xae", b"ffffffffffffffff\r\n", b"-5\r\n", b"*",
    b"Content-Type: application/json; charset=utf-7\r\n", b"Content-Encoding: gzip\r\n", b"\x16\x03\x01\x02\x00\x01", b"PRI * HTTP/2.0\r\n",
]  # fmt: skip


def malformed(chance: random.Random) -> bytes:
    """One request, broken in one to four places; a tenth is noise through and through."""
    if chance.random() < 0.1:
        return chance.randbytes(chance.choice([1, 7, 60, 400, 5000]))
    raw = bytearray(chance.choice(VALID).replace(b"api.test", b"127.0.0.1"))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(raw) + 1)
        match chance.randrange(7):
            case 0:
                raw[at:at] = chance.choice(PIECES)
            case 1:
                del raw[at : at + chance.choice([1, 2, 5, 30])]
            case 2:
                raw[at : at + 1] = chance.randbytes(1)
            case 3:
                raw[at:at] = raw[at : at + chance.choice([1, 20, 80])] * chance.choice([1, 2, 40])
            case 4:
                del raw[at:]
            case 5:
                raw = raw.replace(b"\r\n", chance.choice([b"\n", b"\r", b"\r\r\n", b"\r\n "]), chance.randint(1, 3))
            case _:
                raw[at : at + 3] = chance.choice(PIECES)
        raw = raw or bytearray(b"\x00")
    return bytes(raw)


SERVE = """
    import json, sys
    from ostiary.config import Config, Wire
    from ostiary.gateway.server import serve
    from ostiary.parts import openapi
    from ostiary.strict import Duration
    media = {"application/json": {"schema": {"type": "object", "properties": {"name": {"type": "string"}}}}}
    ok = {"200": {"description": "ok", "content": {"application/json": {"schema": {}}}}}
    paths = {
        "/items": {"get": {"responses": ok}, "post": {"requestBody": {"content": media}, "responses": ok}},
        "/items/{id}": {"get": {"responses": ok, "parameters": [{"name": "id", "in": "path", "required": True,
                                                                  "schema": {"type": "integer"}}]}},
    }
    api = openapi.from_plain({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}, source="api")
    wire = Wire(workers=1, head_timeout=Duration("300ms"), stall_timeout=Duration("300ms"), drain=Duration("1s"))
    off = {"access.throttling": "ten thousand requests come from one address on purpose"}
    config = Config(upstream=sys.argv[1], listen="127.0.0.1:0", admin="", off=off, wire=wire)
    sys.exit(serve(config, api, ready=lambda url, admin: print(url, flush=True)))
"""


@contextlib.asynccontextmanager
async def served(upstream: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """A gateway in a process of its own, with every control on."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(SERVE), upstream, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        line = await process.stdout.readline()
        yield process, int(line.rpartition(b":")[2])
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def resident(pid: int) -> int:
    """KiB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as lines:  # noqa: PTH123
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


async def send(port: int, raw: bytes) -> bytes:
    got = b""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(5):
            writer.write(raw)
            if writer.can_write_eof():
                writer.write_eof()
            while piece := await reader.read(65536):
                got += piece
    writer.transport.abort()
    return got


def test_ten_thousand_malformed_requests() -> None:
    async def body() -> tuple[list[tuple[bytes, bytes]], list[int], bytes, int | None]:
        answer = (
            b"HTTP/1.1 200 OK\r\nServer: %b\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}" % SECRET
        )
        chance = random.Random(SEED)
        found: list[tuple[bytes, bytes]] = []
        sizes: list[int] = []
        async with Upstream(answer).running() as upstream, served(upstream.url) as (process, port):
            wanted = iter([malformed(chance) for _ in range(NUMBER)])

            async def sender() -> None:
                for raw in wanted:
                    found.append((raw, await send(port, raw)))
                    if len(found) % (NUMBER // 20) == 0:
                        sizes.append(resident(process.pid))

            await asyncio.gather(*(sender() for _ in range(AT_ONCE)))
            after = await send(port, get("/items", "Connection: close").replace(b"api.test", b"127.0.0.1"))
            assert after.startswith(b"HTTP/1.1 200"), after
            assert process.returncode is None
            process.terminate()
            assert process.stderr is not None
            said = await process.stderr.read()
            return found, sizes, said, await process.wait()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        found, sizes, said, code = runner.run(asyncio.wait_for(body(), 60))
    assert len(found) == NUMBER
    assert code == 0
    assert b"Traceback" not in said, said[-3000:]
    statuses: Counter[bytes] = Counter()
    for raw, reply in found:
        for status in re.findall(rb"(?:^|\r\n\r\n.*?)HTTP/1\.1 (\d\d\d) ", reply, re.DOTALL):
            statuses[status] += 1
            assert int(status) < 500 or status == b"501", (raw, reply)
        assert SECRET not in reply, (raw, reply)
        assert not re.search(rb"(?i)ostiary|traceback|httptools|llhttp|uvloop|python|File \"", reply), (raw, reply)
    assert sum(statuses[each] for each in statuses if each.startswith(b"4")) > NUMBER // 2, statuses
    assert statuses[b"200"] > 10, statuses  # some mutations are harmless: the test sends what can get through
    start = sizes[len(sizes) // 4]
    assert sizes[-1] - start < MOST_GROWTH, sizes
