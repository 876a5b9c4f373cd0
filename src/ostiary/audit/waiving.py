"""What a policy waives is taken from a report's failures, and stays in it with reason, owner and day."""

from __future__ import annotations

import dataclasses
import datetime as dt
import fnmatch
from collections.abc import Sequence

from ostiary.audit.answering import result_of
from ostiary.audit.result import Report, Result
from ostiary.model import Finding, Outcome
from ostiary.parts.waivers import Waiver


def waived(report: Report, waivers: Sequence[Waiver], today: dt.date) -> Report:
    """The report without the failures that are waived; expired and needless waivers become notes.

    :param today: the day that decides what has expired.
    """
    used: set[int] = set()
    live = [each for each in waivers if each.expires >= today]
    results = tuple(_result(each, live, used) for each in report.results)
    notes = [
        f"The waiver of {each.control} by {each.owner} ended on {each.expires}: it no longer counts."
        for each in waivers
        if each.expires < today
    ]
    asked = {each.id for each in report.results if each.kinds}
    notes += [
        f"The waiver of {each.control} by {each.owner} matches no finding: it can go."
        for each in live
        if id(each) not in used and each.control in asked
    ]
    return dataclasses.replace(report, results=results, notes=(*report.notes, *notes))


def _result(result: Result, waivers: Sequence[Waiver], used: set[int]) -> Result:
    mine = [each for each in waivers if each.control == result.id]
    if result.outcome is not Outcome.FAIL or not mine:
        return result
    findings = [_finding(each, mine, used) for each in result.findings]
    if tuple(findings) == result.findings:
        return result
    made = result_of(result.id, findings)
    return dataclasses.replace(made, requests=result.requests, stage=result.stage)


def _finding(finding: Finding, waivers: Sequence[Waiver], used: set[int]) -> Finding:
    if finding.outcome is not Outcome.FAIL:
        return finding
    left, by = [], None
    for place in finding.places or ("",):
        waiver = next((each for each in waivers if _means(each, place)), None)
        if waiver is None:
            left.append(place)
        else:
            used.add(id(waiver))
            by = by or waiver
    if by is None:
        return finding
    if not left:
        why = f"{by.reason} ({by.owner}, until {by.expires}); it is: {finding.why}"
        return dataclasses.replace(finding, outcome=Outcome.WAIVED, why=why)
    gone = set(finding.places) - set(left)
    shown = tuple(each for each in finding.evidence if each.where not in gone)
    return dataclasses.replace(finding, places=tuple(left), evidence=shown or finding.evidence)


def _means(waiver: Waiver, place: str) -> bool:
    """Whether a place is meant: as it is written, or without its line."""
    path = place.rpartition(":")[0] or place
    return not waiver.places or any(fnmatch.fnmatchcase(one, each) for each in waiver.places for one in (place, path))
