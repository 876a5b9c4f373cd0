"""Versions in the order of each ecosystem: what is newer decides what an advisory says of a package."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cmp_to_key, lru_cache
from itertools import zip_longest
from typing import Any, Final

from ostiary.parts.supply import pep

_LONGEST: Final = 300  # characters
_SEMVER: Final = re.compile(
    r"[=v]?(?P<core>[0-9]{1,50}(?:\.[0-9]{1,50}){0,3})(?:-(?P<before>[0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]*)?"
)
_CORE: Final = 4  # numbers that are compared


def order(ecosystem: str, version: str) -> Any:
    """A key that sorts versions of an ecosystem, the words of OSV with or without a release (``Debian:12``).

    :raises ValueError: for a version that is none there, and an ecosystem whose order is not known.
    """
    family = ecosystem.partition(":")[0]
    make = _ORDERS.get(family)
    if make is None:
        raise ValueError(f"the order of {family} versions is not known")
    if not version or len(version) > _LONGEST:
        raise ValueError(f"{version[:40]!r} is no version")
    return make(version)


def known(ecosystem: str) -> bool:
    """Whether versions of an ecosystem can be compared."""
    return ecosystem.partition(":")[0] in _ORDERS


@lru_cache(maxsize=65536)
def _semver(version: str) -> Any:
    """SemVer 2.0 section 11; numbers that are missing are 0, as advisories write them."""
    match = _SEMVER.fullmatch(version.strip())
    if match is None:
        raise ValueError(f"{version[:40]!r} is no semantic version")
    core = tuple(int(each) for each in match["core"].split("."))
    core += (0,) * (_CORE - len(core))
    if match["before"] is None:
        return core, (1,)
    parts = tuple((0, int(each), "") if each.isdigit() else (1, 0, each) for each in match["before"].split("."))
    return core, (0, parts)


_DEBIAN: Final = re.compile(r"(?:(?P<epoch>[0-9]+):)?(?P<upstream>.+?)(?:-(?P<revision>[^-]*))?")


@lru_cache(maxsize=65536)
def _dpkg(version: str) -> Any:
    """Debian Policy 5.6.12: epoch, upstream version, revision."""
    match = _DEBIAN.fullmatch(version.strip())
    if match is None:
        raise ValueError(f"{version[:40]!r} is no Debian version")
    return int(match["epoch"] or 0), _runs(match["upstream"]), _runs(match["revision"] or "0")


def _runs(text: str) -> tuple[Any, ...]:
    """Texts and numbers in turn; in texts a tilde is before the end, letters before all else."""
    found: list[Any] = []
    for match in re.finditer(r"([^0-9]*)([0-9]*)", text):
        words = tuple(-1 if each == "~" else ord(each) if each.isalpha() else ord(each) + 256 for each in match[1])
        found += [(*words, 0), int(match[2] or 0)]
    return (*found, (0,), 0)


_APK: Final = re.compile(
    r"(?P<numbers>[0-9]+(?:\.[0-9]+)*)(?P<letter>[a-z]?)(?P<suffixes>(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*)(?:~[0-9a-f]+)?(?:-r(?P<revision>[0-9]+))?"
)
_APK_SUFFIXES: Final = {"alpha": -4, "beta": -3, "pre": -2, "rc": -1, "cvs": 1, "svn": 2, "git": 3, "hg": 4, "p": 5}


@lru_cache(maxsize=65536)
def _apk(version: str) -> Any:
    """Alpine's package versions: numbers, a letter, suffixes, a revision."""
    match = _APK.fullmatch(version.strip())
    if match is None:
        raise ValueError(f"{version[:40]!r} is no Alpine version")
    first, *rest = match["numbers"].split(".")
    # behind the first, a number with a leading zero is compared as a fraction
    numbers = (int(first), *((0, 0, each.rstrip("0")) if each[0] == "0" and each != "0" else (1, int(each), "") for each in rest))  # fmt: skip
    found = re.findall(r"_([a-z]+)([0-9]*)", match["suffixes"])
    suffixes = (*((_APK_SUFFIXES[name], int(number or 0)) for name, number in found), (0, 0))
    return numbers[0], numbers[1:], match["letter"], suffixes, int(match["revision"] or 0)


_GEM: Final = re.compile(r"[0-9]+|[a-zA-Z]+")


@lru_cache(maxsize=65536)
def _gem(version: str) -> Any:
    """RubyGems: numbers and words; a word comes before every number, so that it marks a release before."""
    if not re.fullmatch(r"[0-9]+(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?", version.strip()):
        raise ValueError(f"{version[:40]!r} is no version of a gem")
    return _GEM_KEY(_GEM.findall(version.strip().replace("-", ".pre.")))


def _gem_compare(one: list[str], other: list[str]) -> int:
    for first, second in zip_longest(one, other, fillvalue="0"):
        left = (1, int(first), "") if first.isdigit() else (0, 0, first)
        right = (1, int(second), "") if second.isdigit() else (0, 0, second)
        if left != right:
            return -1 if left < right else 1
    return 0


_GEM_KEY: Final = cmp_to_key(_gem_compare)


_PACKAGIST: Final = {
    "dev": -5,
    "alpha": -4,
    "a": -4,
    "beta": -3,
    "b": -3,
    "rc": -2,
    "#": 0,
    "patch": 1,
    "pl": 1,
    "p": 1,
}


@lru_cache(maxsize=65536)
def _composer(version: str) -> Any:
    """Composer, by PHP's ``version_compare``: ``dev`` < ``alpha`` < ``beta`` < ``RC`` < the release < ``patch``."""
    text = version.strip().lower().removeprefix("v").partition("+")[0]
    if not text[:1].isdigit() or text.endswith((".x", ".*")):
        raise ValueError(f"{version[:40]!r} is no version of Composer")
    parts = [int(each) if each.isdigit() else each for each in re.findall(r"[0-9]+|[a-z]+", text)]
    keyed: list[Any] = [(1, each) if isinstance(each, int) else (0, _PACKAGIST.get(each, -6)) for each in parts]
    numbers = 0
    while numbers < len(keyed) and keyed[numbers][0]:
        numbers += 1
    return (*keyed[:numbers], *[(1, 0)] * (_CORE - numbers), *keyed[numbers:], (0, 0))


_MAVEN: Final = {"alpha": -5, "a": -5, "beta": -4, "b": -4, "milestone": -3, "m": -3, "rc": -2, "cr": -2, "snapshot": -1,
                 "": 0, "ga": 0, "final": 0, "release": 0, "sp": 1}  # fmt: skip
_TOKEN: Final = re.compile(r"([.\-_]?)([0-9]+|[a-z]+)")
_Token = tuple[str, int | str]


def _maven_tokens(version: str) -> list[_Token]:
    """Maven's version order: tokens with what stands before them; a change between digits and letters is a hyphen."""
    found: list[_Token] = []
    for match in _TOKEN.finditer(version.lower()):
        sign = match[1] or ("-" if found else "")
        short = match[2] in {"a", "b", "m"} and version[match.end() : match.end() + 1].isdigit()
        word = {"a": "alpha", "b": "beta", "m": "milestone"}[match[2]] if short else match[2]
        found.append(("." if sign == "_" else sign, int(word) if word.isdigit() else word))
    kept: list[_Token] = []
    for each in found:  # zeros and releases say nothing at the end, nor before a hyphen
        if each[0] == "-":
            _trim(kept)
        kept.append(each)
    _trim(kept)
    return kept


def _trim(tokens: list[_Token]) -> None:
    while tokens and (tokens[-1][1] == 0 or (isinstance(tokens[-1][1], str) and _MAVEN.get(tokens[-1][1]) == 0)):
        tokens.pop()


def _maven_rank(token: _Token | None) -> tuple[Any, ...]:
    """Words before numbers; among them those that Maven knows in their order, others by the alphabet behind those."""
    if token is None:
        return 1, 0, ""
    sign, value = token
    if isinstance(value, int):
        return (3 if sign == "." else 2, value, "") if value or sign == "." else (1, 0, "")
    known_as = _MAVEN.get(value)
    if known_as is None:
        return 1, 2, value
    return (1, known_as, "") if known_as >= 0 else (0, known_as, "")


def _maven_compare(one: list[_Token], other: list[_Token]) -> int:
    for first, second in zip_longest(one, other):
        left, right = _maven_rank(first), _maven_rank(second)
        if left != right:
            return -1 if left < right else 1
    return 0


_MAVEN_KEY: Final = cmp_to_key(_maven_compare)


@lru_cache(maxsize=65536)
def _maven(version: str) -> Any:
    if not re.match(r"[0-9A-Za-z]", version):
        raise ValueError(f"{version[:40]!r} is no version of Maven")
    return _MAVEN_KEY(_maven_tokens(version.strip().partition("+")[0]))


_ORDERS: Final[dict[str, Callable[[str], Any]]] = {
    "PyPI": pep.order,
    "npm": _semver,
    "Go": _semver,
    "crates.io": _semver,
    "NuGet": _semver,
    "Pub": _semver,
    "Hex": _semver,
    "SwiftURL": _semver,
    "GitHub Actions": _semver,
    "Maven": _maven,
    "RubyGems": _gem,
    "Packagist": _composer,
    "Debian": _dpkg,
    "Ubuntu": _dpkg,
    "Alpine": _apk,
}
