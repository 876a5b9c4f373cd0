"""A load balancer's word on the client is believed of named balancers, to the octet, before TLS, and never of a stranger."""

# ruff: noqa: SIM117 - an upstream, a gateway, a client: one a line reads best
from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.raw import Client, Request, Upstream, connected, gateway_to, get, post, quick, run
from ostiary.config import Config, Tls
from ostiary.errors import ConfigError
from ostiary.gateway.proxy_protocol import (
    MOST_BLOCK,
    SIGNATURE,
    MalformedError,
    length_of,
    source_of_block,
    source_of_line,
)
from ostiary.gateway.server import Gateway

BALANCER = "127.0.0.9"


def v2(source: str, *, command: int = 1, family: int | None = None, more: bytes = b"", version: int = 2) -> bytes:
    """A header of version 2; the destination and the ports mean nothing here."""
    address = ipaddress.ip_address(source)
    packed = address.packed * 2 + b"\x12\x34\x00\x50" + more
    kind = family if family is not None else (0x11 if address.version == 4 else 0x21)
    return SIGNATURE + bytes([version << 4 | command, kind]) + len(packed).to_bytes(2, "big") + packed


# the grammar


@pytest.mark.parametrize(
    ("line", "source"),
    [
        (b"PROXY TCP4 192.0.2.7 127.0.0.1 56324 443\r\n", "192.0.2.7"),
        (b"PROXY TCP6 2001:DB8::7 ::1 1 65535\r\n", "2001:db8::7"),
        (b"PROXY UNKNOWN\r\n", ""),
        (b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", ""),
    ],
)
def test_version_1_is_read(line: bytes, source: str) -> None:
    assert source_of_line(line) == source


@pytest.mark.parametrize(
    "line",
    [
        b"PROXY TCP4 192.0.2.7 127.0.0.1 56324 443\n", b"PROXY  TCP4 192.0.2.7 127.0.0.1 1 1\r\n",
        b"PROXY TCP4 192.0.2.7 127.0.0.1 01 1\r\n", b"PROXY TCP4 192.0.2.7 127.0.0.1 65536 1\r\n",
        b"PROXY TCP4 192.0.2.256 127.0.0.1 1 1\r\n", b"PROXY TCP4 192.0.2.07 127.0.0.1 1 1\r\n",
        b"PROXY TCP4 2001:db8::7 ::1 1 1\r\n", b"PROXY TCP6 192.0.2.7 127.0.0.1 1 1\r\n",
        b"PROXY TCP4 192.0.2.7 ::1 1 1\r\n", b"PROXY TCP6 fe80::1%lo ::1 1 1\r\n", b"PROXY TCP4 192.0.2.7\r\n",
        b"PROXY TCP4 192.0.2.7 127.0.0.1 1 1 \r\n", b"PROXY UDP4 192.0.2.7 127.0.0.1 1 1\r\n", b"PROXY UNKNOWNS\r\n",
        b"proxy TCP4 192.0.2.7 127.0.0.1 1 1\r\n", "PROXY TCP4 192.0.2.\u0667 127.0.0.1 1 1\r\n".encode(),
        b"PROXY TCP4 192.0.2.7 127.0.0.1 1 1\r\n\r\n",
    ],
)  # fmt: skip
def test_what_is_nearly_version_1_is_not(line: bytes) -> None:
    with pytest.raises(MalformedError):
        source_of_line(line)


def parsed(header: bytes) -> str:
    length = length_of(header[:16])
    assert len(header) == 16 + length
    return source_of_block(header[:16], header[16:])


@pytest.mark.parametrize(
    ("header", "source"),
    [
        (v2("192.0.2.7"), "192.0.2.7"),
        (v2("2001:db8::7"), "2001:db8::7"),
        (v2("192.0.2.7", more=b"\x03\x00\x04abcd\x20\x00\x01x"), "192.0.2.7"),
        (v2("192.0.2.7", command=0), ""),
        (v2("192.0.2.7", command=0, family=0xFF), ""),  # ignored, says the specification
        (v2("192.0.2.7", family=0x00), ""),
        (v2("192.0.2.7", family=0x12), ""),
        (v2("192.0.2.7", family=0x31), ""),
        (SIGNATURE + b"\x20\x00\x00\x00", ""),
        (SIGNATURE + b"\x21\x00\x00\x00", ""),
    ],
)
def test_version_2_is_read(header: bytes, source: str) -> None:
    assert parsed(header) == source


@pytest.mark.parametrize(
    "header",
    [
        v2("192.0.2.7", version=1), v2("192.0.2.7", version=3), v2("192.0.2.7", command=2), v2("192.0.2.7", family=0x41),
        v2("192.0.2.7", family=0x13), v2("192.0.2.7", family=0x21), SIGNATURE + b"\x21\x11\x00\x0b" + b"x" * 11,
        SIGNATURE[:-1] + b"\r\x21\x11\x00\x00", v2("192.0.2.7", more=b"x" * (MOST_BLOCK - 11)),
    ],
)  # fmt: skip
def test_what_is_nearly_version_2_is_not(header: bytes) -> None:
    with pytest.raises(MalformedError):
        parsed(header)


@given(st.ip_addresses())
def test_addresses_survive_both_versions(address: Any) -> None:
    assert parsed(v2(str(address))) == str(address)
    other = "::1" if address.version == 6 else "127.0.0.1"
    assert source_of_line(f"PROXY TCP{address.version} {address} {other} 1 2\r\n".encode()) == str(address)


@given(st.binary(max_size=120))
def test_noise_is_an_address_or_a_mistake(noise: bytes) -> None:
    for read in (
        source_of_line,
        lambda data: parsed(data[:16].ljust(16, b"\0")),
        lambda data: length_of(SIGNATURE + data[:4].ljust(4)),
    ):
        with contextlib.suppress(MalformedError):
            read(noise)


def test_networks_that_are_none_are_a_mistake_before_the_port_opens() -> None:
    with pytest.raises(ConfigError, match="proxy-protocol"):
        Gateway(Config(upstream="http://127.0.0.1:1", only=(), wire=quick(proxy_protocol=("10.0.0.1/8",))))


# on the wire


@contextlib.asynccontextmanager
async def behind(balancers: tuple[str, ...] = (BALANCER,), **config: Any) -> AsyncIterator[tuple[Gateway, Upstream]]:
    wire = quick(proxy_protocol=balancers, head_timeout=config.pop("head_timeout", 2.0))
    async with Upstream().running() as upstream:
        async with gateway_to(upstream.url, wire=wire, **config) as gateway:
            yield gateway, upstream


def balancer(gateway: Gateway, **options: Any) -> contextlib.AbstractAsyncContextManager[Client]:
    return connected(gateway, local_addr=(BALANCER, 0), **options)


def client_of(request: Request) -> list[bytes]:
    return request.all(b"x-forwarded-for")


@pytest.mark.parametrize(
    ("header", "source"),
    [
        (b"PROXY TCP4 192.0.2.7 127.0.0.1 56324 443\r\n", b"192.0.2.7"),
        (b"PROXY TCP6 2001:db8::7 ::1 56324 443\r\n", b"2001:db8::7"),
        (b"PROXY UNKNOWN\r\n", BALANCER.encode()),
        (v2("192.0.2.7"), b"192.0.2.7"),
        (v2("2001:db8::7", more=b"\x04\x01\x00" + b"x" * 256), b"2001:db8::7"),
        (v2("192.0.2.7", command=0), BALANCER.encode()),
    ],
)
@pytest.mark.parametrize("pieces", [1, 1000])
def test_the_client_is_whom_the_balancer_names_for_every_request_of_the_connection(
    header: bytes, source: bytes, pieces: int
) -> None:
    async def body() -> None:
        async with behind() as (gateway, upstream), balancer(gateway) as client:
            whole = header + get("/one") + post(b"body", path="/two")
            for at in range(0, len(whole), max(1, len(whole) // pieces)):
                client.send(whole[at : at + max(1, len(whole) // pieces)])
                if pieces > 1:
                    await asyncio.sleep(0)
            assert [(await client.reply()).status for _ in range(2)] == [200, 200]
            assert [client_of(each) for each in upstream.requests] == [[source], [source]]
            assert upstream.requests[1].body == b"body"

    run(body)


@pytest.mark.parametrize(
    "data",
    [
        get(), b"PROXY TCP4 192.0.2.7 127.0.0.1 1 1\n" + get(), b"PROXY " + b"x" * 200 + b"\r\n" + get(),
        v2("192.0.2.7", version=3) + get(), v2("192.0.2.7", family=0x51) + get(), SIGNATURE + b"\x21\x11\xff\xff" + get(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 50, b"\0" * 100,
    ],
)  # fmt: skip
def test_a_balancer_that_does_not_say_it_properly_is_cut_off_without_a_word(data: bytes) -> None:
    async def body() -> None:
        async with behind() as (gateway, upstream), balancer(gateway) as client:
            client.send(data)
            assert await client.ended(1.5) == b""
            assert not upstream.requests

    run(body)


@pytest.mark.parametrize("data", [b"", b"PROXY TCP4 192.", v2("192.0.2.7")[:20]])
def test_a_header_that_does_not_come_ends_the_wait_and_holds_up_nobody(data: bytes) -> None:
    async def body() -> None:
        async with behind(head_timeout=0.3) as (gateway, _), balancer(gateway) as slow:
            slow.send(data)
            async with balancer(gateway) as client:
                assert (await client.ask(v2("192.0.2.7") + get())).status == 200
            assert await slow.ended(1.5) == b""

    run(body)


@pytest.mark.parametrize("header", [b"PROXY TCP4 192.0.2.7 127.0.0.1 56324 443\r\n", v2("192.0.2.7")])
def test_a_stranger_who_sends_one_is_not_believed(header: bytes) -> None:
    async def body() -> None:
        async with behind() as (gateway, upstream):
            async with connected(gateway) as client:
                assert (await client.ask(header + get())).status == 400
            async with connected(gateway) as client:
                assert (await client.ask(get())).status == 200
            assert [client_of(each) for each in upstream.requests] == [[b"127.0.0.1"]]

    run(body)


def test_a_second_header_is_no_request() -> None:
    async def body() -> None:
        async with behind() as (gateway, upstream), balancer(gateway) as client:
            assert (await client.ask(v2("192.0.2.7") + v2("192.0.2.8") + get())).status == 400
            assert not upstream.requests

    run(body)


def test_limits_count_whom_the_balancer_names_and_no_header_changes_that() -> None:
    limit = {"access.throttling": {"burst": 2}, "beyond.host-and-proxy-trust": {"hosts": ["api.test"]}}
    only = ("access.throttling", "beyond.host-and-proxy-trust")

    async def body() -> None:
        async with behind(only=only, controls=limit) as (gateway, _):
            statuses = []
            for source, forged in (
                ("192.0.2.7", "1.1.1.1"),
                ("192.0.2.7", "2.2.2.2"),
                ("192.0.2.7", "3.3.3.3"),
                ("192.0.2.8", "4.4.4.4"),
            ):
                async with balancer(gateway) as client:
                    reply = await client.ask(
                        v2(source) + get("/", f"X-Forwarded-For: {forged}", f"Forwarded: for={forged}")
                    )
                    statuses.append(reply.status)
            assert statuses == [200, 200, 429, 200]

    run(body)


def test_it_comes_before_tls() -> None:
    async def body() -> None:
        async with behind(tls=Tls(self_made=True)) as (gateway, upstream):
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            async with balancer(gateway) as client:
                client.send(v2("192.0.2.7"))
                await client.writer.start_tls(context)
                assert (await client.ask(get())).status == 200
            async with connected(gateway, ssl=context) as client:  # no balancer, no header
                assert (await client.ask(get())).status == 200
            async with balancer(gateway) as client:  # one that begins with TLS
                client.send(b"\x16\x03\x01\x00\x80" + b"x" * 100)
                assert await client.ended(1.5) == b""
            assert [client_of(each) for each in upstream.requests] == [[b"192.0.2.7"], [b"127.0.0.1"]]
            assert upstream.requests[0].all(b"x-forwarded-proto") == [b"https"]

    run(body)


def test_a_drain_ends_it_like_any_port() -> None:
    async def body() -> None:
        async with behind() as (gateway, _):
            async with balancer(gateway) as client, balancer(gateway) as silent:
                assert (await client.ask(v2("192.0.2.7") + get())).status == 200
                silent.send(b"PROXY")
                await asyncio.sleep(0.05)
                await gateway.stop()
                assert await client.ended(1.0) == b""
                assert await silent.ended(1.0) == b""
                with pytest.raises(ConnectionRefusedError):
                    async with balancer(gateway):
                        pass

    run(body)


# in front of it, the software that invented it

HAPROXY = """
defaults
    mode {mode}
    timeout connect 2s
    timeout client 5s
    timeout server 5s
frontend front
    bind 127.0.0.1:{port}
    default_backend gateway
backend gateway
    source {balancer}
    server one 127.0.0.1:{to} {option} check inter 200ms
"""


@pytest.mark.live
@pytest.mark.parametrize("option", ["send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options unique-id,crc32c"])
@pytest.mark.parametrize("tls", [False, True])
def test_haproxy_is_understood(option: str, tls: bool, tmp_path: Path) -> None:  # noqa: FBT001 - with or without
    program = shutil.which("haproxy") or ("/usr/sbin/haproxy" if Path("/usr/sbin/haproxy").exists() else None)
    if program is None:
        pytest.skip("LIVE TEST NOT RUN: haproxy is not installed (apt install haproxy)")

    async def body() -> None:
        async with behind(tls=Tls(self_made=True) if tls else None) as (gateway, upstream):
            free = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
            port = free.sockets[0].getsockname()[1]
            free.close()
            config = tmp_path / "haproxy.cfg"
            to = gateway.url.rpartition(":")[2]
            config.write_text(HAPROXY.format(mode="tcp", port=port, balancer=BALANCER, to=to, option=option))
            process = await asyncio.create_subprocess_exec(program, "-f", str(config), "-db", stderr=subprocess.DEVNULL)
            try:
                context = None
                if tls:
                    context = ssl.create_default_context()
                    context.check_hostname = False
                    context.verify_mode = ssl.CERT_NONE
                reply = None
                for _ in range(100):
                    try:
                        reader, writer = await asyncio.open_connection(
                            "127.0.0.1", port, local_addr=("127.0.0.77", 0), ssl=context
                        )
                        reply = await Client(reader, writer).ask(get("/", "X-Forwarded-For: 6.6.6.6"))
                        writer.transport.abort()
                        break
                    except (OSError, asyncio.IncompleteReadError):
                        await asyncio.sleep(0.05)
                assert reply is not None
                assert reply.status == 200
                assert client_of(upstream.requests[-1]) == [b"127.0.0.77"]
            finally:
                process.kill()
                await process.wait()

    run(body)
