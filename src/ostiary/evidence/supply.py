"""What a product is made of, and what is known against it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Protocol, overload

_COMMIT: Final = re.compile(r"(?:@|#|=|/)[0-9a-f]{40}(?:[0-9a-f]{24})?(?![0-9a-f])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """One package that a manifest or lock file names; ``ecosystem`` in the words of OSV ("PyPI", "npm", "Debian:12")."""

    ecosystem: str
    name: str
    version: str = ""  # empty: not pinned
    file: str = ""
    line: int = 0
    wanted: str = ""  # the range as written, where it is one
    hashes: tuple[str, ...] = ()
    development: bool = False  # not for what is shipped
    direct: bool = False
    source: str = ""  # the source package that an operating system built it of: its advisories name that
    source_version: str = ""
    managed: str = ""  # who else says its version, where that cannot be read: a parent, a platform
    installed: bool = False  # found as files, not named by a manifest

    @property
    def pinned(self) -> bool:
        """Whether the same bytes come tomorrow: one version, a commit, or the word of a platform that has one."""
        return bool(self.version or self.managed) or _COMMIT.search(self.wanted) is not None

    @property
    def place(self) -> str:
        """``requirements.txt:3``."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Dependencies(Sequence[Dependency]):
    """What was found, what it was read from, and what could not be read and why."""

    items: tuple[Dependency, ...] = ()
    files: tuple[str, ...] = ()
    broken: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    libraries: frozenset[str] = frozenset()  # manifests of what is published: their ranges are for others to pin
    indexes: tuple[str, ...] = ()  # "requirements.txt:1": a second index beside the public one

    @overload
    def __getitem__(self, index: int) -> Dependency: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Dependency]: ...

    def __getitem__(self, index: int | slice) -> Dependency | Sequence[Dependency]:
        return self.items[index]

    def __iter__(self) -> Iterator[Dependency]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """One known vulnerability; ``fixed`` are versions without it."""

    id: str
    aliases: tuple[str, ...] = ()
    summary: str = ""
    severity: str = ""  # "critical", "high", "medium", "low"; empty: not said
    fixed: tuple[str, ...] = ()
    withdrawn: bool = False
    published: str = ""  # a date, "2024-05-06"

    @property
    def malicious(self) -> bool:
        """Whether the package itself is malware, rather than careless."""
        return any(each.startswith("MAL-") for each in (self.id, *self.aliases))


class Advisories(Protocol):
    """A database of known vulnerabilities."""

    @property
    def updated(self) -> dt.datetime:
        """When its data were fetched."""
        ...

    @property
    def ecosystems(self) -> Sequence[str]:
        """What it knows about, an operating system without its release."""
        ...

    def dated(self, ecosystem: str) -> dt.datetime | None:
        """How old what it knows of one ecosystem is; None: it knows nothing of it."""
        ...

    def against(self, dependency: Dependency) -> Sequence[Advisory]:
        """What is known against one version of a package, withdrawn ones left out.

        :raises Unanswerable: when its version cannot be compared.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Infected:
    """One file that an engine named."""

    path: str
    signature: str


class Scanner(Protocol):
    """An engine that knows malware; it has proved itself on EICAR's test file before it is handed out."""

    @property
    def name(self) -> str:
        """Engine and version."""
        ...

    @property
    def signatures(self) -> dt.datetime:
        """How old what it knows is.

        :raises Unanswerable: when it does not tell.
        """
        ...

    @property
    def skipped(self) -> Sequence[str]:
        """What it could not scan and why, a sentence each."""
        ...

    def scan(self, files: Iterable[tuple[str, bytes]]) -> Sequence[Infected]:
        """Names every file that is malware, also inside archives.

        :raises Unanswerable: when the engine stops answering.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One package of the operating system that could be newer."""

    name: str
    installed: str
    candidate: str
    security: bool = False  # it comes from where the system's security updates come from
    held: bool = False  # somebody keeps it back


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """A process that still runs what was replaced on disk: an update does not reach it before it starts again."""

    process: str
    pid: int
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Updates:
    """What a system's package manager knows of updates, and how they are applied."""

    pending: tuple[Update, ...]
    listed: dt.datetime | None = None  # when its lists were fetched
    upgraded: dt.datetime | None = None  # when packages were upgraded last, as far as its log goes back
    automatic: bool = False  # security updates are installed by themselves
    reboot: bool = False  # the system itself asks for it
    kernels: tuple[str, ...] = ()  # installed ones that are newer than the one that runs
    stale: tuple[Stale, ...] = ()
    unseen: int = 0  # processes whose maps may not be read

    @property
    def security(self) -> tuple[Update, ...]:
        """Those that close flaws."""
        return tuple(each for each in self.pending if each.security)
