"""Package URLs: one name for a package wherever it is listed (ECMA-427, package-url)."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from ostiary.evidence.supply import Dependency

_TYPES: Final = {"PyPI": "pypi", "npm": "npm", "Go": "golang", "Maven": "maven", "RubyGems": "gem", "crates.io": "cargo", "Packagist": "composer",
                 "Debian": "deb", "Ubuntu": "deb", "Alpine": "apk", "NuGet": "nuget"}  # fmt: skip
_SYSTEMS: Final = {"Debian": "debian", "Ubuntu": "ubuntu", "Alpine": "alpine"}


def purl(dependency: Dependency) -> str:
    """``pkg:pypi/jinja2@3.1.4``; empty for an ecosystem that has no type."""
    family, _, release = dependency.ecosystem.partition(":")
    kind = _TYPES.get(family)
    if kind is None:
        return ""
    namespace, name = _parts(family, dependency.name)
    space = "".join(f"{quote(each, safe='')}/" for each in namespace.split("/") if each)
    version = f"@{quote(dependency.version, safe='.-_~:')}" if dependency.version else ""
    system = _SYSTEMS.get(family)
    distro = f"?distro={system}-{quote(release.removeprefix('v'), safe='.')}" if system and release else ""
    return f"pkg:{kind}/{space}{quote(name, safe='.-_~')}{version}{distro}"


def _parts(family: str, name: str) -> tuple[str, str]:
    if family in _SYSTEMS:
        return _SYSTEMS[family], name
    if family == "Maven":
        group, _, artifact = name.partition(":")
        return group, artifact
    namespace, _, last = name.rpartition("/")
    return (namespace.lower(), last.lower()) if family == "Packagist" else (namespace, last)
