"""What a machine runs and how it is set up; read-only, and nothing is guessed for what may not be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

from ostiary.evidence.deployment import Deployment
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

    @property
    def public(self) -> bool:
        """Whether it can be reached from other machines, as far as its address tells."""
        return not (self.address.startswith("127.") or self.address == "::1" or self.address.startswith("::ffff:127."))


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
    def deployment(self) -> Deployment:
        """Configuration of servers under ``/etc``."""
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
