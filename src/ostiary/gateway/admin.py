"""Health and counts are served on a port of their own, to this machine alone."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from typing import Final

from ostiary.errors import ConfigError

_MOST: Final = 8192  # bytes of a request head
_PATIENCE: Final = 5.0  # seconds for one
Answer = tuple[int, str, str]  # status, media type, body
_PHRASES: Final = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
                   503: "Service Unavailable"}  # fmt: skip


def check_loopback(address: str, where: str) -> None:
    """Refuse an address that others could reach.

    :raises ConfigError: when it is not on the loopback interface.
    """
    host = address.rpartition(":")[0].strip("[]") or "127.0.0.1"
    if not _is_loopback(host):
        raise ConfigError(
            where, f"{address!r} is not on the loopback interface", 'write "127.0.0.1:9901", or "" for none'
        )


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Admin:
    """Answers ``GET /healthz`` and ``GET /metrics``; one request per connection.

    :param healthy: whether requests are being served.
    :param metrics: gives the counts in Prometheus's text format.
    """

    def __init__(self, healthy: Callable[[], bool], metrics: Callable[[], Awaitable[str]]) -> None:
        self._healthy = healthy
        self._metrics = metrics

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        try:
            async with asyncio.timeout(_PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
                status, kind, body = await self._answer(head)
                payload = body.encode()
                lines = [f"HTTP/1.1 {status} {_PHRASES[status]}", f"content-type: {kind}", "cache-control: no-store",
                         f"content-length: {len(payload)}", "connection: close", "", ""]  # fmt: skip
                writer.write("\r\n".join(lines).encode() + payload)
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever asked badly or left learns nothing
        finally:
            writer.close()

    async def _answer(self, head: bytes) -> Answer:
        first, *rest = head.decode("latin-1").split("\r\n")
        words = first.split(" ")
        if len(words) != 3 or len(head) > _MOST:  # noqa: PLR2004 - method, target, version
            return 400, "text/plain", "bad request\n"
        host = next((line[5:].strip() for line in rest if line[:5].lower() == "host:"), "")
        if not _is_loopback(host.rpartition(":")[0].strip("[]") or host):  # a web page whose name was rebound to us
            return 403, "text/plain", "this port serves its own machine\n"
        if words[0] != "GET":
            return 405, "text/plain", "GET only\n"
        if words[1] == "/healthz":
            return (200, "text/plain", "ok\n") if self._healthy() else (503, "text/plain", "not serving\n")
        if words[1] == "/metrics":
            return 200, "text/plain; version=0.0.4; charset=utf-8", await self._metrics()
        return 404, "text/plain", "/healthz and /metrics are here\n"
