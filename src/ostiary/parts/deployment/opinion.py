"""What a topic makes of configuration, and how that becomes one finding, for trees and machines alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from ostiary.evidence.deployment import Deployment
from ostiary.evidence.machine import Machine
from ostiary.parts.masking import masked
from ostiary.verdict import Confidence, Evidence, Finding, Severity, failed, not_applicable, passed, unknown

_SHOWN: Final = 4
_NAMED: Final = 3
_LINE: Final = 200  # characters
_MOST_PLACES: Final = 200

Show = Callable[[str, str], Evidence]
"""Evidence at ``file:line``, given what is seen there: ``tree.show``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something that was seen at a place; ``extract`` stands in for the line itself where that must not be shown."""

    place: str
    what: str
    severity: Severity | None = None
    extract: str | None = None
    sure: bool = True  # False: only a sign; signs alone are not held against anybody


@dataclass(slots=True)
class Opinion:
    """``faults`` and ``fine`` were seen, ``open`` rests on what nobody here knows; ``looked`` says in words at what."""

    faults: list[Remark] = field(default_factory=list)
    fine: list[Remark] = field(default_factory=list)
    open: list[Remark] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)

    def fault(self, place: str, what: str, **more: Any) -> None:
        """Something is wrong there."""
        self.faults.append(Remark(place=place, what=what, **more))

    def good(self, place: str, what: str, **more: Any) -> None:
        """Something is right there."""
        self.fine.append(Remark(place=place, what=what, **more))

    def undecided(self, place: str, what: str, **more: Any) -> None:
        """Something there rests on what is not known."""
        self.open.append(Remark(place=place, what=what, **more))

    def add(self, other: Opinion) -> Opinion:
        """Take another one's remarks in."""
        self.faults += other.faults
        self.fine += other.fine
        self.open += other.open
        self.looked += other.looked
        return self

    @property
    def empty(self) -> bool:
        """Whether nothing of the sort was there."""
        return not (self.faults or self.fine or self.open)


def finding(
    opinion: Opinion,
    show: Show,
    *,
    nothing: str,
    holds: str = "",
    confidence: Confidence = Confidence.FIRM,
    proof: str = "",
) -> Finding:
    """One finding: a fault decides, then what is not known, then what is fine.

    :param nothing: why the control does not concern this target, when there is nothing of the sort.
    :param holds: begins the sentence of a PASS; the remarks follow.
    """
    sure = _unique(each for each in opinion.faults if each.sure)
    signs = _unique(each for each in opinion.faults if not each.sure)
    if sure:
        grades = [each.severity for each in sure]
        worst = max((each for each in grades if each is not None), key=lambda each: each.rank, default=None)
        return failed(
            _sentence(sure),
            *_shown(sure, show),
            severity=None if None in grades else worst,
            places=tuple(dict.fromkeys(each.place for each in sure))[:_MOST_PLACES],
            confidence=confidence,
            proof=proof,
        )
    undecided = [*signs, *_unique(opinion.open)]
    if undecided:
        return unknown(_sentence(undecided), *_shown(undecided, show))
    if opinion.fine:
        fine = _unique(opinion.fine)
        return passed(f"{holds or 'configured'}: {_sentence(fine)}", *_shown(fine, show))
    return not_applicable(nothing)


def _unique(remarks: Iterable[Remark]) -> list[Remark]:
    return list({(each.place, each.what): each for each in remarks}.values())


def _sentence(remarks: list[Remark]) -> str:
    """``autoindex is on (3 places); ServerTokens says Full``, with places left to the evidence."""
    counts: dict[str, int] = {}
    for each in remarks:
        counts[each.what] = counts.get(each.what, 0) + 1
    told = [what + (f" ({count} places)" if count > 1 else "") for what, count in counts.items()]
    more = f"; and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
    return "; ".join(told[:_NAMED]) + more


def _shown(remarks: list[Remark], show: Show) -> list[Evidence]:
    return [
        show(each.place, each.what)
        if each.extract is None
        else Evidence(what=each.what, where=each.place, extract=each.extract)
        for each in remarks[:_SHOWN]
    ]


def on(machine: Machine) -> Show:
    """Evidence from a machine, with the line of the file as its extract."""

    def show(place: str, what: str) -> Evidence:
        path, _, number = place.rpartition(":")
        lines = machine.text(path).split("\n")
        at = int(number) if number.isdigit() else 0
        return machine.show(what, place, masked(lines[at - 1].strip())[:_LINE] if 0 < at <= len(lines) else "")

    return show


def unread(opinion: Opinion, deployment: Deployment, *kinds: str) -> Opinion:
    """Where nothing was found, what could not be read keeps anybody from saying that there is nothing.

    :param kinds: "servers", "containers", "clouds": whose configuration was asked for.
    """
    if opinion.faults:
        return opinion
    for file, why in deployment.broken.items():
        if not set(kinds).isdisjoint(_kinds(file, why)):
            opinion.undecided(f"{file}:1", f"{file} {why}")
    templates = deployment.present.get("Helm templates", ()) if "containers" in kinds else ()
    if templates and opinion.empty:
        opinion.undecided(f"{templates[0]}:1", f"{len(templates)} templates of Helm are known once they are rendered")
    return opinion


def _kinds(file: str, why: str) -> tuple[str, ...]:
    if file.endswith((".tf", ".tfvars", ".json")):
        return ("clouds",)
    if file.endswith((".yml", ".yaml")):
        return ("containers",) if "template" in why else ("containers", "clouds")
    return () if "ockerfile" in file or ".env" in file else ("servers",)
