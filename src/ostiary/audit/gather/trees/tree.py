"""A tree is what checks of source and pipelines see: files, and what readers make of them, each read once."""

from __future__ import annotations

import fnmatch
import functools
import gc
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from ostiary.audit.gather.trees import readers
from ostiary.audit.gather.trees.left_out import left_out
from ostiary.audit.gather.trees.readers import Settings
from ostiary.errors import Unanswerable
from ostiary.evidence.code import Code
from ostiary.evidence.deployment import Deployment
from ostiary.evidence.pipeline import Pipeline, Reviews
from ostiary.evidence.supply import Advisories, Dependencies, Scanner
from ostiary.evidence.tree import File, Role, Searched
from ostiary.model import Evidence
from ostiary.parts.masking import masked
from ostiary.parts.printable import on_one_line

MOST: Final = 4 * 1024 * 1024  # bytes of one file
MOST_WHOLE: Final = 64 * 1024 * 1024
_KEPT: Final = 64 * 1024 * 1024  # bytes of texts that are kept
_SHOWN: Final = 200  # characters of a line
_READ: Final = 2000  # of which these are masked: a secret at the cut is beyond what is shown


class Place(Protocol):
    """Where files come from: a folder, an archive, an image."""

    form: str
    notes: list[str]

    def entries(self) -> Sequence[File]:
        """Every file."""
        ...

    def data(self, path: str, most: int) -> bytes:
        """A file's first bytes."""
        ...


class Tree:
    """The port `ostiary.evidence.tree.Tree`.

    :param name: the target as the user wrote it.
    :param place: where its files come from.
    :param root: the folder, where it is one: histories are read there.
    :param stopped: whether the operator has had enough; then reading ends with `Unanswerable`.
    """

    def __init__(
        self,
        name: str,
        place: Place,
        *,
        root: Path | None = None,
        settings: Settings | None = None,
        stopped: threading.Event | None = None,
    ) -> None:
        self.name = name
        self.root = root
        self.settings = settings or Settings()
        self._place = place
        self._stopped = stopped or threading.Event()
        self._known: dict[str, Any] = {}
        self._texts: dict[str, str] = {}
        self._last: tuple[str, list[str]] = ("", [])
        self._kept = 0

    @property
    def form(self) -> str:
        """What it is."""
        return self._place.form

    @property
    def notes(self) -> Sequence[str]:
        """What was left out, a sentence each."""
        return (*self._place.notes, *left_out(self.files, vars(self).get("code"), vars(self).get("deployment")))

    @property
    def stopped(self) -> bool:
        """Whether the operator has had enough."""
        return self._stopped.is_set()

    @functools.cached_property
    def files(self) -> Sequence[File]:
        """Every file, in the order of their paths."""
        return tuple(self._place.entries())

    def named(self, *patterns: str, roles: Sequence[Role] = (Role.PRODUCT,)) -> Sequence[File]:
        """Files whose whole path or name matches a pattern."""
        return tuple(
            each
            for each in self.files
            if each.role in roles
            and any(fnmatch.fnmatch(each.path, one) or fnmatch.fnmatch(each.name, one) for one in patterns)
        )

    def data(self, file: File) -> bytes:
        """A file's bytes, up to `MOST`."""
        if self._stopped.is_set():
            raise Unanswerable("interrupted")
        return self._place.data(file.path, MOST)

    def whole(self, file: File) -> bytes:
        """A file's bytes, up to `MOST_WHOLE`."""
        if self._stopped.is_set():
            raise Unanswerable("interrupted")
        if file.size > MOST_WHOLE:
            raise Unanswerable(f"{file.path} is larger than {MOST_WHOLE >> 20} MiB")
        return self._place.data(file.path, MOST_WHOLE)

    def text(self, file: File) -> str:
        """A file's text."""
        if file.path not in self._texts:
            text = self.data(file).decode("utf-8", "replace").removeprefix("\ufeff")
            if self._kept + len(text) > _KEPT:
                return text
            self._kept += len(text)
            self._texts[file.path] = text
        return self._texts[file.path]

    def is_cut(self, path: str) -> bool:
        """Whether a file is longer than what is read of one."""
        return path in self._by_path and self._by_path[path].size > MOST

    def line(self, path: str, number: int) -> str:
        """One line of a file, secrets masked; empty when there is none."""
        file = self._by_path.get(path)
        if file is None:
            return ""
        if self._last[0] != path:  # checks ask for the lines of one file after the other
            try:
                self._last = (path, self.text(file).split("\n"))
            except Unanswerable:
                return ""
        lines = self._last[1]
        return masked(on_one_line(lines[number - 1][:_READ]), path)[:_SHOWN] if 0 < number <= len(lines) else ""

    def show(self, place: str, what: str) -> Evidence:
        """Evidence at ``path:line``."""
        path, _, number = place.rpartition(":")
        extract = self.line(path, int(number)) if number.isascii() and number.isdigit() else ""
        return Evidence(what=what, where=place, extract=extract)

    @functools.cached_property
    def _by_path(self) -> dict[str, File]:
        return {each.path: each for each in self.files}

    @functools.cached_property
    def code(self) -> Code:
        """What its code does."""
        return readers.code(self)

    @functools.cached_property
    def deployment(self) -> Deployment:
        """What its configuration says."""
        return readers.deployment(self)

    @functools.cached_property
    def pipelines(self) -> Sequence[Pipeline]:
        """What its CI runs."""
        return readers.pipelines(self)

    @functools.cached_property
    def reviews(self) -> Reviews:
        """How changes got in."""
        return readers.reviews(self)

    @functools.cached_property
    def dependencies(self) -> Dependencies:
        """What manifests and lock files name."""
        return readers.dependencies(self)

    @functools.cached_property
    def advisories(self) -> Advisories:
        """Known vulnerabilities."""
        return readers.advisories(self)

    @functools.cached_property
    def scanner(self) -> Scanner:
        """An engine that knows malware."""
        return readers.scanner(self)

    def secrets(self) -> Searched:
        """Credentials in files and history."""
        found: Searched = self.remember("secrets", lambda: readers.secrets(self))
        return found

    def close(self) -> None:
        """Let go of what was opened and of what was set aside."""
        gc.unfreeze()  # see `sources`
        getattr(self._place, "close", lambda: None)()

    def remember(self, key: str, make: Callable[[], Any]) -> Any:
        """What `make` gave the first time."""
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]
