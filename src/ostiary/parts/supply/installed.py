"""What is installed says so itself: wheels, npm packages and jars by their own metadata, systems by their package database."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ostiary.evidence.supply import Dependency
from ostiary.parts.supply import pep
from ostiary.parts.supply.lines import mapping, word

_FIELD: Final = re.compile(r"([A-Za-z][A-Za-z-]{0,40}):[ \t]*(.{0,500})")
_OF_SOURCE: Final = re.compile(r"(\S+)(?:[ \t]+\(([^)]+)\))?")
_RELEASE: Final = re.compile(r"""([A-Z_]{1,40})=(["']?)(.*)\2""")
_MOST: Final = 50_000  # packages of a system


@dataclass(frozen=True, slots=True)
class System:
    """An operating system's release; ``ecosystem`` in the words of OSV, empty for one that it does not know."""

    id: str = ""
    version: str = ""
    name: str = ""
    codename: str = ""

    @property
    def ecosystem(self) -> str:
        """``Debian:12``, ``Ubuntu:22.04``, ``Alpine:v3.19``."""
        if self.id == "alpine":
            return "Alpine:v" + ".".join(self.version.split(".")[:2]) if self.version else ""
        named = {"debian": "Debian", "ubuntu": "Ubuntu"}.get(self.id, "")
        return f"{named}:{self.version}" if named and self.version else ""


def system(text: str) -> System:
    """What an ``/etc/os-release`` says."""
    found = {}
    for line in text.split("\n")[:200]:
        match = _RELEASE.fullmatch(line.strip()[:500])
        if match is not None:
            found[match[1]] = match[3]
    return System(
        found.get("ID", "").lower(),
        found.get("VERSION_ID", ""),
        found.get("PRETTY_NAME", ""),
        found.get("VERSION_CODENAME", ""),
    )


def wheel(text: str, file: str) -> Dependency | None:
    """A ``*.dist-info/METADATA`` or ``PKG-INFO``; None when it names nothing."""
    read = _head(text.split("\n")[:200])
    if not read.get("name") or not read.get("version"):
        return None
    return Dependency(
        ecosystem="PyPI", name=pep.normal(read["name"]), version=read["version"], file=file, installed=True
    )


def package_json(text: str, file: str) -> Dependency | None:
    """A ``node_modules/*/package.json``; None when it names nothing.

    :raises ValueError: when it is not JSON.
    """
    read = mapping(json.loads(text))
    name, version = word(read.get("name")), word(read.get("version"))
    if not name or not version:
        return None
    return Dependency(ecosystem="npm", name=name, version=version, file=file, installed=True)


def pom_properties(text: str, file: str) -> Dependency | None:
    """A jar's ``META-INF/maven/**/pom.properties``; None when it names nothing."""
    lines = (line.partition("=") for line in text.split("\n")[:200] if not line.startswith("#"))
    read = {name.strip(): value.strip() for name, _, value in lines}
    if not all(read.get(each) for each in ("groupId", "artifactId", "version")):
        return None
    name = f"{read['groupId']}:{read['artifactId']}"
    return Dependency(ecosystem="Maven", name=name, version=read["version"], file=file, installed=True)


def dpkg(text: str, file: str, ecosystem: str) -> Iterator[Dependency]:
    """``/var/lib/dpkg/status``, or one of ``status.d``: what is installed, with the source that advisories name."""
    for line, stanza in _stanzas(text):
        read = _head(stanza)
        installed = read.get("status", "install ok installed").endswith(" installed")
        if not installed or not read.get("package") or not read.get("version"):
            continue
        source = _OF_SOURCE.match(read.get("source", ""))
        yield Dependency(
            ecosystem=ecosystem,
            name=read["package"],
            version=read["version"],
            source=source[1] if source else read["package"],
            source_version=(source[2] if source else "") or read["version"],
            file=file,
            line=line,
            installed=True,
        )


def apk(text: str, file: str, ecosystem: str) -> Iterator[Dependency]:
    """``/lib/apk/db/installed``."""
    for line, stanza in _stanzas(text):
        read = {each[0]: each[2:].strip() for each in stanza if each[1:2] == ":" and each[0] in "PVo"}
        if read.get("P") and read.get("V"):
            yield Dependency(
                ecosystem=ecosystem,
                name=read["P"],
                version=read["V"],
                source=read.get("o") or read["P"],
                source_version=read["V"],
                file=file,
                line=line,
                installed=True,
            )


def apk_folders(text: str) -> frozenset[str]:
    """Folders that the system's own packages brought: what is in them is the system's to update."""
    return frozenset(each[2:].strip() for each in text.split("\n") if each.startswith("F:"))


def _stanzas(text: str) -> Iterator[tuple[int, list[str]]]:
    start, count = 1, 0
    kept: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if line.strip():
            start = start if kept else number
            kept.append(line)
        elif kept:
            yield start, kept
            kept, count = [], count + 1
            if count >= _MOST:
                return


def _head(lines: list[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        if not line.strip():
            break
        match = _FIELD.match(line)
        if match is not None:
            found.setdefault(match[1].lower(), match[2].strip())
    return found
