"""What a Go module is built of: ``go.mod`` names every module (Go 1.17 and later), ``go.sum`` their hashes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.supply import Dependency

_MODULE: Final = re.compile(r'"?(?P<name>[^\s"]+)"?[ \t]+(?P<version>v[^\s/]+)')
_REPLACED: Final = re.compile(r"(?P<old>\S+)(?:[ \t]+(?P<only>v\S+))?[ \t]*=>[ \t]*(?P<new>\S+)(?:[ \t]+(?P<version>v\S+))?")  # fmt: skip
_SUM: Final = re.compile(r"(?P<name>\S+) (?P<version>v[^\s/]+)(?P<only>/go\.mod)? (?P<hash>h1:\S+)")


def read(text: str, file: str, sums: str = "") -> list[Dependency]:
    """A ``go.mod``.

    :param sums: the ``go.sum`` beside it.
    """
    hashes: dict[tuple[str, str], str] = {}
    for match in map(_SUM.match, sums.split("\n")):
        if match is not None and (not match["only"] or (match["name"], match["version"]) not in hashes):
            hashes[match["name"], match["version"]] = match["hash"]  # of what is not built, go.mod alone has one
    replaced: dict[str, re.Match[str]] = {}
    found: list[tuple[int, str, str, bool]] = []
    for number, verb, line in _directives(text):
        if verb == "require" and (match := _MODULE.match(line)) is not None:
            found.append((number, match["name"], match["version"], "// indirect" in line))
        elif verb == "replace" and (other := _REPLACED.match(line)) is not None:
            replaced[other["old"]] = other
    dependencies = []
    for number, name, version, indirect in found:
        other = replaced.get(name)
        if other is not None and other["only"] in {None, version}:
            if other["version"] is None:
                continue  # a folder of the project
            name, version = other["new"], other["version"]  # noqa: PLW2901 - what is built instead
        known = hashes.get((name, version))
        dependencies.append(
            Dependency(
                ecosystem="Go",
                name=name,
                version=version,
                file=file,
                line=number,
                hashes=(known,) if known else (),
                direct=not indirect,
            )
        )
    return dependencies


def _directives(text: str) -> Iterator[tuple[int, str, str]]:
    block = ""
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip()
        if not bare or bare.startswith("//"):
            continue
        if block:
            if bare.startswith(")"):
                block = ""
            else:
                yield number, block, bare
            continue
        verb, _, rest = bare.partition(" ")
        if rest.strip().startswith("("):
            block = verb
        else:
            yield number, verb, rest.strip()
