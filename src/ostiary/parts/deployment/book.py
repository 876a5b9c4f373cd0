"""All configuration that was read, from wherever: the port that checks of trees and machines ask."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from ostiary.evidence.deployment import Setting
from ostiary.parts.deployment.reading import Block, Include, Read, Unreadable, nothing

_READERS: Final[Mapping[str, str]] = {  # tool -> the module whose `read` makes settings of its files
    "nginx": "nginx",
    "apache": "apache",
    "compose": "compose",
    "dockerfile": "dockerfile",
    "kubernetes": "kubernetes",
    "cloudformation": "cloudformation",
    "terraform": "terraform",
    "env": "env_files",
    "spring": "spring",
    "helm": "values",
    "haproxy": "haproxy",
}
TOOLS: Final = frozenset(_READERS)
_BY_FOLDER: Final = "terraform"  # whose files mean something together alone


class Book:
    """The port `ostiary.evidence.deployment.Deployment`, filled file by file."""

    def __init__(self) -> None:
        self._tools: dict[str, list[str]] = {}
        self._broken: dict[str, str] = {}
        self._settings: dict[str, list[Setting]] = {}
        self._roots: dict[str, list[Block]] = {}
        self._together: dict[str, dict[str, str]] = {}
        self._missing: dict[str, Sequence[str]] = {}
        self._present: dict[str, list[str]] = {}

    def add(self, tool: str, file: str, text: str, include: Include = nothing) -> None:
        """Read one file; what cannot be read is listed in `broken`, with the reason.

        :param tool: one of `TOOLS`.
        :param file: its path, as findings will name it.
        :param include: gives the files that it names; without one, what they say stays unknown.
        """
        if tool == _BY_FOLDER:
            self._together.setdefault(file.rpartition("/")[0], {})[file] = text
            return
        self._take(tool, file, lambda read: read(file, text, include))

    def note(self, what: str, file: str) -> None:
        """A file of a tool that is not read, or that was left out."""
        self._present.setdefault(what, []).append(file)

    def _take(self, tool: str, file: str, use: Callable[[Any], Read]) -> None:
        module = importlib.import_module(f"ostiary.parts.deployment.{_READERS[tool]}")
        try:
            read: Read = use(module.read)
        except Unreadable as error:
            self._broken[file] = str(error)
        except RecursionError:
            self._broken[file] = "nests too deep"
        else:
            known = self._tools.setdefault(tool, [])
            known += [each for each in read.files if each not in known]
            self._settings.setdefault(tool, []).extend(read.settings)
            self._roots.setdefault(tool, []).extend(read.roots)
            self._broken.update(read.broken)
            if read.missing:
                self._missing[file] = tuple(read.missing)

    def _finish(self) -> None:
        """Folders are read when the first question comes: by then all their files are here."""
        while self._together:
            folder, files = self._together.popitem()
            self._take(_BY_FOLDER, folder or ".", functools.partial(_applied, files))

    @property
    def tools(self) -> Mapping[str, Sequence[str]]:
        """The files of each tool."""
        self._finish()
        return self._tools

    @property
    def broken(self) -> Mapping[str, str]:
        """Files that could not be read, and why."""
        self._finish()
        return self._broken

    def settings(self, tool: str, *names: str) -> Iterator[Setting]:
        """Directives and attributes of a tool with one of these names (none: all), in order."""
        self._finish()
        for each in self._settings.get(tool, ()):
            if not names or each.name in names:
                yield each

    def roots(self, tool: str) -> Sequence[Block]:
        """The outermost sections of a server's configuration, one for each file that nobody includes."""
        return self._roots.get(tool, ())

    @property
    def missing(self) -> Mapping[str, Sequence[str]]:
        """For a file what it includes and nobody here could read."""
        self._finish()
        return self._missing

    @property
    def present(self) -> Mapping[str, Sequence[str]]:
        """Files of tools that are not read, or that were left out."""
        return self._present


def _applied(files: Mapping[str, str], read: Callable[[Mapping[str, str]], Read]) -> Read:
    return read(files)
