"""What a Gradle project is built of: ``gradle.lockfile``, literal coordinates in its scripts, and version catalogues."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ostiary.evidence.supply import Dependency
from ostiary.parts.supply.lines import containing, mapping, word

_LOCKED: Final = re.compile(r"(?P<group>[^:=\s]+):(?P<artifact>[^:=\s]+):(?P<version>[^:=\s]+)=(?P<where>\S*)")
_CALL: Final = re.compile(
    r"(?m)^[ \t]*(?P<how>[a-z][A-Za-z0-9]*(?:[iI]mplementation|[aA]pi|[oO]nly|[cC]ompile|[cC]lasspath|[pP]rocessor)"
    r"|implementation|api|compile|runtime|classpath|kapt|ksp)[ \t(]+(?:(?:enforcedP|p)latform[ \t]*\([ \t]*)?(?P<rest>[^\n]{1,400})"
)
_SHORT: Final = re.compile(r"^(['\"])(?P<group>[A-Za-z0-9_.-]+):(?P<artifact>[A-Za-z0-9_.-]+)(?::(?P<version>[^'\":@]+))?(?:[:@][^'\"]*)?\1")  # fmt: skip
_LONG: Final = re.compile(
    r"\b(group|name|version)[ \t]*[:=][ \t]*(?:(['\"])([^'\"]{1,200})\2|([A-Za-z_][A-Za-z0-9_.]*))"
)
_VARIABLE: Final = re.compile(
    r"(?m)^[ \t]*(?:(?:def|val|var|const val|final String|String|ext\.|set\()[ \t]*['\"]?)?(?P<name>[A-Za-z_][A-Za-z0-9_.]*)['\"]?[ \t]*[=,][ \t]*['\"](?P<value>[0-9][^'\"\s$]{0,60})['\"]"
)
_USE: Final = re.compile(r"\$\{?(?:rootProject\.|project\.)?(?:ext\.)?([A-Za-z_][A-Za-z0-9_.]*)\}?")
_FLOATING: Final = re.compile(r"\+$|latest\.|[\[(,]|-SNAPSHOT$")


def lockfile(text: str, file: str) -> list[Dependency]:
    """A ``gradle.lockfile``."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        match = _LOCKED.fullmatch(line.strip())
        if match is not None:
            where = match["where"].lower().split(",")
            found.append(
                Dependency(
                    ecosystem="Maven",
                    name=f"{match['group']}:{match['artifact']}",
                    version=match["version"],
                    file=file,
                    line=number,
                    development=all("test" in each for each in where),
                )
            )
    return found


def properties(text: str) -> dict[str, str]:
    """``gradle.properties``: names and values."""
    pairs = (line.partition("=") for line in text.split("\n") if not line.lstrip().startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs if value.strip()}


def script(text: str, file: str, known: Mapping[str, str] | None = None) -> list[Dependency]:
    """Coordinates that a ``build.gradle`` or ``build.gradle.kts`` writes literally.

    :param known: variables of its ``gradle.properties``.
    """
    text = _uncommented(text)
    variables = {**(known or {}), **{match["name"]: match["value"] for match in _VARIABLE.finditer(text)}}
    found = []
    for match in _CALL.finditer(text):
        written = _coordinates(match["rest"])
        if written is not None:
            line = text.count("\n", 0, match.start("how")) + 1
            development = "test" in match["how"].lower()
            found.append(_dependency(written, variables, file, line, development=development))
    return found


def _uncommented(text: str) -> str:
    """Without comments, lines kept; two slashes inside a word are a URL's."""
    kept, at = [], 0
    while (start := text.find("/*", at)) >= 0:
        end = text.find("*/", start + 2)
        kept += [text[at:start], "\n" * text.count("\n", start, end if end >= 0 else len(text))]
        at = end + 2 if end >= 0 else len(text)
    lines = ("".join(kept) + text[at:]).split("\n")
    return "\n".join("" if each.lstrip().startswith("//") else each.partition(" //")[0] for each in lines)


def catalogue(text: str, file: str) -> list[Dependency]:
    """A version catalogue, ``libs.versions.toml``.

    :raises ValueError: when it is not TOML.
    """
    read = tomllib.loads(text)
    versions = {name: _version(value, {}) for name, value in mapping(read.get("versions")).items()}
    return list(_libraries(mapping(read.get("libraries")), versions, file, text))


def _libraries(libraries: Mapping[str, Any], versions: Mapping[str, str], file: str, text: str) -> Iterator[Dependency]:
    for alias, value in libraries.items():
        about = mapping(value)
        name, version = word(about.get("module")), _version(about.get("version"), versions)
        if isinstance(value, str):
            group, artifact, version = [*value.split(":"), "", ""][:3]
            name = f"{group}:{artifact}"
        elif not name:
            name = f"{word(about.get('group'))}:{word(about.get('name'))}"
        group, _, artifact = name.partition(":")
        yield _dependency((group, artifact, version), {}, file, containing(text, alias, "="), development=False)


def _version(value: Any, versions: Mapping[str, str]) -> str:
    about = mapping(value)
    if "ref" in about:
        return versions.get(word(about["ref"]), "")
    return word(value) or word(about.get("strictly")) or word(about.get("require")) or word(about.get("prefer"))


def _coordinates(rest: str) -> tuple[str, str, str] | None:
    short = _SHORT.match(rest)
    if short is not None:
        return short["group"], short["artifact"], short["version"] or ""
    named = {match[1]: match[3] or f"${{{match[4]}}}" for match in _LONG.finditer(rest)}
    if {"group", "name"} <= named.keys():
        return named["group"], named["name"], named.get("version", "")
    return None


def _dependency(
    written: tuple[str, str, str], variables: Mapping[str, str], file: str, line: int, *, development: bool
) -> Dependency:
    group, artifact, version = written
    filled = _USE.sub(
        lambda match: variables.get(match[1], variables.get(match[1].rpartition(".")[2], match[0])), version
    )
    floating = _FLOATING.search(filled) is not None
    unread = not filled or "$" in filled
    return Dependency(
        ecosystem="Maven",
        name=f"{group}:{artifact}",
        version="" if floating or unread else filled,
        wanted=filled if floating else "",
        managed=(filled or "a platform or a plugin") if unread and not floating else "",
        file=file,
        line=line,
        development=development,
        direct=True,
    )
