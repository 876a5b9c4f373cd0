"""What pnpm installs: ``pnpm-lock.yaml`` of versions 5 to 9."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ostiary.evidence.supply import Dependency
from ostiary.parts.supply.graph import reached
from ostiary.parts.supply.lines import mapping, word
from ostiary.parts.yaml_text import load_document

_NEW: Final = re.compile(r"/?(?P<name>@?[^@()]+)@(?P<version>[^()]+)(?:\(.*\))?")
_OLD: Final = re.compile(r"/(?P<name>(?:@[^/]+/)?[^/]+)/(?P<version>[0-9][^_(/]*)(?:[_(].*)?")
_LINKED: Final = ("link:", "file:", "workspace:")
_SHIPPED: Final = ("dependencies", "optionalDependencies")


def read(text: str, file: str) -> list[Dependency]:
    """A ``pnpm-lock.yaml``.

    :raises ValueError: when it is not YAML.
    """
    whole = mapping(load_document(text.encode()))
    lines = {match[1]: number for number, line in enumerate(text.split("\n"), 1) if (match := _LINE.match(line))}
    spaces = [mapping(each) for each in mapping(whole.get("importers")).values()] or [whole]
    edges = {key: list(_needs(mapping(each))) for key, each in mapping(whole.get("snapshots")).items()}
    roots = {key for space in spaces for key in _needs(space)}
    shipped = {each.partition("(")[0] for each in reached(edges, roots)} if edges else None
    direct = {each.partition("(")[0] for each in roots}
    found = []
    for key, each in mapping(whole.get("packages")).items():
        match = _OLD.fullmatch(key) or _NEW.fullmatch(key)
        about = mapping(each)
        if match is None:
            continue
        version = match["version"]
        development = bool(about.get("dev")) if shipped is None else key.partition("(")[0] not in shipped
        found.append(
            Dependency(
                ecosystem="npm",
                name=match["name"],
                version=version if version[:1].isdigit() else word(about.get("version")),
                wanted="" if version[:1].isdigit() else version,
                file=file,
                line=lines.get(key, 0),
                hashes=tuple(word(mapping(about.get("resolution")).get("integrity")).split()),
                development=development,
                direct=f"{match['name']}@{version}" in direct,
            )
        )
    return [each for each in found if not each.wanted.startswith(_LINKED)]


_LINE: Final = re.compile(r"  ['\"]?([^'\"\s][^'\"]{0,300}?)['\"]?:[ \t]*$")


def _needs(about: Mapping[str, Any]) -> Iterator[str]:
    """Keys of the packages that one needs where it is used."""
    for group in _SHIPPED:
        for name, wanted in mapping(about.get(group)).items():
            version = word(mapping(wanted).get("version")) or word(wanted)
            if version and not version.startswith(_LINKED):
                yield f"{name}@{version}" if version[:1].isdigit() else version.removeprefix("npm:")
