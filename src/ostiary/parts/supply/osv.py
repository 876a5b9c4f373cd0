"""OSV records: what of them is kept, and whether one version of a package is among those that they mean.

Source: OSV format 1.7, sections "affected" and "evaluation".
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ostiary.evidence.supply import Advisory
from ostiary.parts.supply import pep
from ostiary.parts.supply.cvss import rated
from ostiary.parts.supply.lines import mapping, mappings, word
from ostiary.parts.supply.versions import order

_WORDS: Final = {"critical": "critical", "high": "high", "important": "high", "moderate": "medium", "medium": "medium", "low": "low",
                 "negligible": "low", "unimportant": "low", "minor": "low"}  # fmt: skip
_RANKS: Final = ("", "low", "medium", "high", "critical")
_SUMMARY: Final = 200  # characters
_MOST: Final = 20_000  # versions, and events, of one package
_FOREVER: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """What one record says of one package: ranges are pairs ``(introduced, end, end is affected itself)``."""

    ecosystem: str
    name: str
    id: str
    aliases: tuple[str, ...]
    summary: str
    severity: str
    published: str
    versions: tuple[str, ...]
    ranges: tuple[tuple[str, str, bool], ...]


def affected(record: Any) -> Iterator[Affected]:
    """What a record says, a package at a time; nothing of one that was withdrawn, or that names no package."""
    whole = mapping(record)
    name = word(whole.get("id"))
    if not name or whole.get("withdrawn"):
        return
    aliases = tuple(each for group in ("aliases", "upstream") for each in _texts(whole.get(group)))
    summary = word(whole.get("summary")) or word(whole.get("details")).strip().partition("\n")[0]
    general = _severity(whole)
    for each in mappings(whole.get("affected")):
        package = mapping(each.get("package"))
        ecosystem = word(package.get("ecosystem"))
        if not ecosystem or not word(package.get("name")):
            continue
        yield Affected(
            ecosystem=ecosystem,
            name=canonical(ecosystem, word(package.get("name"))),
            id=name,
            aliases=aliases,
            summary=" ".join(summary[: 2 * _SUMMARY].split())[:_SUMMARY],
            severity=_severity(each) or general,
            published=word(whole.get("published"))[:10],
            versions=tuple(_texts(each.get("versions"))[:_MOST]),
            ranges=tuple(_ranges(ecosystem, each.get("ranges"))),
        )


def canonical(ecosystem: str, name: str) -> str:
    """A package's name as it is looked up: two spellings of one are one."""
    if ecosystem == "PyPI":
        return pep.normal(name)
    return name.lower() if ecosystem in {"Packagist", "NuGet", "GitHub Actions"} else name


def means(one: Affected, version: str) -> bool:
    """Whether a version is among those that are affected.

    :raises ValueError: when it cannot be compared.
    """
    bare = version.removeprefix("v")
    if version in one.versions or bare in one.versions:
        return True
    if not one.ranges:
        return False
    at = order(one.ecosystem, version)
    return any(_within(one.ecosystem, at, each) for each in one.ranges)


def fixed(one: Affected, version: str) -> tuple[str, ...]:
    """Versions without it: where the ranges end that hold this one; else where any ends."""
    ends = [end for _, end, inclusive in one.ranges if end and not inclusive]
    try:
        at = order(one.ecosystem, version)
        nearest = [each[1] for each in one.ranges if each[1] and not each[2] and _within(one.ecosystem, at, each)]
        later = [each for each in ends if order(one.ecosystem, each) > at]
    except ValueError:
        return tuple(dict.fromkeys(ends))
    return tuple(dict.fromkeys(nearest or later))


def joined(found: Iterable[tuple[Affected, tuple[str, ...]]]) -> list[Advisory]:
    """Advisories, those about one flaw as one: the worst that any says, and every fix."""
    groups: list[tuple[set[str], list[tuple[Affected, tuple[str, ...]]]]] = []
    for one, fixes in found:
        names = {one.id, *one.aliases}
        same = [each for each in groups if each[0] & names]
        members = [each for group in same for each in group[1]]
        groups = [each for each in groups if each not in same]
        groups.append((names.union(*(each[0] for each in same)), [*members, (one, fixes)]))
    return sorted(map(_one, groups), key=lambda each: (-_RANKS.index(each.severity), each.id))


def _one(group: tuple[set[str], list[tuple[Affected, tuple[str, ...]]]]) -> Advisory:
    names, members = group
    first = min((each for each, _ in members), key=lambda each: (not each.severity, not each.id.startswith("GHSA-"), each.id))  # fmt: skip
    return Advisory(
        id=first.id,
        aliases=tuple(sorted(names - {first.id})),
        summary=first.summary or next((each.summary for each, _ in members if each.summary), ""),
        severity=max((each.severity for each, _ in members), key=_RANKS.index),
        fixed=tuple(dict.fromkeys(fix for _, fixes in members for fix in fixes)),
        published=min((each.published for each, _ in members if each.published), default=""),
    )


def _within(ecosystem: str, at: Any, bounds: tuple[str, str, bool]) -> bool:
    introduced, end, inclusive = bounds
    if introduced != "0" and at < order(ecosystem, introduced):
        return False
    if end == _FOREVER:
        return True
    last = order(ecosystem, end)
    return bool(at <= last if inclusive else at < last)


def _ranges(ecosystem: str, ranges: Any) -> Iterator[tuple[str, str, bool]]:
    for each in mappings(ranges):
        if each.get("type") in {"SEMVER", "ECOSYSTEM"}:
            yield from _pairs(ecosystem, mappings(each.get("events"))[:_MOST])


def _pairs(ecosystem: str, events: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, bool]]:
    """Events in the order of their versions, an introduction before an end."""
    told = [(kind, word(each.get(kind))) for each in events for kind in ("introduced", "fixed", "last_affected") if each.get(kind)]  # fmt: skip
    with contextlib.suppress(ValueError, TypeError):  # an order that is not known: as they are written
        told.sort(key=lambda each: (each[1] != "0", order(ecosystem, each[1]) if each[1] != "0" else 0, each[0] != "introduced"))  # fmt: skip
    start: str | None = None
    for kind, version in told:
        if kind == "introduced":
            start = version if start is None else start
        elif start is not None:
            yield start, version, kind == "last_affected"
            start = None
    if start is not None:
        yield start, _FOREVER, False


def _severity(record: Mapping[str, Any]) -> str:
    """The word that a database says, else what the vector comes to."""
    for group in ("database_specific", "ecosystem_specific"):
        about = mapping(record.get(group))
        for key in ("severity", "urgency"):
            said = _WORDS.get(word(about.get(key)).lower())
            if said:
                return said
    for each in mappings(record.get("severity")):
        score = word(each.get("score"))
        said = _WORDS.get(score.lower()) or rated(score)
        if said:
            return said
    return ""


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
