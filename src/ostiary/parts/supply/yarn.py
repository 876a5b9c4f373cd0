"""What Yarn installs: ``yarn.lock`` of version 1 and of those after it, which share their shape line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ostiary.evidence.supply import Dependency
from ostiary.parts.supply.graph import reached

_FIELD: Final = re.compile(r'"?(?P<name>[a-zA-Z]+)"?(?::[ \t]*|[ \t]+)"?(?P<value>[^"]*)"?[ \t]*')
_NEEDED: Final = re.compile(r'"?(?P<name>@?[^"\s:@]+)"?(?::[ \t]*|[ \t]+)"?(?P<range>[^"]*)"?[ \t]*')
_RANGE: Final = re.compile(r"(?P<name>@?[^@]+)@(?P<range>.*)", re.DOTALL)
_LOCAL: Final = ("workspace:", "link:", "portal:", "file:")
_LINKED: Final = re.compile(r"(?:git\+|https?:|git@|ssh:)")
_PROTOCOL: Final = "npm:"


@dataclass(slots=True)
class _Block:
    line: int
    wanted: list[str]
    fields: dict[str, str] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)


def read(text: str, file: str, main: Mapping[str, str] | None = None) -> list[Dependency]:
    """A ``yarn.lock``.

    :param main: what the product itself needs, names and ranges; what none of them leads to is for developers.
    """
    blocks = list(_blocks(text))
    places = {_plain(wanted): index for index, block in enumerate(blocks) for wanted in block.wanted}
    edges = {i: [places[each] for each in block.needs if each in places] for i, block in enumerate(blocks)}
    roots = [places[f"{name}@{wanted}"] for name, wanted in (main or {}).items() if f"{name}@{wanted}" in places]
    shipped = reached(edges, roots) if main is not None else None
    found = []
    for index, block in enumerate(blocks):
        name, version = _identity(block)
        if not name or not version:
            continue
        checksum = block.fields.get("integrity") or block.fields.get("checksum", "")
        resolved = block.fields.get("resolved") or block.fields.get("resolution", "")
        found.append(
            Dependency(
                ecosystem="npm",
                name=name,
                version=version,
                wanted=resolved if _LINKED.match(resolved.rpartition("@")[2]) and ".git" in resolved else "",
                file=file,
                line=block.line,
                hashes=tuple(checksum.split()),
                managed=""
                if checksum or "conditions" not in block.fields
                else "the package that chooses it by platform",
                development=shipped is not None and index not in shipped,
                direct=index in roots,
            )
        )
    return found


def _blocks(text: str) -> Iterator[_Block]:
    block: _Block | None = None
    inside = ""
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        depth = len(line) - len(line.lstrip())
        if not depth:
            if block is not None:
                yield block
            names = [each.strip().strip('"') for each in bare.removesuffix(":").strip('"').split(", ")]
            block = None if bare.startswith("__metadata") else _Block(number, names)
            inside = ""
        elif block is not None:
            inside = _one(block, bare, depth, inside)
    if block is not None:
        yield block


def _one(block: _Block, bare: str, depth: int, inside: str) -> str:
    """Take a line into its block; returns the list that the next one may belong to."""
    if depth <= 2:  # noqa: PLR2004 - both write two blanks
        match = _FIELD.fullmatch(bare)
        if match is not None and match["value"]:
            block.fields[match["name"]] = match["value"]
        return bare.removesuffix(":")
    if inside in {"dependencies", "optionalDependencies"}:
        match = _NEEDED.fullmatch(bare)
        if match is not None:
            block.needs.append(_plain(f"{match['name']}@{match['range']}"))
    return inside


def _plain(wanted: str) -> str:
    name, _, range_ = wanted[1:].partition("@")
    return f"{wanted[:1]}{name}@{range_.removeprefix(_PROTOCOL)}"


def _identity(block: _Block) -> tuple[str, str]:
    """Name and version; nothing for what is of the project itself."""
    match = _RANGE.fullmatch(block.fields.get("resolution") or block.wanted[0])
    if match is None or match["range"].startswith(_LOCAL) or block.fields.get("linkType") == "soft":
        return "", ""
    name, range_ = match["name"], match["range"]
    alias = re.match(r"npm:(@?[^@]+)@", range_)
    return alias[1] if alias else name, block.fields.get("version", "")
