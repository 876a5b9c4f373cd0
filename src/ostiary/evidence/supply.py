"""What a product is made of, and what is known against it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


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

    @property
    def place(self) -> str:
        """``requirements.txt:3``."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """One known vulnerability; ``fixed`` are versions without it."""

    id: str
    aliases: tuple[str, ...] = ()
    summary: str = ""
    severity: str = ""  # "critical", "high", "medium", "low"; empty: not said
    fixed: tuple[str, ...] = ()
    withdrawn: bool = False


class Advisories(Protocol):
    """A database of known vulnerabilities."""

    @property
    def updated(self) -> dt.datetime:
        """When its data were fetched."""
        ...

    @property
    def ecosystems(self) -> Sequence[str]:
        """What it knows about."""
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
        """How old what it knows is."""
        ...

    def scan(self, files: Iterable[tuple[str, bytes]]) -> Sequence[Infected]:
        """Names every file that is malware, also inside archives.

        :raises Unanswerable: when the engine stops answering.
        """
        ...
