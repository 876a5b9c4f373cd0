"""Requirement files of pip: one package a line, with its options, hashes and the files that it draws in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ostiary.evidence.supply import Dependency
from ostiary.parts.supply import pep

_COMMENT: Final = re.compile(r"(?:^|[ \t])#.*$")
_OPTION: Final = re.compile(r"[ \t]--(?:hash|global-option|config-settings?|install-option)(?:[= \t]|$)")
_HASH: Final = re.compile(r"--hash[= ]([A-Za-z0-9]{1,16}:[0-9a-fA-F]{32,128})")
_DRAWS: Final = re.compile(r"(?:-(?P<short>[rc])|--(?P<long>requirement|constraint))(?:=|[ \t]*)(?P<file>\S.*)")
_INDEX: Final = re.compile(r"--extra-index-url(?:=|[ \t])|(?:--find-links|-f)(?:=|[ \t]+)https?:")
_EDITABLE: Final = re.compile(r"(?:-e|--editable)(?:=|[ \t]+)(?P<what>\S+)")
_EGG: Final = re.compile(r"[#&]egg=([A-Za-z0-9._-]{1,100})")
_LINK: Final = re.compile(r"(?:git\+|hg\+|svn\+|bzr\+)?https?://|git\+ssh://")
_DEVELOPMENT: Final = re.compile(r"(?:^|[._/-])(?:dev|devel|develop|development|tests?|testing|lint|linting|docs?|ci|typing|qa)(?:[._/-]|$)")  # fmt: skip
_NOT_SHIPPED: Final = frozenset(
    {"bench", "benchmark", "benchmarks", "ci", ".ci", ".github", ".circleci", "dev", "scripts", "hack"}
)
_LONGEST: Final = 20_000  # characters of one logical line: a package may have a hundred hashes
_MOST: Final = 20_000  # lines


@dataclass(slots=True)
class Read:
    """A requirement file: its packages, the files it draws in (as written), and lines that name another index."""

    packages: list[Dependency] = field(default_factory=list)
    draws: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    odd: int = 0  # lines that are nothing that pip takes


def read(text: str, file: str) -> Read:
    """A requirement file's lines; what it draws in is left to the caller."""
    found = Read()
    for number, line in _logical(text):
        drawn = _DRAWS.match(line)
        if drawn is not None:
            to = found.draws if (drawn["short"] or drawn["long"][0]) == "r" else found.constraints
            to.append(drawn["file"].strip())
        elif _INDEX.match(line):
            found.indexes.append(number)
        elif (editable := _EDITABLE.match(line)) is not None:
            found.packages.extend(_linked(editable["what"], file, number))
        elif not line.startswith("-"):
            package = _package(line, file, number)
            found.odd += package is None
            found.packages.extend(package or ())
    return found


def is_development(file: str) -> bool:
    """Whether a file's name, or a folder's, says that it is for developers."""
    if _NOT_SHIPPED & set(file.lower().split("/")[:-1]):
        return True
    name = file.rpartition("/")[2]
    of_folder = file if file.rpartition("/")[0].endswith("requirements") else name
    return _DEVELOPMENT.search(of_folder.rpartition("/")[2].lower()) is not None


def _logical(text: str) -> Iterator[tuple[int, str]]:
    start, kept = 0, ""
    for number, line in enumerate(text.split("\n")[:_MOST], 1):
        start = start or number
        bare = _COMMENT.sub("", line.rstrip("\r")).strip()
        kept += bare.removesuffix("\\") + " "
        if bare.endswith("\\") and len(kept) < _LONGEST:
            continue
        if kept.strip():
            yield start, kept.strip()
        start, kept = 0, ""
    if kept.strip():
        yield start, kept.strip()


def _package(line: str, file: str, number: int) -> list[Dependency] | None:
    """What a line names; None: nothing that can be understood."""
    option = _OPTION.search(line)
    wanted = pep.requirement(line[: option.start()] if option else line)
    if wanted is None:
        return (
            _linked(line.split(maxsplit=1)[0], file, number)
            if _LINK.match(line) or line.startswith((".", "/"))
            else None
        )
    return [
        Dependency(
            ecosystem="PyPI",
            name=wanted.name,
            version=wanted.version,
            wanted=wanted.text,
            file=file,
            line=number,
            hashes=tuple(_HASH.findall(line)),
            development=is_development(file),
            direct=True,
        )
    ]


def _linked(what: str, file: str, number: int) -> list[Dependency]:
    """A repository or an archive; a folder of the project itself is nobody's package."""
    if not _LINK.match(what):
        return []
    egg = _EGG.search(what)
    name = egg[1] if egg else re.split(r"[@#?]", what.rstrip("/").rpartition("/")[2])[0].removesuffix(".git")
    return [Dependency(ecosystem="PyPI", name=pep.normal(name), wanted=what, file=file, line=number, direct=True)]
