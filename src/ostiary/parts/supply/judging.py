"""Packages against advisories: which are vulnerable, what could not be compared, and how old what was known is."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ostiary.errors import Unanswerable
from ostiary.evidence.supply import Advisories, Advisory, Dependency
from ostiary.verdict import Severity

SYSTEMS: Final = frozenset({"Debian", "Ubuntu", "Alpine"})
STALE: Final = dt.timedelta(days=30)  # older data prove nothing clean
OLD: Final = dt.timedelta(days=7)  # older data are told of
_MOST_FACTS: Final = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """One version of a package with what is known against it, and everywhere that it is named."""

    dependency: Dependency
    advisories: tuple[Advisory, ...]
    places: tuple[str, ...]
    development: bool

    @property
    def severity(self) -> Severity:
        """The worst of them; a package that is malware is as bad as can be, and one for developers alone is not."""
        if any(each.malicious for each in self.advisories):
            return Severity.CRITICAL
        worst = max((_severity(each) for each in self.advisories), key=lambda each: each.rank)
        return min(worst, Severity.LOW, key=lambda each: each.rank) if self.development else worst

    @property
    def says(self) -> str:
        """``jinja2 2.4: GHSA-... (high), fixed in 2.7.2``."""
        first = self.advisories[0]
        known_as = next((each for each in (first.id, *first.aliases) if each.startswith("CVE-")), "")
        name = f"{first.id}, {known_as}" if known_as and known_as != first.id else first.id
        more = f" and {len(self.advisories) - 1} more" if len(self.advisories) > 1 else ""
        fix = f", fixed in {', '.join(first.fixed[:3])}" if first.fixed else ", no fix yet"
        what = f": {first.summary}" if first.summary else ""
        label = " (for development)" if self.development else ""
        return f"{self.dependency.name} {self.dependency.version}{label}: {name} ({first.severity or 'not rated'}){more}{fix}{what}"  # fmt: skip


@dataclass(slots=True)
class Judged:
    """What a comparison came to."""

    hits: list[Hit] = field(default_factory=list)
    compared: int = 0
    unknown: Counter[str] = field(default_factory=Counter)  # ecosystems of which the database knows nothing
    undecided: list[str] = field(default_factory=list)
    dated: dt.datetime | None = None

    @property
    def age(self) -> str:
        """``advisories of 2026-11-20``."""
        return f"advisories of {self.dated:%Y-%m-%d}" if self.dated is not None else "no advisories"

    def stale(self, now: dt.datetime) -> str:
        """Why it proves nothing clean; empty: it does."""
        if self.dated is None or now - self.dated <= STALE:
            return ""
        return f"the advisories are {(now - self.dated).days} days old: ostiary advisories update"

    def old(self, now: dt.datetime) -> str:
        """What to tell of data that are still used."""
        return f" ({(now - self.dated).days} days old)" if self.dated is not None and now - self.dated > OLD else ""

    def facts(self) -> dict[str, Any]:
        """What programs are told."""
        return {
            "compared": self.compared,
            "advisories": f"{self.dated:%Y-%m-%d}" if self.dated is not None else "",
            "vulnerable": [
                {
                    "ecosystem": each.dependency.ecosystem,
                    "name": each.dependency.name,
                    "version": each.dependency.version,
                    "severity": each.severity.value,
                    "development": each.development,
                    "ids": [one.id for one in each.advisories][:20],
                    "fixed": list(dict.fromkeys(fix for one in each.advisories for fix in one.fixed))[:5],
                }
                for each in self.hits[:_MOST_FACTS]
            ],
        }


def judged(dependencies: Iterable[Dependency], advisories: Advisories) -> Judged:
    """Compare every version once; worst first."""
    found = Judged()
    groups: dict[tuple[str, str, str], list[Dependency]] = {}
    for each in dependencies:
        if each.version:
            groups.setdefault((each.ecosystem, each.name, each.version), []).append(each)
    dates = []
    for (ecosystem, _, _), same in groups.items():
        dated = advisories.dated(ecosystem)
        if dated is None:
            found.unknown[ecosystem] += 1
            continue
        dates.append(dated)
        try:
            known = tuple(advisories.against(same[0]))
        except Unanswerable as error:
            found.undecided.append(str(error))
            continue
        found.compared += 1
        if known:
            found.hits.append(_hit(same, known))
    found.dated = min(dates, default=None)
    found.hits.sort(key=lambda each: (-each.severity.rank, each.development, each.dependency.name))
    return found


def _hit(same: Sequence[Dependency], known: tuple[Advisory, ...]) -> Hit:
    places = tuple(dict.fromkeys(each.place for each in same))
    return Hit(same[0], known, places, all(each.development for each in same))


def _severity(advisory: Advisory) -> Severity:
    return Severity(advisory.severity) if advisory.severity else Severity.MEDIUM  # nobody rated it
