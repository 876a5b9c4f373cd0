"""What a Rust crate is built of: ``Cargo.lock``, and the ranges of ``Cargo.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from ostiary.evidence.supply import Dependency
from ostiary.parts.supply.lines import containing, mapping, mappings, of_tables, word


def lock(text: str, file: str) -> list[Dependency]:
    """A ``Cargo.lock``.

    :raises ValueError: when it is not TOML.
    """
    packages = mappings(tomllib.loads(text).get("package"))
    found = []
    for each, line in zip(packages, of_tables(text, "package"), strict=True):
        source = word(each.get("source"))
        if not source:
            continue  # of the project itself
        registry = source.startswith(("registry+", "sparse+"))
        checksum = word(each.get("checksum"))
        found.append(
            Dependency(
                ecosystem="crates.io",
                name=word(each.get("name")),
                version=word(each.get("version")),
                wanted="" if registry else source,
                file=file,
                line=line,
                hashes=(f"sha256:{checksum}",) if checksum else (),
            )
        )
    return found


def manifest(text: str, file: str) -> list[Dependency]:
    """What a ``Cargo.toml`` names, in its workspace and for single platforms too.

    :raises ValueError: when it is not TOML.
    """
    read = tomllib.loads(text)
    found: list[Dependency] = []
    for table in (read, mapping(read.get("workspace")), *map(mapping, mapping(read.get("target")).values())):
        found += _named(table, "dependencies", file, text)
        found += _named(table, "build-dependencies", file, text)
        found += _named(table, "dev-dependencies", file, text)
    return found


def _named(table: Mapping[str, Any], group: str, file: str, text: str) -> list[Dependency]:
    found = []
    for name, wanted in mapping(table.get(group)).items():
        about = mapping(wanted)
        range_ = word(wanted) or word(about.get("version"))
        link = word(about.get("git")) + (f"@{word(about.get('rev'))}" if about.get("rev") else "")
        if "path" in about or about.get("workspace"):
            continue
        exact = range_.removeprefix("=").strip() if range_.startswith("=") and "," not in range_ else ""
        found.append(
            Dependency(
                ecosystem="crates.io",
                name=word(about.get("package")) or name,
                version=exact,
                wanted=link or range_ or "*",
                file=file,
                line=containing(text, f"{name} =") or containing(text, name),
                development=group == "dev-dependencies",
                direct=True,
            )
        )
    return found


def is_library(text: str) -> bool:
    """Whether a ``Cargo.toml`` is of something that others build in.

    :raises ValueError: when it is not TOML.
    """
    read = tomllib.loads(text)
    return "lib" in read and "bin" not in read
