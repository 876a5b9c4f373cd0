"""What a Ruby project installs: ``Gemfile.lock``, and the ranges of ``Gemfile``."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.supply import Dependency

_GEM: Final = re.compile(r" {4}(?P<name>[A-Za-z0-9._-]+) \((?P<version>[0-9][0-9A-Za-z.]*)(?:-[^)]*)?\)")
_DIRECT: Final = re.compile(r" {2}(?P<name>[A-Za-z0-9._-]+)!?(?: \((?P<range>[^)]*)\))?")
_CHECKSUM: Final = re.compile(r" {2}(?P<name>[A-Za-z0-9._-]+) \((?P<version>[^)]+)\) (?P<hash>sha256=[0-9a-f]{64})")
_REVISION: Final = re.compile(r" {2}revision: ([0-9a-f]{40})")
_NAMED: Final = re.compile(r"[ \t]*gem[ \t(]+(['\"])(?P<name>[A-Za-z0-9._-]+)\1(?P<rest>[^#]*)")
_RANGE: Final = re.compile(r",[ \t]*(['\"])(?P<range>[^'\"]+)\1")
_GROUP: Final = re.compile(r"[ \t]*group\b(?P<names>[^#]*)\bdo\b")
_DEVELOPMENT: Final = frozenset({"development", "test", "lint", "docs", "ci"})


def lock(text: str, file: str) -> list[Dependency]:
    """A ``Gemfile.lock``."""
    hashes = {(m["name"], m["version"]): m["hash"].replace("=", ":") for m in map(_CHECKSUM.match, text.split("\n")) if m}  # fmt: skip
    section, revision = "", ""
    found: dict[str, tuple[int, str, str]] = {}
    direct: set[str] = set()
    for number, line in enumerate(text.split("\n"), 1):
        if line and not line.startswith(" "):
            section, revision = line.strip(), ""
        elif section == "GIT" and (at := _REVISION.match(line)) is not None:
            revision = at[1]
        elif section in {"GEM", "GIT"} and (gem := _GEM.fullmatch(line.rstrip())) is not None:
            found.setdefault(gem["name"], (number, gem["version"], revision))
        elif section == "DEPENDENCIES" and (named := _DIRECT.fullmatch(line.rstrip())) is not None:
            direct.add(named["name"])
    return [
        Dependency(
            ecosystem="RubyGems",
            name=name,
            version=version,
            wanted=f"git@{commit}" if commit else "",
            file=file,
            line=number,
            hashes=tuple(each for each in [hashes.get((name, version))] if each),
            direct=name in direct,
        )
        for name, (number, version, commit) in found.items()
    ]


def manifest(text: str, file: str) -> list[Dependency]:
    """What a ``Gemfile`` names literally; nothing is run."""
    found = []
    inside: bool | None = None
    for number, line in enumerate(text.split("\n"), 1):
        group = _GROUP.match(line)
        if group is not None:
            inside = _is_development(group["names"])
        elif line.strip() == "end":
            inside = None
        gem = _NAMED.match(line)
        if gem is None or re.search(r"\bpath:", gem["rest"]):
            continue
        ranges = [match["range"] for match in _RANGE.finditer(gem["rest"])]
        exact = re.fullmatch(r"=?[ \t]*([0-9][0-9A-Za-z.]*)", ranges[0]) if len(ranges) == 1 else None
        found.append(
            Dependency(
                ecosystem="RubyGems",
                name=gem["name"],
                version=exact[1] if exact else "",
                wanted=", ".join(ranges) or "*",
                file=file,
                line=number,
                development=bool(inside) or ("group" in gem["rest"] and _is_development(gem["rest"])),
                direct=True,
            )
        )
    return found


def _is_development(names: str) -> bool:
    found = re.findall(r":([a-z_]+)|\b([a-z_]+):", names)
    groups = {first for first, _ in found if first} - {"group", "groups"}
    return bool(groups) and groups <= _DEVELOPMENT
