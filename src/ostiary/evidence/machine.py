"""What a machine runs and how it is set up; read-only, and nothing is guessed for what may not be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

from ostiary.evidence.deployment import Deployment
from ostiary.evidence.machine_facts import Binaries, Release, Rights, Secured, Ssh, Volume, is_loopback
from ostiary.evidence.supply import Updates
from ostiary.model import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """A port that somebody listens on; ``process`` and ``user`` are empty where they may not be seen."""

    address: str  # as bound: "0.0.0.0", "127.0.0.1", "::"
    port: int
    protocol: str = "tcp"
    process: str = ""
    pid: int = 0
    user: str = ""
    pids: tuple[int, ...] = ()  # of all processes that hold it

    @property
    def public(self) -> bool:
        """Whether it can be reached from other machines, as far as its address tells."""
        return not is_loopback(self.address)

    @property
    def where(self) -> str:
        """``0.0.0.0:5432``, and ``[::]:5432``."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database server and what a stranger gets from it; one read-only try for each pair of name and password."""

    engine: str  # "redis", "postgresql", "mysql", "mongodb", "memcached", "etcd", "elasticsearch", "influxdb"
    address: str
    port: int
    opened: str = ""  # "without a password", "with the default password of postgres"; empty: by nothing that was tried
    tried: tuple[str, ...] = ()  # what was tried, in words
    version: str = ""
    tls: bool | None = None
    undecided: str = ""  # why nothing can be said of it

    @property
    def where(self) -> str:
        """``127.0.0.1:6379``."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine itself can reach it."""
        return is_loopback(self.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process; ``environment`` holds names and, of harmless switches alone, values."""

    pid: int
    name: str
    user: str = ""
    argv: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = field(default=None, hash=False)  # None: may not be read


class Machine(Protocol):
    """This machine (``local``), or a service on another one; ``Kind.HOST`` checks see this.

    What is not there to ask raises `Unanswerable` with the reason (not this machine, no permission, no such tool).
    """

    @property
    def name(self) -> str:
        """The target as the user wrote it."""
        ...

    @property
    def local(self) -> bool:
        """Whether it is the machine on which the audit runs."""
        ...

    @property
    def port(self) -> int:
        """The port of ``host:port``; 0 for a whole machine."""
        ...

    @property
    def container(self) -> str:
        """The kind of container that the audit runs in, so that facts are the container's; empty: in none."""
        ...

    @property
    def deployment(self) -> Deployment:
        """Configuration of servers under ``/etc``."""
        ...

    def text(self, path: str) -> str:
        """A configuration file's text, up to 256 KiB; empty when there is none.

        :raises Unanswerable: when it may not be read.
        """
        ...

    def matching(self, pattern: str) -> Sequence[str]:
        """Paths under ``/etc`` that match a pattern, in order."""
        ...

    def listening(self) -> Sequence[Listening]:
        """Ports that somebody listens on."""
        ...

    def processes(self) -> Sequence[Process]:
        """What runs."""
        ...

    async def databases(self) -> Sequence[Database]:
        """Database servers that answer here, tried once."""
        ...

    async def secured(self) -> Sequence[Secured]:
        """What ports agree to when they are greeted in TLS; of a machine, those that somebody listens on."""
        ...

    async def ssh(self) -> Ssh:
        """How one signs in by SSH."""
        ...

    def volumes(self) -> Sequence[Volume]:
        """File systems on disks, and swap."""
        ...

    def binaries(self) -> Binaries:
        """What runs, by the headers of its files."""
        ...

    def release(self) -> Release:
        """The operating system and how long it is supported."""
        ...

    def updates(self) -> Updates:
        """Updates that wait to be installed."""
        ...

    async def rights(self) -> Rights:
        """What the account may do whose address the operator gave (``[audit] database``)."""
        ...

    def show(self, what: str, where: str = "", extract: str = "") -> Evidence:
        """Evidence, secrets masked."""
        ...

    def remember(self, key: str, make: Callable[[], Any]) -> Any:
        """What `make` gave the first time it was called under this key."""
        ...

    @property
    def facts(self) -> Mapping[str, Any]:
        """What else was learnt, by name, for notes of the report."""
        return MappingProxyType({})
