"""This machine, read where it stands; only ports whose owner is known, or that are usual ones, are spoken to."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import socket
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from ostiary.audit.gather.machines import disks, proc, stores
from ostiary.audit.gather.machines.binaries import binaries
from ostiary.audit.gather.machines.etc import Etc
from ostiary.audit.gather.machines.files import Files
from ostiary.audit.gather.machines.packages import updates
from ostiary.audit.gather.machines.release import release
from ostiary.audit.gather.machines.secured import Probe
from ostiary.audit.gather.machines.sshd import access
from ostiary.audit.gather.trees.tree import Tree
from ostiary.errors import Unanswerable
from ostiary.evidence.deployment import Deployment
from ostiary.evidence.machine import Database, Listening, Process
from ostiary.evidence.machine_facts import Binaries, Release, Rights, Secured, Ssh, Volume
from ostiary.evidence.supply import Updates
from ostiary.model import Evidence
from ostiary.parts.masking import masked
from ostiary.parts.printable import on_one_line

_WITH_TLS: Final = frozenset({443, 8443, 9443, 465, 636, 993, 995, 853, 5671, 8883})
_NOT_TLS: Final = frozenset({22, 25, 53, 111, 139, 445, 2049})
_MOST_PORTS: Final = 64
_AT_ONCE: Final = 8
_ANY: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to


class Host:
    """The port `ostiary.evidence.machine.Machine` for the machine on which the audit runs.

    :param ask_rights: asks the application's database what its account may do; None: the operator gave no address.
    """

    local = True
    port = 0

    def __init__(
        self,
        name: str,
        stop: threading.Event,
        *,
        root: Path = Path("/"),
        ask_rights: Callable[[], Awaitable[Rights]] | None = None,
    ) -> None:
        self.name = name
        self._stop = stop
        self._root = root
        self._files = Files(root)
        self._ask_rights = ask_rights
        self._known: dict[str, Any] = {}
        self._left_out: tuple[str, ...] = ()

    @functools.cached_property
    def container(self) -> str:
        """The kind of container that the audit runs in."""
        return proc.container(self._root)

    @property
    def notes(self) -> Sequence[str]:
        """What limits the answers."""
        found = list(self._left_out)
        if self.container:
            found.append(
                f"in a container ({self.container}): facts are the container's, not those of the machine below"
            )
        try:
            unseen = self._seen.unseen
        except Unanswerable as error:
            return (*found, str(error))
        if unseen:
            found.append(f"{unseen} processes may not be looked into: run the audit as root to see whose each port is")
        return tuple(found)

    @functools.cached_property
    def deployment(self) -> Deployment:
        """Configuration of servers under ``/etc``."""
        place = Etc(self._root, {each.name for each in self.processes()})
        found = Tree(self.name, place, stopped=self._stop).deployment
        self._left_out = tuple(place.notes)
        return found

    def text(self, path: str) -> str:
        """A configuration file's text."""
        return self._files.text(path)

    def matching(self, pattern: str) -> Sequence[str]:
        """Paths that match a pattern."""
        return self._files.matching(pattern)

    @functools.cached_property
    def _seen(self) -> proc.Seen:
        return proc.look(self._root / "proc")

    def listening(self) -> Sequence[Listening]:
        """Ports that somebody listens on."""
        found: Sequence[Listening] = self.remember("listening", lambda: proc.listening(self._seen, self._root / "proc"))
        return found

    def processes(self) -> Sequence[Process]:
        """What runs."""
        return self._seen.processes

    def volumes(self) -> Sequence[Volume]:
        """File systems on disks, and swap."""
        return disks.volumes(self._root / "proc", self._root / "sys")

    def binaries(self) -> Binaries:
        """What runs, by the headers of its files."""
        found: Binaries = self.remember("binaries", lambda: binaries(self.processes(), self._root / "proc"))
        return found

    def release(self) -> Release:
        """The operating system and how long it is supported."""
        return release(self._root)

    def updates(self) -> Updates:
        """Updates that wait to be installed."""
        found: Updates = self.remember("updates", lambda: updates(self._root))
        return found

    async def databases(self) -> Sequence[Database]:
        """Database servers that listen here, each tried once."""
        if "databases" not in self._known:
            chosen = [
                each
                for each in self._sockets()
                if each.process in stores.PROGRAMS
                or (each.port in stores.PORTS and not each.process.startswith("sshd"))
            ]
            found = await self._each(chosen, self._store)
            self._known["databases"] = [each for each in found if each is not None]
        known: Sequence[Database] = self._known["databases"]
        return known

    async def _store(self, socket_: Listening) -> Database | None:
        ask = stores.PROGRAMS.get(socket_.process, ("", stores.recognised))
        try:
            found = await ask[1](_reached(socket_.address), socket_.port)
        except Unanswerable as error:
            named = ask[0] or stores.PORTS[socket_.port][0]
            return Database(engine=named, address=socket_.address, port=socket_.port, undecided=str(error))
        return dataclasses.replace(found, address=socket_.address) if found is not None else None

    async def secured(self) -> Sequence[Secured]:
        """What ports agree to whose owner is known or that usually speak TLS; data stores and SSH are left out."""
        if "secured" not in self._known:
            chosen = [
                each
                for each in self._sockets()
                if (each.process or each.port in _WITH_TLS)
                and each.process not in stores.PROGRAMS
                and each.port not in _NOT_TLS | stores.PORTS.keys()
                and not each.process.startswith("sshd")
            ]
            found = await self._each(chosen, self._greeted)
            self._known["secured"] = [each for each in found if each is not None]
        known: Sequence[Secured] = self._known["secured"]
        return known

    async def _greeted(self, socket_: Listening) -> Secured | None:
        probe = Probe(_local(socket_.address), socket_.port, "", socket_.process, self._stop.is_set)
        try:
            return dataclasses.replace(await probe.secured(), address=socket_.address)
        except Unanswerable:
            return None  # it has ended meanwhile, or listens for its own alone

    def _sockets(self) -> list[Listening]:
        """Sockets of TCP, one for each port: what is bound twice (IPv4, IPv6) is asked where most can reach it."""
        found: dict[int, Listening] = {}
        for each in self.listening():
            if each.protocol == "tcp" and (each.port not in found or (each.public and not found[each.port].public)):
                found[each.port] = each
        return list(found.values())[:_MOST_PORTS]

    async def _each(self, sockets: Iterable[Listening], ask: Callable[[Listening], Awaitable[Any]]) -> list[Any]:
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one(each: Listening) -> Any:
            async with slots:
                return None if self._stop.is_set() else await ask(each)

        return list(await asyncio.gather(*(one(each) for each in sockets)))

    async def ssh(self) -> Ssh:
        """How one signs in by SSH."""
        if "ssh" not in self._known:
            self._known["ssh"] = await access(self.listening(), self.processes(), self._files)
        known: Ssh = self._known["ssh"]
        return known

    async def rights(self) -> Rights:
        """What the application's account may do in its database."""
        if self._ask_rights is None:
            raise Unanswerable('no database was named: [audit] database = {env = "DATABASE_URL"} gives its address')
        if "rights" not in self._known:
            self._known["rights"] = await self._ask_rights()
        known: Rights = self._known["rights"]
        return known

    def show(self, what: str, where: str = "", extract: str = "") -> Evidence:
        """Evidence, secrets masked."""
        return Evidence(what=what, where=where, extract=masked(on_one_line(extract))[:300])

    def remember(self, key: str, make: Callable[[], Any]) -> Any:
        """What `make` gave the first time."""
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    @property
    def facts(self) -> Mapping[str, Any]:
        """What else was learnt."""
        return MappingProxyType({"container": self.container})


def _local(address: str) -> str:
    return _ANY.get(address, address)


def _reached(address: str) -> str:
    """Where others would connect to: a server may trust this machine's loopback alone."""
    if address not in _ANY:
        return address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: the kernel says which address it would use (RFC 5737)
            own: str = probe.getsockname()[0]
        except OSError:
            return _local(address)
    return own
