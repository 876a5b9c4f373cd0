"""A machine made of facts, for checks of hosts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ostiary.errors import Unanswerable
from ostiary.evidence.machine import Database, Listening, Process
from ostiary.evidence.machine_facts import Binaries, Release, Rights, Secured, Ssh, Volume
from ostiary.model import Evidence


@dataclass
class Facts:
    """The port `ostiary.evidence.machine.Machine`; what is left out is unanswerable where it could be."""

    name: str = "this machine"
    local: bool = True
    port: int = 0
    container: str = ""
    sockets: Sequence[Listening] = ()
    runs: Sequence[Process] = ()
    stores: Sequence[Database] = ()
    tls: Sequence[Secured] = ()
    signing: Ssh = field(default_factory=lambda: Ssh(running=False))
    disks: Sequence[Volume] = ()
    programs: Binaries = field(default_factory=lambda: Binaries(read=0))
    account: Rights | None = None
    files: dict[str, str] = field(default_factory=dict)
    facts = MappingProxyType({"when": dt.datetime(2026, 6, 1, tzinfo=dt.UTC)})

    @property
    def deployment(self) -> Any:
        raise Unanswerable("not here")

    def text(self, path: str) -> str:
        if self.files.get(path) == "forbidden":
            raise Unanswerable(f"{path} may not be read")
        return self.files.get(path, "")

    def matching(self, pattern: str) -> Sequence[str]:
        return [each for each in self.files if each.startswith(pattern.partition("*")[0])]

    def listening(self) -> Sequence[Listening]:
        return self.sockets

    def processes(self) -> Sequence[Process]:
        return self.runs

    async def databases(self) -> Sequence[Database]:
        return self.stores

    async def secured(self) -> Sequence[Secured]:
        return self.tls

    async def ssh(self) -> Ssh:
        return self.signing

    def volumes(self) -> Sequence[Volume]:
        return self.disks

    def binaries(self) -> Binaries:
        return self.programs

    def release(self) -> Release:
        return Release(name="A system")

    def updates(self) -> Any:
        raise Unanswerable("not here")

    async def rights(self) -> Rights:
        if self.account is None:
            raise Unanswerable("no database was named")
        return self.account

    def show(self, what: str, where: str = "", extract: str = "") -> Evidence:
        return Evidence(what=what, where=where, extract=extract)

    def remember(self, key: str, make: Callable[[], Any]) -> Any:
        return make()
