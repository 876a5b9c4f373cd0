"""The gateway opens its port when everything that can be wrong has been found right, and closes it without a loss."""

from __future__ import annotations

import asyncio
import socket
import ssl
from types import TracebackType
from typing import Self

from ostiary.config import Config
from ostiary.errors import ConfigError
from ostiary.gateway.client import Client
from ostiary.gateway.core import Core
from ostiary.gateway.pool import origin_of
from ostiary.guard.site import Compiled
from ostiary.model import Api

BACKLOG = 2048


class Gateway:
    """The policy in front of any HTTP/1.1 upstream, in the running event loop::

        async with Gateway(config, api) as gateway:
            ...  # gateway.url

    :param config: the policy; ``upstream`` and ``listen`` matter here (port 0 takes a free one).
    :param api: the document, read; taken from ``config.api`` when not given.
    :raises ConfigError: when the policy cannot work.
    """

    def __init__(self, config: Config, api: Api | None = None, *, sock: socket.socket | None = None) -> None:
        self.config = config
        where = config.file or "config"
        if api is None and config.api is not None:
            from ostiary.parts.openapi import read  # noqa: PLC0415 - YAML and friends only where a file is read

            api = read(config.api)
        self._origin = origin_of(config.upstream, where)
        self.compiled = Compiled(config, api)
        self._sock = sock
        self._server: asyncio.Server | None = None
        self.core: Core | None = None
        self.url = ""

    async def start(self) -> None:
        """Open the port.

        :raises ConfigError: when the address cannot be bound.
        """
        config = self.config
        core = self.core = Core(config, self.compiled, self._origin)
        sock = self._sock or bind(config.listen, f"{config.file or 'config'}: listen")
        context: ssl.SSLContext | None = None
        self.url = url_of(config, sock)
        loop = asyncio.get_running_loop()
        core.start()
        self._server = await loop.create_server(lambda: Client(core), sock=sock, ssl=context, backlog=BACKLOG)

    async def stop(self, seconds: float | None = None) -> None:
        """Close the port, finish what is under way for up to `seconds` (default ``wire.drain``), end the rest."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if self.core is not None:
            await self.core.drain(self.config.wire.drain if seconds is None else seconds)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


def bind(address: str, where: str, *, shared: bool = False) -> socket.socket:
    """A bound TCP socket for ``host:port``, ``[v6]:port`` or ``:port`` (loopback).

    :param shared: let other processes bind the same port (SO_REUSEPORT).
    :raises ConfigError: when that is no address, or it is taken.
    """
    host, colon, text = address.rpartition(":")
    if not colon or not text.isdigit() or int(text) > 65535:  # noqa: PLR2004 - ports have 16 bits
        raise ConfigError(where, f"{address!r} is not an address and port", 'write "127.0.0.1:8080"')
    host = host.strip("[]") or "127.0.0.1"
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(host, int(text), type=socket.SOCK_STREAM)[0]
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if shared:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            sock.bind(target)
        except OSError:
            sock.close()
            raise
    except OSError as error:
        raise ConfigError(where, f"cannot listen on {address}: {error.strerror or error}") from error
    return sock


def url_of(config: Config, sock: socket.socket) -> str:
    """Where clients find a bound socket."""
    host, port = sock.getsockname()[:2]
    if config.tls is not None and config.tls.self_made:
        host = "localhost"
    host = f"[{host}]" if ":" in host else host
    return f"{'https' if config.tls is not None else 'http'}://{host}:{port}"
