"""What a folder, a history, an archive or an image holds: its files, and what readers make of them."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ostiary.evidence.code import Code
from ostiary.evidence.deployment import Deployment
from ostiary.evidence.pipeline import Pipeline, Reviews
from ostiary.evidence.supply import Advisories, Dependencies, Scanner
from ostiary.model import Evidence


class Role(enum.StrEnum):
    """What a file is to its project."""

    PRODUCT = "product"
    TEST = "test"  # also fixtures and samples
    EXAMPLE = "example"  # also documentation
    VENDORED = "vendored"  # copied or installed from elsewhere, minified
    GENERATED = "generated"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file; ``path`` is from the root, with ``/``."""

    path: str
    size: int  # bytes
    role: Role = Role.PRODUCT

    @property
    def name(self) -> str:
        """Its name without folders."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A credential that was found; ``shown`` is all that is ever told of it (its kind and a few characters).

    ``where`` is a file and line; of a history also the commit's first 12 digits: ``deploy/key.pem:1@3f2c...``.
    ``mark`` is the same for equal secrets and tells nothing of them (a keyed digest made for this run).
    """

    kind: str  # "aws-access-key-id", "private-key", "assigned-password", ...
    title: str  # "AWS access key"
    where: str
    shown: str
    mark: str
    role: Role = Role.PRODUCT
    certain: bool = False  # its form is documented by who issues it; False: a name and its entropy say so
    salt: bool = False  # a salt or a key of a payment provider, by its name
    public: bool = False  # made to be seen by anybody (keys of maps, of pages): an identifier that needs restrictions
    weak: bool = False  # a default, a word, or of this machine alone: guessed rather than stolen
    in_head: bool = True  # False: in the history alone
    name: str = ""  # of the variable or member, where there is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What became of a search for secrets."""

    found: tuple[Secret, ...]
    files: int
    bytes: int
    skipped: tuple[str, ...] = ()  # what was not searched and why, a sentence each
    commits: int = 0  # of the history; 0: there is none


class Tree(Protocol):
    """A source tree, or what an archive or image holds; ``Kind.SOURCE`` and ``Kind.CI`` checks see this.

    What is read is read once and shared by all checks. Nothing is executed, and nothing outside the root is read.
    """

    @property
    def name(self) -> str:
        """The target as the user wrote it."""
        ...

    @property
    def form(self) -> str:
        """``folder``, ``wheel``, ``jar``, ``image`` or ``history``."""
        ...

    @property
    def files(self) -> Sequence[File]:
        """Every file, in the order of their paths."""
        ...

    def named(self, *patterns: str, roles: Sequence[Role] = (Role.PRODUCT,)) -> Sequence[File]:
        """Files whose whole path or name matches a pattern (``*.tf``, ``.github/workflows/*``)."""
        ...

    def data(self, file: File) -> bytes:
        """A file's bytes, up to the reader's bound (4 MiB).

        :raises Unanswerable: when it cannot be read.
        """
        ...

    def whole(self, file: File) -> bytes:
        """A file's bytes, up to 64 MiB: for engines that must see all of it.

        :raises Unanswerable: when it is larger, or cannot be read.
        """
        ...

    def text(self, file: File) -> str:
        """A file's text; bytes that are not UTF-8 are replaced."""
        ...

    def line(self, path: str, number: int) -> str:
        """One line of a file, secrets masked, at most 200 characters: for evidence; empty when there is none."""
        ...

    def show(self, place: str, what: str) -> Evidence:
        """Evidence at ``path:line``, with that line as its extract."""
        ...

    @property
    def code(self) -> Code:
        """What its code does."""
        ...

    @property
    def deployment(self) -> Deployment:
        """What its configuration says of servers, containers, clouds."""
        ...

    @property
    def pipelines(self) -> Sequence[Pipeline]:
        """What its CI runs."""
        ...

    @property
    def reviews(self) -> Reviews:
        """How changes got in, as far as a history or an export tells.

        :raises Unanswerable: when there is neither.
        """
        ...

    @property
    def dependencies(self) -> Dependencies:
        """What manifests and lock files name."""
        ...

    @property
    def advisories(self) -> Advisories:
        """Known vulnerabilities.

        :raises Unanswerable: when there is no database; it says how to get one.
        """
        ...

    @property
    def scanner(self) -> Scanner:
        """An engine that knows malware.

        :raises Unanswerable: when there is none, or it knows nothing.
        """
        ...

    def secrets(self) -> Searched:
        """Credentials in files and, of a repository, in its history."""
        ...

    def remember(self, key: str, make: Callable[[], Any]) -> Any:
        """What `make` gave the first time it was called under this key: for facts that several checks need."""
        ...
