"""Raw sockets on both sides of a gateway: upstreams that misbehave on purpose, and clients that do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple

from ostiary.config import Config, Wire
from ostiary.gateway.loop import new_loop
from ostiary.gateway.server import Gateway
from ostiary.model import Api

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
TIME = 8.0  # seconds for anything in these tests


class Request(NamedTuple):
    """A request as the upstream read it."""

    line: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def all(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.headers if key == name]


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """Read one request the way a plain server does; None at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    line, *fields = head[:-4].split(b"\r\n")
    headers = [(name.lower(), value.strip()) for name, _, value in (field.partition(b":") for field in fields)]
    body = b""
    known = dict(headers)
    if known.get(b"transfer-encoding", b"").lower() == b"chunked":
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += await reader.readexactly(size)
            await reader.readline()
        while await reader.readline() not in {b"\r\n", b""}:
            pass
    else:
        body = await reader.readexactly(int(known.get(b"content-length", b"0")))
    return Request(line, headers, body)


class Upstream:
    """A server that counts its connections, records requests and answers what it is told to."""

    def __init__(self, answer: bytes | Callable[[Request], bytes] = OK, serve: Serve | None = None) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.answer = answer
        self._serve = serve
        self._writers: list[asyncio.StreamWriter] = []
        self.url = ""

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        try:
            if self._serve is not None:
                await self._serve(reader, writer)
            else:
                while (request := await read_request(reader)) is not None:
                    self.requests.append(request)
                    writer.write(self.answer if isinstance(self.answer, bytes) else self.answer(request))
                    await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Upstream]:
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, limit=1 << 20)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            for writer in self._writers:
                writer.transport.abort()
            await asyncio.sleep(0.01)


class Reply(NamedTuple):
    """A reply as the client read it."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def head(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


class Client:
    """A connection to the gateway on which a test writes what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def reply(self, *, head: bool = False) -> Reply:
        """Read one reply."""
        async with asyncio.timeout(TIME):
            while True:
                raw = await self.reader.readuntil(b"\r\n\r\n")
                line, *fields = raw[:-4].decode("latin-1").split("\r\n")
                status = int(line.split(" ")[1])
                if status >= 101 and status != 103:
                    break
            pairs = [(field.split(":", 1)[0].lower(), field.split(":", 1)[1].strip()) for field in fields]
            known = dict(pairs)
            body = bytearray()
            if head or status in {101, 204, 304}:
                pass
            elif known.get("transfer-encoding") == "chunked":
                while size := int(await self.reader.readline(), 16):
                    body += await self.reader.readexactly(size)
                    await self.reader.readline()
                await self.reader.readline()
            elif "content-length" in known:
                body += await self.reader.readexactly(int(known["content-length"]))
            else:
                body += await self.reader.read()
            return Reply(status, pairs, bytes(body))

    async def ask(self, data: bytes) -> Reply:
        self.send(data)
        return await self.reply()

    async def ended(self, seconds: float = TIME) -> bytes:
        """What comes until the gateway closes; fails when it does not."""
        async with asyncio.timeout(seconds):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""


@contextlib.asynccontextmanager
async def connected(gateway: Gateway, **options: Any) -> AsyncIterator[Client]:
    port = int(gateway.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20, **options)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def gateway_to(
    upstream: str, *, api: Api | None = None, only: tuple[str, ...] | None = (), wire: Wire | None = None, **config: Any
) -> AsyncIterator[Gateway]:
    """A gateway on a free port with no control on but the named ones, and short waits."""
    made = Config(upstream=upstream, listen="127.0.0.1:0", only=only, wire=wire or quick(), **config)
    async with Gateway(made, api) as gateway:
        yield gateway


def quick(**waits: Any) -> Wire:
    """Waits that a test has time for."""
    return Wire(**{"drain": 1.0, "stall_timeout": 5.0, **waits})


def get(path: str = "/", *more: str, version: str = "1.1") -> bytes:
    lines = [f"GET {path} HTTP/{version}", "Host: api.test", *more, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def post(body: bytes, *more: str, path: str = "/", method: str = "POST") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: api.test", f"Content-Length: {len(body)}", *more, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def run(test: Callable[[], Awaitable[None]], *, plain: bool = False) -> None:
    """Run a test's body on the loop that serves (`plain`: on asyncio's own), bounded in time."""

    async def bounded() -> None:
        async with asyncio.timeout(3 * TIME):
            await test()

    with asyncio.Runner(loop_factory=None if plain else new_loop) as runner:
        runner.run(bounded())
