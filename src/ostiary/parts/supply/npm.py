"""What npm installs: ``package-lock.json`` of all versions, ``npm-shrinkwrap.json``, ``bun.lock``, and ``package.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ostiary.evidence.supply import Dependency
from ostiary.parts.supply.lines import mapping, of_keys, word

EXACT: Final = re.compile(r"[=v]{0,2}[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?")
_LOCAL: Final = ("file:", "link:", "workspace:", "portal:", "patch:", "catalog:")
_ELSEWHERE: Final = re.compile(r"(?:git\+|git:|https?:|github:|gitlab:|bitbucket:)")
_TRAILING: Final = re.compile(r",(?=\s*[}\]])")
_DEEPEST: Final = 200
_BUN_PARTS: Final = 2


def package_lock(text: str, file: str) -> list[Dependency]:
    """A ``package-lock.json``.

    :raises ValueError: when it is not JSON.
    """
    read = mapping(json.loads(text))
    lines = of_keys(text)
    if "packages" in read:
        return list(_flat(mapping(read["packages"]), file, lines))
    return list(_nested(mapping(read.get("dependencies")), file, lines, 0))


def _flat(packages: Mapping[str, Any], file: str, lines: Mapping[str, int]) -> Iterator[Dependency]:
    """Versions 2 and 3: every place in ``node_modules`` is a member."""
    own = [mapping(each) for path, each in packages.items() if "node_modules/" not in path]
    direct = {name for each in own for group in ("dependencies", "optionalDependencies") for name in mapping(each.get(group))}  # fmt: skip
    for path, each in packages.items():
        about = mapping(each)
        name = word(about.get("name")) or path.rpartition("node_modules/")[2]
        if "node_modules/" not in path or about.get("link") or not about.get("version"):
            continue
        yield _locked(name, about, file, lines.get(path, 0), direct=path == f"node_modules/{name}" and name in direct)


def _nested(dependencies: Mapping[str, Any], file: str, lines: Mapping[str, int], depth: int) -> Iterator[Dependency]:
    """Version 1: what a package needs alone stands inside it."""
    for name, each in dependencies.items() if depth < _DEEPEST else ():
        about = mapping(each)
        version = word(about.get("version"))
        if version and not version.startswith(_LOCAL):
            alias = re.fullmatch(r"npm:(.+)@([^@]+)", version)
            about = about | {"version": alias[2]} if alias else about
            yield _locked(alias[1] if alias else name, about, file, lines.get(name, 0), direct=False)
        yield from _nested(mapping(about.get("dependencies")), file, lines, depth + 1)


def _locked(name: str, about: Mapping[str, Any], file: str, line: int, *, direct: bool) -> Dependency:
    version, resolved = word(about.get("version")), word(about.get("resolved"))
    linked = _ELSEWHERE.match(version)
    commit = resolved.startswith(("git+", "git:", "github:"))
    return Dependency(
        ecosystem="npm",
        name=name,
        version="" if linked else version,
        wanted=version if linked else resolved if commit else "",
        file=file,
        line=line,
        hashes=tuple(word(about.get("integrity")).split()),
        managed="the package that it comes in" if about.get("inBundle") or about.get("bundled") else "",
        development=bool(about.get("dev") or about.get("devOptional")),
        direct=direct,
    )


def bun(text: str, file: str) -> list[Dependency]:
    """A ``bun.lock``.

    :raises ValueError: when it is not JSON, commas at ends aside.
    """
    read = mapping(json.loads(_TRAILING.sub("", text)))
    lines = of_keys(text)
    spaces = [mapping(each) for each in mapping(read.get("workspaces")).values()]
    direct = {name for each in spaces for name in mapping(each.get("dependencies"))}
    found = []
    for key, each in mapping(read.get("packages")).items():
        name, _, version = word(each[0] if isinstance(each, list) and each else "").rpartition("@")
        if not name or version.startswith(_LOCAL):
            continue
        last = word(each[-1]) if len(each) > _BUN_PARTS else ""
        found.append(
            Dependency(
                ecosystem="npm",
                name=name,
                version="" if _ELSEWHERE.match(version) else version,
                wanted=version if _ELSEWHERE.match(version) else "",
                file=file,
                line=lines.get(key, 0),
                hashes=(last,) if last.startswith("sha") else (),
                direct=key in direct,
            )
        )
    return found


def package_json(text: str, file: str) -> list[Dependency]:
    """What a ``package.json`` names; a version without a range is one.

    :raises ValueError: when it is not JSON.
    """
    read = mapping(json.loads(text))
    lines = of_keys(text)
    found = []
    for group in ("devDependencies", "optionalDependencies", "dependencies"):
        for name, wanted in mapping(read.get(group)).items():
            if not isinstance(wanted, str) or wanted.startswith((*_LOCAL, ".", "/", "~/")):
                continue
            alias = re.fullmatch(r"npm:(@?[^@]+)(?:@(.*))?", wanted)
            real, range_ = (alias[1], alias[2] or "*") if alias else (name, wanted)
            found.append(
                Dependency(
                    ecosystem="npm",
                    name=real,
                    version=range_.lstrip("=v") if EXACT.fullmatch(range_) else "",
                    wanted=range_ or "*",
                    file=file,
                    line=lines.get(name, 0),
                    development=group == "devDependencies",
                    direct=True,
                )
            )
    return found


def shipped(text: str) -> dict[str, str]:
    """What a ``package.json`` names for use: names and ranges as lock files repeat them.

    :raises ValueError: when it is not JSON.
    """
    read = mapping(json.loads(text))
    groups = (mapping(read.get(each)) for each in ("dependencies", "optionalDependencies"))
    return {name: word(wanted).removeprefix("npm:") for each in groups for name, wanted in each.items()}


def is_library(text: str) -> bool:
    """Whether a ``package.json`` is of something that others install: it may be published, and says what of it.

    :raises ValueError: when it is not JSON.
    """
    read = mapping(json.loads(text))
    return not read.get("private") and bool(read.get("name")) and bool({"files", "exports", "publishConfig"} & read.keys())  # fmt: skip
