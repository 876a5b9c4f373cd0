"""The gateway and nginx get the same raw requests: wherever they differ the gateway is the stricter, and none becomes two."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from exchanges import api_of
from ostiary.config import Config, Wire
from ostiary.gateway.loop import new_loop
from ostiary.gateway.server import Gateway
from ostiary.strict import Duration

pytestmark = pytest.mark.live
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
PATIENCE = 0.6  # seconds for an answer; whoever waits for more bytes gives none
OK = {"200": {"description": "ok"}}


class Case(NamedTuple):
    """Raw bytes; ``@`` in them stands for the case's own path, ``@/2`` for the one of a request hidden behind it."""

    name: str
    raw: bytes
    requests: int | None = None  # how many it holds by RFC 9112, where that is plain

    def bytes(self, number: int) -> bytes:
        return self.raw.replace(b"@", b"/c/%d" % number)


SECOND = b"GET @/2 HTTP/1.1\r\nHost: a.test\r\n\r\n"
HEAD = b"POST @ HTTP/1.1\r\nHost: a.test\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def lengths() -> Iterator[Case]:
    values = [b"5", b"05", b"0005", b" 5 ", b"\t5", b"+5", b"-5", b"-0", b"0x5", b"5,5", b"5, 5", b"5,6", b"5;", b"5.0",
              b"", b" ", b"5 5", b"5\x0b", b"5\x0c", b"\xef\xbc\x95", b"9" * 20, b"9" * 40, b"1e1", b"5\t", b"five", b"5\x00",
              b"18446744073709551621", b"4294967301", b"0", b"1", b"5_0", b'"5"']  # fmt: skip
    for value in values:
        yield Case(f"length {value!r}", HEAD + b"Content-Length:" + value + b"\r\n\r\n" + END + SECOND)
    names = [b"content-length", b"CONTENT-LENGTH", b"Content-Length ", b"Content-Length\t", b" Content-Length", b"Content_Length",
             b"Content-Length\x00", b"Content Length", b"Content-Length\x0b", b"X\r\nContent-Length"]  # fmt: skip
    for name in names:
        yield Case(f"length named {name!r}", HEAD + name + b": 5\r\n\r\n" + END + SECOND)
    for first, second in itertools.product([b"5", b"6", b"0", b"05"], repeat=2):
        fields = b"Content-Length: " + first + b"\r\nContent-Length: " + second + b"\r\n"
        yield Case(f"lengths {first!r} {second!r}", HEAD + fields + b"\r\n" + END + SECOND, 0)


def codings() -> Iterator[Case]:
    values = [b"chunked", b"Chunked", b"CHUNKED", b"chunked ", b"\tchunked", b"xchunked", b"chunkedx", b"chunked, chunked",
              b"chunked,", b",chunked", b"gzip, chunked", b"chunked, gzip", b"chunked, identity", b"identity",
              b"identity, chunked", b'"chunked"', b"'chunked'", b"chunked;q=1", b"\x0bchunked", b"\x00chunked", b"chunked\x00",
              b"chunk", b"c\thunked", b"chunked\x0c", b"chunked\xa0", b"\xff", b"", b"x", b"trailers", b"chunked\r\n x"]  # fmt: skip
    for value in values:
        field = b"Transfer-Encoding: " + value + b"\r\n"
        yield Case(f"coding {value!r}", HEAD + field + b"\r\n" + END + SECOND)
        size = b"Content-Length: %d\r\n" % len(END + SECOND.replace(b"@", b"/c/000"))
        yield Case(f"coding {value!r} and length", HEAD + field + size + b"\r\n" + END + SECOND, 0)
        yield Case(f"length and coding {value!r}", HEAD + b"Content-Length: 5\r\n" + field + b"\r\n" + END + SECOND, 0)
    names = [b"transfer-encoding", b"TRANSFER-ENCODING", b"Transfer-Encoding ", b"Transfer-Encoding\t", b" Transfer-Encoding",
             b"Transfer_Encoding", b"Transfer-Encoding\x00", b"Transfer Encoding", b"X: y\nTransfer-Encoding",
             b"X: y\rTransfer-Encoding", b"\x00Transfer-Encoding", b"Transfer-\r\n Encoding", b"\tTransfer-Encoding"]  # fmt: skip
    for name in names:
        for size in (b"", b"Content-Length: 5\r\n"):
            yield Case(f"coding named {name!r} {size!r}", HEAD + size + name + b": chunked\r\n\r\n" + END + SECOND)
    for one, two in itertools.product([b"chunked", b"identity", b"gzip", b""], repeat=2):
        fields = b"Transfer-Encoding: " + one + b"\r\nTransfer-Encoding: " + two + b"\r\n"
        yield Case(f"codings {one!r} {two!r}", HEAD + fields + b"\r\n" + END + SECOND)
    old = b"POST @ HTTP/1.0\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"
    yield Case("coding in 1.0", old + END + SECOND, 0)
    yield Case("coding in 1.0, kept", old.replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\n\r\n") + END + SECOND, 0)


def chunks() -> Iterator[Case]:
    sizes = [b"5", b"05", b"0" * 15 + b"5", b"0" * 40 + b"5", b"5 ", b" 5", b"5\t", b"+5", b"-5", b"0x5", b"5;a=b", b"5;a",
             b"5; a=b", b'5;a="x;y"', b'5;a="\r\n"', b"5;\n", b"5;a\nb", b"5;a\rb", b"5;", b"5;;", b"5g", b"5\x00", b"5;a=\x00",
             b"f" * 16 + b"5", b"f" * 17, b"", b"5\r", b"5;a=" + b"b" * 20_000, b"5 ;a", b"5,5", b"5\n", b"\n5", b"10000000000000005"]  # fmt: skip
    for size in sizes:
        yield Case(f"chunk size {size[:20]!r}", CHUNKED + size + b"\r\nhello\r\n" + END + SECOND)
    for ending in (b"\r\n", b"\n", b"\r", b"\r\r\n", b"\n\r", b"", b"\r\n\r\n", b" \r\n", b"\x00\r\n"):
        yield Case(f"chunk size ended {ending!r}", CHUNKED + b"5" + ending + b"hello\r\n" + END + SECOND)
        yield Case(f"chunk data ended {ending!r}", CHUNKED + b"5\r\nhello" + ending + END + SECOND)
        yield Case(f"last chunk ended {ending!r}", CHUNKED + b"5\r\nhello\r\n0" + ending + b"\r\n" + SECOND)
    lasts = [b"00\r\n\r\n", b"0;x\r\n\r\n", b"0\r\nX: y\r\n\r\n", b"0\r\nX : y\r\n\r\n", b"0\r\nContent-Length: 5\r\n\r\n",
             b"0\r\nTransfer-Encoding: chunked\r\n\r\n", b"0\r\nbad\r\n\r\n", b"0\r\nX: y\n\r\n", b"0\r\nHost: b.test\r\n\r\n",
             b"0\r\n X: y\r\n\r\n", b"0\n\n", b"0\r\n\n", b"-0\r\n\r\n", b"0x0\r\n\r\n", b"0\r\nX: \x00\r\n\r\n"]  # fmt: skip
    for last in lasts:
        yield Case(f"last chunk {last!r}", CHUNKED + b"5\r\nhello\r\n" + last + SECOND)


def lines() -> Iterator[Case]:
    get = b"GET @ HTTP/1.1\r\nHost: a.test\r\n"
    for raw in (
        get.replace(b"\r\n", b"\n") + b"\n", get + b"\n", b"GET @ HTTP/1.1\nHost: a.test\r\n\r\n", get.replace(b"\r\n", b"\r") + b"\r",
        get + b"X: a\n\r\n", get + b"X: a\r\r\n\r\n", get + b"X: a\r\n b\r\n\r\n", get + b"X: a\r\n\tb\r\n\r\n",
        get + b" X: a\r\n\r\n", b"GET @ HTTP/1.1\r\n Host: a.test\r\nHost: a.test\r\n\r\n", get + b"X: a\rY: b\r\n\r\n",
        get + b"X: a\nY: b\r\n\r\n", get + b"X\r\n\r\n", get + b":\r\n\r\n", get + b": a\r\n\r\n", get + b"X :a\r\n\r\n",
        get + b"X\t: a\r\n\r\n", get + b"X Y: a\r\n\r\n", get + b"X(: a\r\n\r\n", get + b"X[]: a\r\n\r\n", get + b"\x80: a\r\n\r\n",
        get + b"X: \x00\r\n\r\n", get + b"X: \x01\r\n\r\n", get + b"X: \x7f\r\n\r\n", get + b"X: \x80\r\n\r\n", get + b"X:\r\n\r\n",
        get + b"X_Y: a\r\n\r\n", get + b"X\x00Y: a\r\n\r\n", get + b'X": a\r\n\r\n', get + b"X,Y: a\r\n\r\n", get + b"X;: a\r\n\r\n",
        b"\r\n" + get + b"\r\n", b"\r\n\r\n" + get + b"\r\n", b"\n" + get + b"\r\n", b" " + get + b"\r\n", b"\x00" + get + b"\r\n",
        b"\xef\xbb\xbf" + get + b"\r\n", get + b"X: a\x0b\r\n\r\n", get + b"X: a\x85b\r\n\r\n",
    ):  # fmt: skip
        yield Case(f"lines {raw!r}", raw + SECOND)


def request_lines() -> Iterator[Case]:
    for method in (b"get", b"GeT", b"GET\t", b"G ET", b"", b"GET/", b"GE(T", b"\x00GET", b"GET\x00", b"A" * 40, b"PRI", b"CONNECT",
                   b"TRACE", b"G\xc3\x89T", b"GET,", b"HELLO", b"PROPFIND", b"SOURCE", b"DESCRIBE", b"GET GET"):  # fmt: skip
        yield Case(f"method {method!r}", method + b" @ HTTP/1.1\r\nHost: a.test\r\n\r\n" + SECOND)
    for target in (b"@ b", b"/@", b"@\x00", b"@\x80", b"@\xc3\xa9", b"*", b"http://b.test@", b"http://a.test@", b"http://a.test:80@",
                   b"https://a.test@", b"ftp://a.test@", b"a.test:80", b"@#b", b"@%00", b"@/..", b"@/../..", b"@/./x", b"@%2f",
                   b"@%2e%2e", b"?@", b"\\@", b"@\tb", b"", b"@?a=b c", b"@?\x7f", b"@%", b"@%zz", b"@;a", b"@\\..", b"@?#",
                   b"http://a.test:x@", b"http://u@a.test", b"http:///@", b"//a.test@", b"@?a|b", b"@<x>"):  # fmt: skip
        yield Case(f"target {target!r}", b"GET " + target + b" HTTP/1.1\r\nHost: a.test\r\n\r\n" + SECOND)
    for version in (b"HTTP/0.9", b"HTTP/1.0", b"HTTP/1.2", b"HTTP/1.9", b"HTTP/2.0", b"HTTP/3", b"http/1.1", b"HTTP/1.1 ", b"HTTP/1.01",
                    b"HTTP/01.1", b"HTTP /1.1", b"", b"HTTP/1,1", b"HTTPS/1.1", b"RTSP/1.0", b"HTTP/1.1\t", b"HTTP/1.10", b"HTTP/1",
                    b"HTTP/1.", b"HTTP/.1", b"HTTP/1.1x", b"x HTTP/1.1", b"HTTP/-1.1"):  # fmt: skip
        yield Case(f"version {version!r}", b"GET @ " + version + b"\r\nHost: a.test\r\n\r\n" + SECOND)
    yield Case("simple request", b"GET @\r\n" + SECOND)
    yield Case("two spaces", b"GET  @ HTTP/1.1\r\nHost: a.test\r\n\r\n" + SECOND)
    yield Case("tabs", b"GET\t@\tHTTP/1.1\r\nHost: a.test\r\n\r\n" + SECOND)


def fields() -> Iterator[Case]:
    get = b"GET @ HTTP/1.1\r\n"
    hosts = [b"", b"Host:\r\n", b"Host: \r\n", b"Host: a.test\r\nHost: a.test\r\n", b"Host: a.test\r\nHost: b.test\r\n",
             b"Host: a b\r\n", b"Host: a/b\r\n", b"Host: u@a.test\r\n", b"Host: a:b\r\n", b"Host: a:99999\r\n", b"Host: [::1\r\n",
             b"Host: a\x00\r\n", b"Host: a,b\r\n", b"Host: a.test:80\r\n", b"Host: [::1]:80\r\n", b"Host: \x80\r\n", b"Host : a.test\r\n",
             b"host: a.test\r\nHOST: b.test\r\n", b"Host: a?b\r\n", b"Host: a#b\r\n", b"Host: a\\b\r\n", b"Host: a%00\r\n",
             b"Host: " + b"a" * 300 + b"\r\n", b"Host: a.test\r\n Host: b\r\n"]  # fmt: skip
    for host in hosts:
        yield Case(f"host {host[:40]!r}", get + host + b"\r\n" + SECOND)
        yield Case(f"host in 1.0 {host[:40]!r}", get.replace(b"1.1", b"1.0") + host + b"\r\n" + SECOND)
    post = HEAD + b"Content-Length: 5\r\n"
    more = [b"Connection: content-length\r\n", b"Connection: transfer-encoding\r\n", b"Connection: host\r\n", b"Connection: close\r\n",
            b"Connection: keep-alive, x-foo\r\nX-Foo: 1\r\n", b"Connection: ,\r\n", b"Connection: \x00\r\n", b"Connection: a b\r\n",
            b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n",
            b"Connection: Upgrade\r\nUpgrade: websocket\r\n", b"Upgrade: h2c\r\n", b"Connection: upgrade\r\n",
            b"Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n", b"Connection: upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n",
            b"Expect: 100-continue\r\n", b"Expect: 200-ok\r\n", b"Expect: 100-continue, x\r\n", b"Expect:\r\n", b"TE: trailers\r\n",
            b"TE: chunked\r\n", b"Trailer: Content-Length\r\n", b"Keep-Alive: timeout=1\r\n", b"Proxy-Connection: close\r\n",
            b"Content-Type: a\r\nContent-Type: b\r\n", b"Authorization: a\r\nAuthorization: b\r\n", b"Cookie: a\r\nCookie: b\r\n"]  # fmt: skip
    for each in more:
        yield Case(f"field {each!r}", post + each + b"\r\n" + END + SECOND)
    for size in (1, 4_000, 8_200, 16_000, 33_000, 70_000):
        yield Case(f"header of {size}", get + b"Host: a.test\r\nX: " + b"y" * size + b"\r\n\r\n" + SECOND)
        yield Case(f"target of {size}", b"GET @" + b"y" * size + b" HTTP/1.1\r\nHost: a.test\r\n\r\n" + SECOND)
        yield Case(f"name of {size}", get + b"Host: a.test\r\n" + b"y" * size + b": y\r\n\r\n" + SECOND)
    for count in (10, 99, 101, 1000, 5000):
        yield Case(f"{count} headers", get + b"Host: a.test\r\n" + b"X: y\r\n" * count + b"\r\n" + SECOND)
    yield Case("plain pair", get + b"Host: a.test\r\n\r\n" + SECOND, 2)
    yield Case("plain post pair", post + b"\r\n" + END + SECOND, 2)
    yield Case("plain chunked pair", CHUNKED + b"5\r\nhello\r\n" + END + SECOND, 2)
    yield Case("cut short", HEAD + b"Content-Length: 500\r\n\r\n" + SECOND, 0)


CASES = [*lengths(), *codings(), *chunks(), *lines(), *request_lines(), *fields()]


class Recorder:
    """An upstream that reads requests leniently, as many a server does, and notes whose they are."""

    def __init__(self) -> None:
        self.seen: defaultdict[int, list[tuple[bytes, bytes]]] = defaultdict(list)  # case: (head, body)
        self.strays: list[bytes] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ValueError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)\ncontent-length[ \t]*:[ \t]*(\d+)", head)
                body = b""
                if re.search(rb"(?i)\ntransfer[-_ ]encoding[ \t]*:.*chunked", head):
                    while size := int((await reader.readline()).split(b";")[0], 16):
                        body += await reader.readexactly(size)
                        await reader.readline()
                    while (await reader.readline()).strip():
                        pass
                elif length:
                    body = await reader.readexactly(int(length[1]))
                found = re.match(rb"\S* \S*?/c/(\d+)", head)
                if found:
                    self.seen[int(found[1])].append((head, body))
                else:
                    self.strays.append(head)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.close()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Recorder]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0, limit=1 << 20)
        self.port = server.sockets[0].getsockname()[1]
        yield self
        server.close()


CONF = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen unix:{folder}/socket;
    location / {{ proxy_pass http://127.0.0.1:{port}; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


@contextlib.asynccontextmanager
async def nginx(port: int) -> AsyncIterator[str]:
    """nginx from Debian in front of `port`, on a UNIX socket in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="framing-") as folder:
        conf = Path(folder) / "nginx.conf"
        conf.write_text(CONF.format(folder=folder, port=port))
        command = [str(NGINX), "-c", str(conf), "-e", f"{folder}/error.log"]
        process = await asyncio.create_subprocess_exec(*command, stderr=subprocess.DEVNULL)
        try:
            path = f"{folder}/socket"
            for _ in range(200):
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_unix_connection(path)
                    writer.close()
                    break
                await asyncio.sleep(0.02)
            yield path
        finally:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 10)
            if process.returncode is None:
                process.kill()
                await process.wait()


async def send(where: int | str, raw: bytes) -> bytes:
    """What comes back within the patience."""
    got = b""
    opening = (
        asyncio.open_unix_connection(where) if isinstance(where, str) else asyncio.open_connection("127.0.0.1", where)
    )
    reader, writer = await opening
    try:
        async with asyncio.timeout(PATIENCE):
            writer.write(raw)
            while piece := await reader.read(65536):
                got += piece
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.transport.abort()
    return got


async def all_of(where: int | str) -> list[bytes]:
    gate = asyncio.Semaphore(64)

    async def one(number: int, case: Case) -> bytes:
        async with gate:
            return await send(where, case.bytes(number))

    return list(await asyncio.gather(*(one(number, case) for number, case in enumerate(CASES))))


class Seen(NamedTuple):
    gateway: Recorder
    nginx: Recorder
    gateway_replies: list[bytes]
    nginx_replies: list[bytes]


@pytest.fixture(scope="module")
def seen() -> Seen:
    if NGINX is None:
        pytest.skip("nginx is not installed: apt-get install nginx-light; the comparison has NOT been made")

    async def ask() -> Seen:
        paths = {f"/c/{{n}}{tail}": {"get": {"responses": OK}, "post": {"responses": OK}} for tail in ("", "/2")}
        only = ("input.method-405", "input.method-semantics")
        wire = Wire(head_timeout=Duration("2s"), drain=Duration("1s"))
        async with Recorder().running() as ours, Recorder().running() as theirs, nginx(theirs.port) as socket:
            config = Config(upstream=f"http://127.0.0.1:{ours.port}", listen="127.0.0.1:0", only=only, wire=wire)
            async with Gateway(config, api_of(paths)) as gateway:
                port = int(gateway.url.rpartition(":")[2])
                replies = await asyncio.gather(all_of(port), all_of(socket))
            return Seen(ours, theirs, *replies)

    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(asyncio.wait_for(ask(), 200))


def show(number: int, seen: Seen) -> str:
    first = seen.gateway_replies[number].split(b"\r\n")[0], seen.nginx_replies[number].split(b"\r\n")[0]
    return f"{CASES[number].name}: gateway {first[0]!r} ({len(seen.gateway.seen[number])}), nginx {first[1]!r} ({len(seen.nginx.seen[number])})"


def test_there_are_enough_of_them_and_the_upstreams_saw_some(seen: Seen) -> None:
    assert len(CASES) >= 300
    assert len({case.raw for case in CASES}) > 0.95 * len(CASES)
    for each in (seen.gateway, seen.nginx):
        assert sum(map(bool, each.seen.values())) > 40


def test_wherever_they_differ_the_gateway_is_the_stricter(seen: Seen) -> None:
    laxer = [show(at, seen) for at in range(len(CASES)) if len(seen.gateway.seen[at]) > len(seen.nginx.seen[at])]
    assert not laxer, "\n".join(laxer)


def test_no_request_reaches_the_upstream_as_two(seen: Seen) -> None:
    for at, case in enumerate(CASES):
        if case.requests is not None:
            assert len(seen.gateway.seen[at]) == case.requests, show(at, seen)
        heads = [head for head, _ in seen.gateway.seen[at]]
        answers = len(re.findall(rb"HTTP/1\.1 200 OK\r\n", seen.gateway_replies[at]))
        assert len(heads) == answers, show(at, seen)  # what the upstream counts is what the gateway counts
    assert not seen.gateway.strays


def test_what_reaches_the_upstream_is_written_anew(seen: Seen) -> None:
    plain = re.compile(rb"[A-Z]+ [!-~]+ HTTP/1\.1\r\n(?:[a-z0-9!#$%&'*+.^`|~-]+: [\t -~\x80-\xff]*\r\n)+\r\n")
    for at in range(len(CASES)):
        for head, _ in seen.gateway.seen[at]:
            assert plain.fullmatch(head), (CASES[at].name, head)
            assert (b"\r\ncontent-length:" in head) + (b"\r\ntransfer-encoding:" in head) <= 1
            assert not re.search(rb"\r\n(connection|upgrade|te|trailer|expect|keep-alive):", head)


def test_every_refusal_is_a_problem_and_no_fault_of_ours(seen: Seen) -> None:
    for at, reply in enumerate(seen.gateway_replies):
        for status in re.findall(rb"HTTP/1\.1 (\d\d\d) ", reply):
            assert int(status) < 500 or status == b"501", (show(at, seen), reply)
        if reply and not reply.startswith((b"HTTP/1.1 200", b"HTTP/1.1 100")):
            assert b"application/problem+json" in reply, (show(at, seen), reply)
