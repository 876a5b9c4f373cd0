"""Lock files of Python's tools: poetry, uv, Pipenv, PDM, and the common form of PEP 751."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from ostiary.evidence.supply import Dependency
from ostiary.parts.supply import pep
from ostiary.parts.supply.graph import reached
from ostiary.parts.supply.lines import mapping, mappings, of_keys, of_tables, word

_LOCAL: Final = frozenset({"directory", "virtual", "editable", "path", "file"})  # the project itself


def poetry(text: str, file: str, main: Collection[str] | None = None) -> list[Dependency]:
    """A ``poetry.lock``.

    :param main: names that the product itself needs, as its manifest has them; what none of them leads to is for developers.
    :raises ValueError: when it is not TOML.
    """
    read = tomllib.loads(text)
    packages = mappings(read.get("package"))
    old = mapping(mapping(read.get("metadata")).get("files"))  # up to lock version 1.1
    edges = {pep.normal(word(each.get("name"))): [pep.normal(one) for one in mapping(each.get("dependencies"))] for each in packages}  # fmt: skip
    shipped = None if main is None else reached(edges, (pep.normal(each) for each in main))
    found = []
    for each, line in zip(packages, of_tables(text, "package"), strict=True):
        name = pep.normal(word(each.get("name")))
        if word(mapping(each.get("source")).get("type")) in _LOCAL:
            continue
        groups = each.get("groups")
        if isinstance(groups, list):
            development = "main" not in groups
        elif "category" in each:
            development = each["category"] == "dev"
        else:
            development = shipped is not None and name not in shipped
        files = each.get("files") or old.get(word(each.get("name")))
        found.append(_package(each, file, line, _hashes(files), development=development, direct=name in (main or ())))
    return found


def uv(text: str, file: str) -> list[Dependency]:
    """A ``uv.lock``.

    :raises ValueError: when it is not TOML.
    """
    packages = mappings(tomllib.loads(text).get("package"))
    own = [each for each in packages if _LOCAL & mapping(each.get("source")).keys()]
    edges = {pep.normal(word(each.get("name"))): _names(each) for each in packages}
    direct = {name for each in own for name in edges[pep.normal(word(each.get("name")))]}
    shipped = reached(edges, direct) if own else None
    found = []
    for each, line in zip(packages, of_tables(text, "package"), strict=True):
        name = pep.normal(word(each.get("name")))
        if each in own:
            continue
        files = [each.get("sdist"), *(each.get("wheels") or ())]
        development = shipped is not None and name not in shipped
        found.append(_package(each, file, line, _hashes(files), development=development, direct=name in direct))
    return found


def pipenv(text: str, file: str) -> list[Dependency]:
    """A ``Pipfile.lock``.

    :raises ValueError: when it is not JSON.
    """
    read, lines = mapping(json.loads(text)), of_keys(text)
    found = {}
    for section in ("develop", "default"):
        for name, each in mapping(read.get(section)).items():
            about = mapping(each)
            exact = word(about.get("version")).removeprefix("==")
            link = word(about.get("git")) + ("@" + word(about.get("ref")) if about.get("ref") else "")
            if not exact and not link:
                continue  # a folder of the project
            found[pep.normal(name)] = Dependency(
                ecosystem="PyPI",
                name=pep.normal(name),
                version=exact,
                wanted=link,
                file=file,
                line=lines.get(name, 0),
                hashes=tuple(each for each in about.get("hashes") or () if isinstance(each, str)),
                development=section == "develop",
                direct="index" in about,
            )
    return list(found.values())


def pdm(text: str, file: str) -> list[Dependency]:
    """A ``pdm.lock``.

    :raises ValueError: when it is not TOML.
    """
    packages = mappings(tomllib.loads(text).get("package"))
    found = []
    for each, line in zip(packages, of_tables(text, "package"), strict=True):
        if "path" in each:
            continue
        groups = each.get("groups")
        development = isinstance(groups, list) and "default" not in groups
        found.append(_package(each, file, line, _hashes(each.get("files")), development=development))
    return found


def pylock(text: str, file: str) -> list[Dependency]:
    """A ``pylock.toml`` (PEP 751).

    :raises ValueError: when it is not TOML.
    """
    packages = mappings(tomllib.loads(text).get("packages"))
    found = []
    for each, line in zip(packages, of_tables(text, "packages"), strict=True):
        if "directory" in each:
            continue
        files = [each.get("sdist"), each.get("archive"), *(each.get("wheels") or ())]
        commit = word(mapping(each.get("vcs")).get("commit-id"))
        found.append(_package(each, file, line, _hashes(files), wanted=f"@{commit}" if commit else ""))
    return found


def _package(each: Mapping[str, Any], file: str, line: int, hashes: tuple[str, ...], **more: Any) -> Dependency:
    source = mapping(each.get("source"))
    link = word(source.get("git")) or word(source.get("url")) or word(each.get("git"))
    commit = word(source.get("resolved_reference")) or word(each.get("revision"))
    return Dependency(
        ecosystem="PyPI",
        name=pep.normal(word(each.get("name"))),
        version=word(each.get("version")),
        file=file,
        line=line,
        hashes=hashes,
        **({"wanted": f"{link}@{commit}" if commit else link} | more),
    )


def _names(package: Mapping[str, Any]) -> list[str]:
    """What a package of ``uv.lock`` needs where it is used, not where it is developed."""
    extras = [one for each in mapping(package.get("optional-dependencies")).values() for one in mappings(each)]
    return [pep.normal(word(each.get("name"))) for each in (*mappings(package.get("dependencies")), *extras)]


def _hashes(files: Any) -> tuple[str, ...]:
    found = []
    for each in _each(files):
        about = mapping(each)
        found += [word(about.get("hash"))]
        found += [f"{kind}:{digest}" for kind, digest in mapping(about.get("hashes")).items()]
    return tuple(each for each in found if each)


def _each(files: Any) -> Iterable[Any]:
    return files if isinstance(files, list) else ()
