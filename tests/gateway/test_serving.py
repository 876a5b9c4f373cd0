"""Tunnels, TLS, metrics, and whole processes with workers and signals."""

# ruff: noqa: SIM117 - an upstream, a gateway, a client: one a line reads best
from __future__ import annotations

import asyncio
import os
import signal
import ssl
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import websockets
import websockets.exceptions

from exchanges import api_of
from gateway.raw import OK, Upstream, connected, gateway_to, get, quick, read_request, run
from mortal import mortal
from ostiary.config import Config, Tls
from ostiary.errors import ConfigError
from ostiary.gateway.server import Gateway
from ostiary.strict import Duration

API = api_of({"/items": {"get": {"responses": {"200": {"description": "ok"}}}}})


def test_a_websocket_passes_once_its_head_has() -> None:
    async def echo(socket: Any) -> None:
        async for message in socket:
            await socket.send(message)

    async def body() -> None:
        async with websockets.serve(echo, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            async with gateway_to(f"http://127.0.0.1:{port}") as gateway:
                async with websockets.connect(gateway.url.replace("http", "ws") + "/chat") as socket:
                    for message in ("hello", b"x" * 500_000, ""):
                        await socket.send(message)
                        assert await socket.recv() == message
                core = gateway.core
                assert core is not None
                await asyncio.sleep(0.05)
                assert not core.clients
                assert core.pool.open == 0

    run(body)


def test_a_websocket_that_the_policy_refuses_never_reaches_the_upstream() -> None:
    async def body() -> None:
        async with Upstream().running() as upstream:
            async with gateway_to(upstream.url, api=API, only=("beyond.api-inventory",)) as gateway:
                with pytest.raises(websockets.exceptions.InvalidStatus) as refused:
                    await websockets.connect(gateway.url.replace("http", "ws") + "/chat")
                assert refused.value.response.status_code == 404
            assert not upstream.requests

    run(body)


def test_an_upstream_that_declines_a_websocket_is_heard() -> None:
    async def body() -> None:
        answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"
        async with Upstream(answer).running() as upstream, gateway_to(upstream.url) as gateway:
            with pytest.raises(websockets.exceptions.InvalidStatus) as refused:
                await websockets.connect(gateway.url.replace("http", "ws"))
            assert refused.value.response.status_code == 403
            assert upstream.requests[0].all(b"upgrade") == [b"websocket"]

    run(body)


def test_the_101_says_nothing_but_the_handshake_and_early_frames_are_not_lost() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nServer: secret\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Accept: x\r\n\r\nfirst"
        )
        writer.write(await reader.readexactly(5))

    async def body() -> None:
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url) as gateway:
            async with connected(gateway) as client:
                client.send(get("/", "Connection: Upgrade", "Upgrade: websocket") + b"early")
                got = await client.ended()
                assert got.endswith(b"\r\n\r\nfirstearly")
                assert b"secret" not in got

    run(body)


def test_a_silent_tunnel_ends() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 101 Ok\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
        await reader.read()

    async def body() -> None:
        wire = quick(idle_timeout=Duration("200ms"), reply_timeout=Duration("200ms"))
        async with Upstream(serve=serve).running() as upstream, gateway_to(upstream.url, wire=wire) as gateway:
            async with connected(gateway) as client:
                client.send(get("/", "Connection: Upgrade", "Upgrade: websocket"))
                assert (await client.ended(2.0)).startswith(b"HTTP/1.1 101")

    run(body)


def test_tls_has_its_floor_and_the_upstream_learns_the_scheme() -> None:
    async def body() -> None:
        async with Upstream().running() as upstream:
            async with gateway_to(upstream.url, tls=Tls(self_made=True)) as gateway:
                assert gateway.url.startswith("https://localhost:")
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
                async with connected(gateway, ssl=context) as client:
                    assert (await client.ask(get())).status == 200
                    tls = client.writer.get_extra_info("ssl_object")
                    assert tls.version() == "TLSv1.3"
                    assert tls.selected_alpn_protocol() is None
                assert upstream.requests[0].all(b"x-forwarded-proto") == [b"https"]
                context.maximum_version = ssl.TLSVersion.TLSv1_2
                for ciphers, works in (("ECDHE+AESGCM", True), ("AES128-SHA:AES256-GCM-SHA384", False)):
                    context.set_ciphers(ciphers)
                    try:
                        async with connected(gateway, ssl=context) as client:
                            assert (await client.ask(get())).status == 200
                            assert works
                    except (ssl.SSLError, ConnectionError):
                        assert not works
                with pytest.warns(DeprecationWarning, match="TLSv1"):
                    context.minimum_version = ssl.TLSVersion.TLSv1
                with pytest.warns(DeprecationWarning, match="TLSv1"):
                    context.maximum_version = ssl.TLSVersion.TLSv1_1
                context.set_ciphers("ALL:@SECLEVEL=0")
                with pytest.raises((ssl.SSLError, ConnectionError)):
                    async with connected(gateway, ssl=context):
                        pass

    run(body)


def test_a_certificate_from_files_serves(tmp_path: Path) -> None:
    import datetime as dt  # noqa: PLC0415

    from ostiary.gateway import certificate  # noqa: PLC0415

    path = tmp_path / "server.pem"
    path.write_bytes(certificate.self_made(dt.datetime.now(dt.UTC)))

    async def body() -> None:
        async with Upstream().running() as upstream:
            async with gateway_to(upstream.url, tls=Tls(certificate=str(path))) as gateway:
                context = ssl.create_default_context(cafile=str(path))
                async with connected(gateway, ssl=context, server_hostname="localhost") as client:
                    assert (await client.ask(get())).status == 200

    run(body)


@pytest.mark.parametrize(
    "wrong",
    [
        {"upstream": None},
        {"upstream": "127.0.0.1:9000"},
        {"upstream": "http://127.0.0.1:9000/base"},
        {"upstream": "http://127.0.0.1:x"},
        {"admin": "0.0.0.0:9901"},
        {"tls": Tls()},
        {"tls": Tls(certificate="/nowhere.pem")},
        {"tls": Tls(certificate="a.pem", self_made=True)},
    ],
)
def test_what_can_be_wrong_is_wrong_before_the_port_opens(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Gateway(Config(**{"upstream": "http://127.0.0.1:9000", "only": (), **wrong}))


@pytest.mark.parametrize("listen", ["nowhere", "127.0.0.1:99999", "192.0.2.1:0"])
def test_an_address_that_cannot_be_had_is_a_config_error(listen: str) -> None:
    async def body() -> None:
        with pytest.raises(ConfigError):
            await Gateway(Config(upstream="http://127.0.0.1:9000", only=(), listen=listen)).start()

    run(body)


def test_an_upstream_may_be_a_unix_socket(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await read_request(reader) is not None:
            writer.write(OK)
        writer.close()

    async def body() -> None:
        server = await asyncio.start_unix_server(serve, tmp_path / "up.sock")
        async with gateway_to(f"unix:{tmp_path}/up.sock") as gateway, connected(gateway) as client:
            assert (await client.ask(get())).status == 200
        server.close()
        await asyncio.sleep(0.05)  # the upstream's end closes too

    run(body)


def fetch(url: str, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def value(metrics: str, line: str) -> float:
    return sum(float(each.rpartition(" ")[2]) for each in metrics.splitlines() if each.startswith(line))


def test_metrics_count_with_labels_that_callers_cannot_choose() -> None:
    async def body() -> None:
        async with Upstream().running() as upstream:
            config = Config(
                upstream=upstream.url, listen="127.0.0.1:0", admin="127.0.0.1:0", only=("beyond.api-inventory",)
            )
            gateway = Gateway(config, API, admin=True)
            async with gateway, connected(gateway) as client:
                for _ in range(3):
                    assert (await client.ask(get("/items"))).status == 200
                for at in range(50):
                    assert (await client.ask(get(f"/made-up-{at}"))).status == 404
                ask = asyncio.get_running_loop().run_in_executor
                status, metrics = await ask(None, fetch, gateway.admin_url + "/metrics")
                assert status == 200
                assert value(metrics, 'ostiary_requests_total{operation="GET /items",status="200"}') == 3
                assert value(metrics, 'ostiary_requests_total{operation="* *",status="404"}') == 50
                assert value(metrics, 'ostiary_refusals_total{control="beyond.api-inventory"') == 50
                assert value(metrics, "ostiary_request_seconds_count") == 53
                assert value(metrics, 'ostiary_request_seconds_bucket{le="+Inf"}') == 53
                assert value(metrics, "ostiary_open_connections") == 1
                assert "made-up" not in metrics
                assert await ask(None, fetch, gateway.admin_url + "/healthz") == (200, "ok\n")
                assert (await ask(None, fetch, gateway.admin_url + "/other"))[0] == 404
                rebound = await ask(None, lambda: fetch(gateway.admin_url + "/metrics", Host="evil.example"))
                assert rebound[0] == 403

    run(body)


SERVE = """
    import sys
    from ostiary.config import Config, Wire
    from ostiary.gateway.server import serve
    from ostiary.strict import Duration
    config = Config(upstream=sys.argv[1], listen="127.0.0.1:0", admin="127.0.0.1:0", only=(),
                    wire=Wire(workers=int(sys.argv[2]), drain=Duration("2s")))
    sys.exit(serve(config, ready=lambda url, admin: print(url, admin, flush=True)))
"""


@contextmanager
def serving(upstream: str, workers: int) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    command = [sys.executable, "-c", textwrap.dedent(SERVE), upstream, str(workers)]
    with mortal(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)) as process:
        assert process.stdout is not None
        url, admin = process.stdout.readline().split()
        for _ in range(200):
            try:
                if fetch(url + "/")[0] == 200:
                    break
            except OSError:
                time.sleep(0.02)
        yield process, url, admin


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def resident(pid: int) -> int:
    """KiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_signal_ends_the_service_cleanly_and_what_is_under_way_first(workers: int, number: int) -> None:
    slow = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await read_request(reader)) is not None:
            if b"slow" in request.line:
                slow.set()
                await asyncio.sleep(0.3)
            writer.write(OK)

    async def body() -> None:
        loop = asyncio.get_running_loop()
        async with Upstream(serve=serve).running() as upstream:
            entered = serving(upstream.url, workers)
            process, url, _ = await loop.run_in_executor(None, entered.__enter__)
            try:
                pending = loop.run_in_executor(None, fetch, url + "/slow")
                await slow.wait()
                process.send_signal(number)
                assert await pending == (200, "ok")
                assert await loop.run_in_executor(None, lambda: process.wait(5)) == 0
                assert process.stderr is not None
                assert process.stderr.read() == ""
            finally:
                entered.__exit__(None, None, None)

    run(body)


def test_a_worker_that_dies_is_replaced_and_its_counts_stay() -> None:
    async def body() -> None:
        loop = asyncio.get_running_loop()
        async with Upstream().running() as upstream:
            entered = serving(upstream.url, 2)
            process, url, admin = await loop.run_in_executor(None, entered.__enter__)
            try:
                for _ in range(20):
                    await loop.run_in_executor(None, fetch, url + "/")
                _, metrics = await loop.run_in_executor(None, fetch, admin + "/metrics")
                before = value(metrics, "ostiary_requests_total")
                assert before >= 20
                first = children(process.pid)
                os.kill(first[0], signal.SIGKILL)
                for _ in range(100):
                    await asyncio.sleep(0.05)
                    now = children(process.pid)
                    if len(now) == 2 and first[0] not in now:
                        break
                await asyncio.sleep(0.3)
                assert (await loop.run_in_executor(None, fetch, url + "/"))[0] == 200
                _, metrics = await loop.run_in_executor(None, fetch, admin + "/metrics")
                assert value(metrics, "ostiary_requests_total") == before + 1
                assert value(metrics, "ostiary_workers") == 2
                for pid in children(process.pid):
                    assert resident(pid) < 40 * 1024
            finally:
                entered.__exit__(None, None, None)

    run(body)


def test_workers_end_with_their_parent() -> None:
    async def body() -> None:
        loop = asyncio.get_running_loop()
        async with Upstream().running() as upstream:
            entered = serving(upstream.url, 2)
            process, _, _ = await loop.run_in_executor(None, entered.__enter__)
            pids = children(process.pid)
            assert len(pids) == 2
            entered.__exit__(None, None, None)  # SIGKILL
            for _ in range(100):
                await asyncio.sleep(0.05)
                if not any(os.path.exists(f"/proc/{pid}") for pid in pids):  # noqa: ASYNC240, PTH110 - procfs does not block
                    return
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            pytest.fail("orphans")

    run(body)


def test_the_gateway_loads_nothing_that_it_does_not_need() -> None:
    code = "import sys, ostiary.gateway.server; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    ).stdout.split()
    for each in ("rich", "jinja2", "h11", "cryptography", "ostiary.audit", "uvicorn"):
        assert each not in loaded
