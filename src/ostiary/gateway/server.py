"""The gateway opens its port when everything that can be wrong has been found right, and closes it without a loss."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import resource
import signal
import socket
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self

from ostiary.config import Config
from ostiary.errors import ConfigError
from ostiary.gateway import subrequest
from ostiary.gateway.admin import Admin, check_loopback
from ostiary.gateway.client import Client
from ostiary.gateway.levers import LEVERS, levers_of
from ostiary.gateway.limits import LAST_REQUESTS
from ostiary.gateway.loop import new_loop
from ostiary.gateway.metrics import Sum, exposition, snapshot
from ostiary.gateway.pool import origin_of
from ostiary.gateway.proxy_protocol import Doorway
from ostiary.gateway.shared import Core
from ostiary.gateway.tls import context_of
from ostiary.gateway.workers import APART, Channel, Workers
from ostiary.guard.site import Compiled
from ostiary.model import Api
from ostiary.parts.networks import Networks

logger = logging.getLogger("ostiary.gateway")

BACKLOG = 2048


class Gateway:
    """The policy in front of any HTTP/1.1 upstream, in the running event loop::

        async with Gateway(config, api) as gateway:
            ...  # gateway.url

    :param config: the policy; ``upstream`` and ``listen`` matter here (port 0 takes a free one).
    :param api: the document, read; taken from ``config.api`` when not given.
    :param admin: serve ``/healthz`` and ``/metrics`` at ``config.admin`` too (`admin_url`).
    :raises ConfigError: when the policy cannot work.
    """

    def __init__(self, config: Config, api: Api | None = None, *, admin: bool = False) -> None:
        self.config = config
        self._where = config.file or "config"
        if api is None and config.api is not None:
            from ostiary.parts.openapi import read  # noqa: PLC0415 - YAML and friends only where a file is read

            api = read(config.api)
        self._origin = origin_of(config.upstream, self._where)
        self._tls = context_of(config)
        self._admin = admin and bool(config.admin)
        if config.admin:
            check_loopback(config.admin, f"{self._where}: admin")
        self.compiled = Compiled(config, api)
        self._balancers = Networks(config.wire.proxy_protocol, f"{self._where}: [wire] proxy-protocol")
        self._servers: list[asyncio.Server | Doorway] = []
        self._sock: socket.socket | None = None
        self.core: Core | None = None
        self.url = ""
        self.admin_url = ""

    async def start(self, sock: socket.socket | None = None) -> None:
        """Open the port, or serve on a bound socket.

        :raises ConfigError: when the address cannot be bound.
        """
        config = self.config
        if sock is None:
            sock = bind(config.listen, f"{self._where}: listen")
        self._sock = sock
        core = self.core = Core(config, self.compiled, self._origin)
        core.start()
        self.compiled.site.upstream.ask = partial(subrequest.ask, core)
        await self.compiled.start()
        self.url = url_of(config, sock)
        loop = asyncio.get_running_loop()
        shake = None if self._tls is None else float(config.wire.head_timeout)
        make = partial(Client, core)
        if self._balancers:
            wire = config.wire
            doorway = Doorway(make, self._balancers, tls=self._tls, patience=wire.head_timeout, most=wire.connections)
            doorway.open(sock, BACKLOG)
            self._servers.append(doorway)
        else:
            self._servers.append(
                await loop.create_server(make, sock=sock, ssl=self._tls, ssl_handshake_timeout=shake, backlog=BACKLOG)
            )
        if self._admin:
            self.admin_url = await self._open_admin()

    async def _open_admin(self) -> str:
        sock = bind(self.config.admin, f"{self._where}: admin")
        admin = Admin(lambda: self.serving, self.metrics, levers_of(self.compiled.site.store))
        self._servers.append(await asyncio.start_server(admin.serve, sock=sock))
        return "http://{}:{}".format(*sock.getsockname()[:2])

    @property
    def serving(self) -> bool:
        """Whether the port is open and new exchanges are taken."""
        return self.core is not None and not self.core.draining

    async def metrics(self) -> str:
        """The counts in Prometheus's text format."""
        counts = Sum()
        if self.core is not None:
            counts.add(snapshot(self.core))
        return exposition(counts, workers=1)

    async def stop(self, seconds: float | None = None) -> None:
        """Close the port, finish what is under way for up to `seconds` (default ``wire.drain``), end the rest."""
        late = self._shut()
        if self.core is not None:
            self.core.draining = True
            await asyncio.gather(*(self._welcome(self.core, each) for each in late))
            await self.core.drain(self.config.wire.drain if seconds is None else seconds)
        for server in self._servers:
            server.close()
        self._servers = []
        await self.compiled.stop()

    def _shut(self) -> list[socket.socket]:
        """Close the port, the admin port excepted; the connections that the kernel had taken for us until then.

        A client whose connection was made has been promised an answer: the kernel would send it a reset instead.
        """
        late: list[socket.socket] = []
        for server in self._servers[:1]:
            if not isinstance(server, Doorway) and self._sock is not None:
                with contextlib.suppress(OSError):  # none is left: BlockingIOError
                    while True:
                        late.append(self._sock.accept()[0])
            server.close()
        return late

    async def _welcome(self, core: Core, connection: socket.socket) -> None:
        connection.setblocking(False)
        shake = None if self._tls is None else LAST_REQUESTS
        with contextlib.suppress(OSError):
            await asyncio.get_running_loop().connect_accepted_socket(
                partial(Client, core), connection, ssl=self._tls, ssl_handshake_timeout=shake
            )

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


def serve(config: Config, api: Api | None = None, *, ready: Callable[[str, str], None] | None = None) -> int:
    """Serve until SIGTERM or SIGINT, one process per core (or ``wire.workers``); a second signal ends it at once.

    :param ready: called once with the URL and the admin URL when the port is open.
    :returns: the exit code: 0, or 1 when the workers kept dying.
    :raises ConfigError: before the port opens.
    """
    number = config.wire.workers or len(os.sched_getaffinity(0))
    gateway = Gateway(config, api, admin=number == 1)
    compiled = gateway.compiled
    if number > 1 and not compiled.site.store.shared and any(plan.controls for plan in compiled.plans):
        logger.warning(APART, number, number)
    _allow_files(config.wire.connections + config.wire.upstream_connections)
    gc.collect()
    gc.freeze()  # the plans live as long as the process: no collection needs to look at them
    gc.set_threshold(20_000, 50, 100)
    if number == 1:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(_serve_alone(gateway, ready))
    return _serve_many(gateway, number, ready)


def _allow_files(sockets: int) -> None:
    """Raise the soft limit of open files, as far as the hard one lets us, so that all connections fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = sockets + 512
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


async def _serve_alone(gateway: Gateway, ready: Callable[[str, str], None] | None) -> int:
    stop = _until_signal()
    await gateway.start()
    if ready is not None:
        ready(gateway.url, gateway.admin_url)
    await _stopped(gateway, stop)
    return 0


def _until_signal() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set; a second signal kills as it would have done before."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def on_signal() -> None:
        if stop.is_set():
            os._exit(1)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    return stop


async def _stopped(gateway: Gateway, stop: asyncio.Event) -> None:
    await stop.wait()
    await gateway.stop()


def _serve_many(gateway: Gateway, number: int, ready: Callable[[str, str], None] | None) -> int:
    config = gateway.config
    where = config.file or "config"
    held = bind(config.listen, f"{where}: listen", shared=True)  # reserves the port; nobody listens on this one
    host, port = held.getsockname()[:2]
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def work(channel: socket.socket) -> int:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells the whole group; the parent tells us
        sock = bind(address, where, shared=True)
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(_work(gateway, sock, channel))

    store = gateway.compiled.site.store
    workers = Workers(number, work, drain=config.wire.drain, own=None if store.shared else levers_of(store))
    with asyncio.Runner() as runner:
        admin_url = ""
        if config.admin:
            sock = bind(config.admin, f"{where}: admin")
            admin = Admin(
                lambda: workers.serving, workers.metrics, {name: partial(workers.pull, name) for name in LEVERS}
            )
            runner.run(_open(admin, sock))
            admin_url = "http://{}:{}".format(*sock.getsockname()[:2])
        workers.heed(runner)
        if ready is not None:
            ready(url_of(config, held), admin_url)
        try:
            return workers.run(runner)
        finally:
            held.close()


async def _open(admin: Admin, sock: socket.socket) -> None:
    await asyncio.start_server(admin.serve, sock=sock)


async def _work(gateway: Gateway, sock: socket.socket, channel: socket.socket) -> int:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await gateway.start(sock)
    core = gateway.core
    if core is None:
        return 1
    counts = Channel(channel, lambda: snapshot(core), levers_of(gateway.compiled.site.store))
    await counts.open(stop.set)
    await _stopped(gateway, stop)
    await counts.close()
    return 0


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
