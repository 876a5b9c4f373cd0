"""One port of another machine: what it says and agrees to, and nothing of what lies behind it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NoReturn

from ostiary.audit.gather import ssh
from ostiary.audit.gather.machines import stores
from ostiary.audit.gather.machines.secured import Probe
from ostiary.audit.gather.machines.stores.line import line_to
from ostiary.audit.target import is_near, refuse_far
from ostiary.errors import ConfigError, Unanswerable
from ostiary.evidence.deployment import Deployment
from ostiary.evidence.machine import Database, Listening, Process
from ostiary.evidence.machine_facts import Binaries, Release, Rights, Secured, Ssh, Volume
from ostiary.evidence.supply import Updates
from ostiary.model import Evidence
from ostiary.parts.masking import masked
from ostiary.parts.printable import on_one_line

_PATIENCE: Final = 1.0  # seconds for SSH, which speaks first
_INSIDE: Final = "one port of a machine does not show it: audit the machine itself (--host, there)"


def addresses_of(host: str, port: int, *, authorized: bool) -> tuple[str, ...]:
    """The addresses of a name, looked up once.

    :raises ConfigError: when there is none, or one that is public and nobody is authorized.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"{host}:{port}", f"the name has no address: {error}") from error
    addresses = tuple(dict.fromkeys(str(each[4][0]) for each in found))
    refuse_far(host, addresses, authorized=authorized, where=f"{host}:{port}")
    return addresses


class Service:
    """The port `ostiary.evidence.machine.Machine` for ``host:port``.

    :param addresses: where it is; the first is asked.
    """

    local = False
    container = ""
    notes: Sequence[str] = ()

    def __init__(
        self,
        name: str,
        host: str,
        port: int,
        addresses: Sequence[str],
        stop: threading.Event,
        *,
        ask_rights: Callable[[], Awaitable[Rights]] | None = None,
    ) -> None:
        self.name = name
        self.port = port
        self._host = host
        self._address = addresses[0]
        self._stop = stop
        self._ask_rights = ask_rights
        self._known: dict[str, Any] = {}

    @property
    def deployment(self) -> Deployment:
        """Not to be seen from outside."""
        raise Unanswerable(_INSIDE)

    def text(self, path: str) -> str:
        """Not to be seen from outside."""
        _not_seen(path)

    def matching(self, pattern: str) -> Sequence[str]:
        """Not to be seen from outside."""
        _not_seen(pattern)

    def listening(self) -> Sequence[Listening]:
        """Not to be seen from outside."""
        _not_seen()

    def processes(self) -> Sequence[Process]:
        """Not to be seen from outside."""
        _not_seen()

    def volumes(self) -> Sequence[Volume]:
        """Not to be seen from outside."""
        _not_seen()

    def binaries(self) -> Binaries:
        """Not to be seen from outside."""
        _not_seen()

    def release(self) -> Release:
        """Not to be seen from outside."""
        _not_seen()

    def updates(self) -> Updates:
        """Not to be seen from outside."""
        _not_seen()

    async def databases(self) -> Sequence[Database]:
        """The store that speaks here, tried once; none when it is something else.

        :raises Unanswerable: when nobody takes the connection.
        """
        if "databases" not in self._known:
            await self._reachable()
            found = await stores.recognised(self._address, self.port)
            self._known["databases"] = [found] if found is not None else []
        known: Sequence[Database] = self._known["databases"]
        return known

    async def secured(self) -> Sequence[Secured]:
        """What the port agrees to."""
        if "secured" not in self._known:
            await self._reachable()
            probe = Probe(self._address, self.port, self._host, "", self._stop.is_set)
            self._known["secured"] = [await probe.secured()]
        known: Sequence[Secured] = self._known["secured"]
        return known

    async def ssh(self) -> Ssh:
        """The methods that SSH offers here, when it is SSH."""
        if "ssh" not in self._known:
            banner = await self._reachable()
            offered = {}
            if banner.startswith(b"SSH-"):
                offered[self.port] = await ssh.methods(self._address, self.port)
            self._known["ssh"] = Ssh(running=bool(offered), offered=offered)
        known: Ssh = self._known["ssh"]
        return known

    async def _reachable(self) -> bytes:
        """What is said by itself to whoever connects.

        :raises Unanswerable: when nobody takes the connection.
        """
        if "banner" not in self._known:
            banner = b""
            try:
                async with line_to(self._address, self.port, seconds=_PATIENCE) as line:
                    self._known["taken"] = True
                    banner = await line.some()
            except Unanswerable:
                if "taken" not in self._known:
                    raise
            self._known["banner"] = banner
        said: bytes = self._known["banner"]
        return said

    async def rights(self) -> Rights:
        """What the application's account may do in its database."""
        if self._ask_rights is None:
            raise Unanswerable('no database was named: [audit] database = {env = "DATABASE_URL"} gives its address')
        return await self._ask_rights()

    def show(self, what: str, where: str = "", extract: str = "") -> Evidence:
        """Evidence, secrets masked."""
        return Evidence(what=what, where=where or self.name, extract=masked(on_one_line(extract))[:300])

    def remember(self, key: str, make: Callable[[], Any]) -> Any:
        """What `make` gave the first time."""
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    @property
    def facts(self) -> Mapping[str, Any]:
        """What else was learnt."""
        return MappingProxyType({"near": is_near(self._address)})


def _not_seen(*_: str) -> NoReturn:
    raise Unanswerable(_INSIDE)
