"""What a PHP project installs: ``composer.lock``, and the ranges of ``composer.json``."""

from __future__ import annotations

import json
import re
from typing import Final

from ostiary.evidence.supply import Dependency
from ostiary.parts.supply.lines import mapping, mappings, of_keys, of_values, word

_PLATFORM: Final = re.compile(r"(?:php|hhvm|composer)(?:-[a-z0-9-]+)?|(?:ext|lib)-.*|composer-(?:plugin|runtime)-api")
_EXACT: Final = re.compile(r"=?v?[0-9]+(?:\.[0-9]+){1,3}(?:-[0-9A-Za-z.]+)?")


def lock(text: str, file: str) -> list[Dependency]:
    """A ``composer.lock``.

    :raises ValueError: when it is not JSON.
    """
    read, lines = mapping(json.loads(text)), of_values(text, "name")
    found = []
    for group in ("packages", "packages-dev"):
        for each in mappings(read.get(group)):
            name, dist = word(each.get("name")), mapping(each.get("dist"))
            if word(dist.get("type")) == "path":
                continue
            version, commit = word(each.get("version")), word(mapping(each.get("source")).get("reference"))
            floating = version.startswith("dev-") or version.endswith("-dev")
            found.append(
                Dependency(
                    ecosystem="Packagist",
                    name=name,
                    version="" if floating else version,
                    wanted=f"{version}@{commit}" if floating else "",
                    file=file,
                    line=lines.get(name, 0),
                    hashes=(f"sha1:{dist['shasum']}",) if word(dist.get("shasum")) else (),
                    development=group == "packages-dev",
                )
            )
    return found


def manifest(text: str, file: str) -> list[Dependency]:
    """What a ``composer.json`` names.

    :raises ValueError: when it is not JSON.
    """
    read, lines = mapping(json.loads(text)), of_keys(text)
    found = []
    for group in ("require", "require-dev"):
        for name, wanted in mapping(read.get(group)).items():
            if _PLATFORM.fullmatch(name) or not isinstance(wanted, str):
                continue
            found.append(
                Dependency(
                    ecosystem="Packagist",
                    name=name,
                    version=wanted.lstrip("=v") if _EXACT.fullmatch(wanted) else "",
                    wanted=wanted or "*",
                    file=file,
                    line=lines.get(name, 0),
                    development=group == "require-dev",
                    direct=True,
                )
            )
    return found


def is_library(text: str) -> bool:
    """Whether a ``composer.json`` is of something that others require.

    :raises ValueError: when it is not JSON.
    """
    return word(mapping(json.loads(text)).get("type")) in {"library", "symfony-bundle", "composer-plugin", "wordpress-plugin"}  # fmt: skip
