"""A package's members are read in place, each and all of them bounded; scripts and settings among them give their texts."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from ostiary.audit.gather.packages.credentials import Outcome, searched
from ostiary.audit.gather.trees.archive import Zip
from ostiary.errors import Unanswerable
from ostiary.evidence.package import Text
from ostiary.evidence.tree import File, Searched, Secret
from ostiary.model import Evidence
from ostiary.parts.masking import masked
from ostiary.parts.printable import on_one_line

MOST: Final = 96 * 1024 * 1024  # bytes of one member
MOST_IN_ALL: Final = 1024 * 1024 * 1024  # bytes unpacked while one package is looked at
MOST_TEXT: Final = 16 * 1024 * 1024  # bytes of one script or other text
MOST_TEXTS_IN_ALL: Final = 96 * 1024 * 1024
_MOST_LITERALS: Final = 200_000  # of one script
_SHOWN: Final = 200  # characters of an extract
TEXTS: Final = frozenset(
    {
        "bundle", "cfg", "conf", "crt", "csv", "dart", "entitlements", "env", "gradle", "hbc", "htm", "html", "ini", "js", "jsbundle",
        "json", "key", "md", "pem", "plist", "properties", "sql", "strings", "toml", "ts", "txt", "xml", "yaml", "yml",
    }
)  # fmt: skip
_SCRIPTS: Final = frozenset(
    {"js", "jsbundle", "bundle", "html", "htm", "ts", "json", "properties", "env", "yml", "yaml", "ini"}
)
_LITERAL: Final = re.compile(r"\"([^\"\\\n]{3,400})\"|'([^'\\\n]{3,400})'")
_NAMED: Final = re.compile(r"([A-Za-z_][\w.-]{1,60})[\"']?\s{0,4}[:=]\s{0,4}$")
_RUN: Final = re.compile(rb"[\x20-\x7e]{6,400}")


class Opened:
    """What the port's two kinds share.

    :param name: the target as the user wrote it.
    :param archive: its members.
    :param stop: whether the operator has had enough; then reading ends with `Unanswerable`.
    """

    android: ClassVar[bool]

    def __init__(self, name: str, archive: Zip, stop: threading.Event) -> None:
        self.name = name
        self._archive = archive
        self._stop = stop
        self._read = 0
        self._known: dict[str, Any] = {}
        self.left_out: list[str] = []

    @property
    def form(self) -> str:
        """``apk``, ``aab`` or ``ipa``."""
        return self._archive.form

    @property
    def notes(self) -> Sequence[str]:
        """What was left out, a sentence each."""
        return (*self._archive.notes, *dict.fromkeys(self.left_out))

    @functools.cached_property
    def files(self) -> Sequence[File]:
        """Every member."""
        return tuple(self._archive.entries())

    @functools.cached_property
    def by_path(self) -> Mapping[str, File]:
        """Every member by its path."""
        return {each.path: each for each in self.files}

    def data(self, file: File) -> bytes:
        """A member's bytes, up to `MOST`."""
        if self._stop.is_set():
            raise Unanswerable("interrupted")
        if self._read > MOST_IN_ALL:
            raise Unanswerable(f"unpacks to more than {MOST_IN_ALL >> 20} MiB")
        found = self._archive.data(file.path, MOST)
        self._read += len(found)
        return found

    def member(self, path: str) -> bytes:
        """The bytes of a member by its path.

        :raises Unanswerable: when there is none.
        """
        if path not in self.by_path:
            raise Unanswerable(f"there is no {path}")
        return self.data(self.by_path[path])

    def written(self) -> Iterator[tuple[str, str]]:
        """Members that are text, by their paths: scripts, settings, keys."""
        left = MOST_TEXTS_IN_ALL
        for file in self.files:
            suffix = file.name.rpartition(".")[2].lower()
            if suffix not in TEXTS and not file.name.startswith(".env"):
                continue
            if file.size > MOST_TEXT or left <= 0:
                self.left_out.append(f"{file.path} is too large to be searched.")
                continue
            try:
                raw = self.data(file)
            except Unanswerable as error:
                self.left_out.append(f"{error}.")
                continue
            left -= len(raw)
            if suffix == "hbc" or b"\0" in raw[:1000]:
                if suffix in {"xml", "plist", "strings"}:
                    continue  # binary forms, which have readers of their own
                yield file.path, "\n".join(runs(raw))
            else:
                yield file.path, raw.decode("utf-8", "replace")

    def literals(self) -> Iterator[Text]:
        """Constant texts of scripts and settings, with the names that they are given to."""
        for path, text in self.written():
            if path.rpartition(".")[2].lower() in _SCRIPTS:
                yield from _literals(path, text)

    def secrets(self) -> Searched:
        """Credentials in code, resources and other members."""
        return self._credentials().searched

    def public_keys(self) -> Sequence[Secret]:
        """Keys that are made to be seen, and should be restricted where they were issued."""
        return self._credentials().public

    def _credentials(self) -> Outcome:
        found: Outcome = self.remember("credentials", lambda: searched(self.texts(), self.written()))
        return found

    def texts(self) -> Sequence[Text]:
        """Constant texts."""
        raise NotImplementedError

    def show(self, place: str, what: str, extract: str = "") -> Evidence:
        """Evidence at a member of the package."""
        return Evidence(what=what, where=place, extract=masked(on_one_line(extract))[:_SHOWN])

    def remember(self, key: str, make: Callable[[], Any]) -> Any:
        """What `make` gave the first time."""
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]


def runs(raw: bytes) -> Iterator[str]:
    """Printable texts inside of other bytes."""
    return (each[0].decode("ascii") for each in _RUN.finditer(raw[:MOST_TEXT]))


def _literals(path: str, text: str) -> Iterator[Text]:
    line, counted = 1, 0
    for number, found in enumerate(_LITERAL.finditer(text)):
        if number >= _MOST_LITERALS:
            return
        line += text.count("\n", counted, found.start())
        counted = found.start()
        name = _NAMED.search(text[max(0, counted - 80) : counted])
        yield Text(value=found[1] or found[2], where=f"{path}:{line}", name=name[1] if name else "")
