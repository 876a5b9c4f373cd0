"""Health, counts and an operator's levers are served on a port of their own, to this machine alone."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from ostiary.errors import ConfigError, StoreError
from ostiary.gateway.levers import Lever
from ostiary.strict import DecodeError, dumps, loads

logger = logging.getLogger("ostiary.gateway")

MARK: Final = "ostiary-admin"  # a header that a web page cannot send without asking first, and is never allowed
_MOST: Final = 8192  # bytes of a request head, and of a body
_PATIENCE: Final = 5.0  # seconds for one
Answer = tuple[int, str, str]  # status, media type, body
_PHRASES: Final = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
                   413: "Content Too Large", 500: "Internal Server Error", 503: "Service Unavailable"}  # fmt: skip


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
    """Answers ``GET /healthz`` and ``GET /metrics``, and pulls levers; one request per connection.

    :param healthy: whether requests are being served.
    :param metrics: gives the counts in Prometheus's text format.
    :param levers: by ``"METHOD /path"``; see `ostiary.gateway.levers`.
    """

    def __init__(
        self,
        healthy: Callable[[], bool],
        metrics: Callable[[], Awaitable[str]],
        levers: Mapping[str, Lever] | None = None,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._now = now
        self._healthy = healthy
        self._metrics = metrics
        self._levers = levers or {}
        self._paths = {each.partition(" ")[2] for each in self._levers}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        try:
            async with asyncio.timeout(_PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
                status, kind, body = await self._answer(head, reader)
                payload = body.encode()
                lines = [f"HTTP/1.1 {status} {_PHRASES[status]}", f"content-type: {kind}", "cache-control: no-store",
                         f"content-length: {len(payload)}", "connection: close", "", ""]  # fmt: skip
                writer.write("\r\n".join(lines).encode() + payload)
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever asked badly or left learns nothing
        finally:
            writer.close()

    async def _answer(self, head: bytes, reader: asyncio.StreamReader) -> Answer:
        first, *rest = head.decode("latin-1").split("\r\n")
        words = first.split(" ")
        if len(words) != 3 or len(head) > _MOST:  # noqa: PLR2004 - method, target, version
            return 400, "text/plain", "bad request\n"
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        host = fields.get("host", "")
        if not _is_loopback(host.rpartition(":")[0].strip("[]") or host):  # a web page whose name was rebound to us
            return 403, "text/plain", "this port serves its own machine\n"
        method, target, _ = words
        path, _, query = target.partition("?")
        lever = self._levers.get(f"{method} {path}")
        if lever is not None:
            return await self._pull(lever, method, query, fields, reader)
        if method != "GET":
            return 405, "text/plain", "not here\n" if path in self._paths else "GET only\n"
        if path == "/healthz":
            return (200, "text/plain", "ok\n") if self._healthy() else (503, "text/plain", "not serving\n")
        if path == "/metrics":
            return 200, "text/plain; version=0.0.4; charset=utf-8", await self._metrics()
        return 404, "text/plain", "/healthz and /metrics are here\n"

    async def _pull(
        self, lever: Lever, method: str, query: str, fields: Mapping[str, str], reader: asyncio.StreamReader
    ) -> Answer:
        if method != "GET" and (MARK not in fields or "origin" in fields):
            return 403, "text/plain", f"orders carry the header {MARK}, and come from no web page\n"
        given: Any = dict(parse_qsl(query))
        if method != "GET":
            length = fields.get("content-length", "0")
            if not length.isascii() or not length.isdigit():
                return 400, "text/plain", "bad request\n"
            if int(length) > _MOST:
                return 413, "text/plain", "too much\n"
            try:
                given = loads(await reader.readexactly(int(length)))
            except (DecodeError, RecursionError):
                given = None
            if not isinstance(given, dict):
                return 400, "text/plain", "the body must be a JSON object\n"
        return await _pulled(lever, {**given, "now": self._now()})


async def _pulled(lever: Lever, given: Mapping[str, Any]) -> Answer:
    try:
        return 200, "application/json", _json(await lever(given))
    except ConfigError as error:
        return 400, "application/json", _json({"error": str(error)})
    except StoreError as error:
        return 503, "application/json", _json({"error": str(error)})
    except Exception:  # a fault of ours: the operator has to hear that nothing is certain
        logger.exception("a lever broke")
        return 500, "application/json", _json({"error": "the lever broke; the gateway's log says how"})


def _json(value: object) -> str:
    return dumps(value).decode() + "\n"
