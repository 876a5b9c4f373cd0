"""What people answered is read where no check could decide; an answer never outvotes what was seen."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ostiary.audit.answering import result_of
from ostiary.audit.result import INTERRUPTED, UNAUTHENTICATED, Report, Result
from ostiary.model import Evidence, Finding, Outcome
from ostiary.parts.attestations import Attestation, NoAnswer, read
from ostiary.parts.printable import on_one_line

_OPEN: Final = frozenset({Outcome.ATTEST, Outcome.UNKNOWN})
_NOT_ASKED: Final = frozenset({INTERRUPTED, UNAUTHENTICATED})
_OUTCOMES: Final = {"yes": Outcome.PASS, "no": Outcome.FAIL, "not-applicable": Outcome.NOT_APPLICABLE}


def attested(report: Report, tables: Mapping[str, Mapping[str, Any]], today: dt.date, *, file: str = "") -> Report:
    """The report with answers where its questions were open; answers that count for nothing become notes.

    :param tables: the policy's ``[attest."control"]`` tables.
    :param today: the day that decides what has expired.
    :param file: the policy, beside which evidence that is a path is looked for.
    """
    if not tables:
        return report
    folder = Path(file).parent if file else Path()
    results, notes = [], []
    for each in report.results:
        table = tables.get(each.id)
        made = each if table is None else _result(each, table, today, folder)
        results.append(made)
        if table is not None and made is each and each.outcome not in _OPEN:
            notes.append(f"The answer for {each.id} was not needed: the audit itself found {each.outcome.value}.")
    return dataclasses.replace(report, results=tuple(results), notes=(*report.notes, *notes))


def _result(result: Result, table: Mapping[str, Any], today: dt.date, folder: Path) -> Result:
    if result.outcome not in _OPEN or not result.question or result.why in _NOT_ASKED:
        return result
    try:
        given = read(table, today)
        _look(given, folder)
    except NoAnswer as error:
        why = (
            f"the answer in the policy {error}. {result.question if result.outcome is Outcome.UNKNOWN else result.why}"
        )
        finding = Finding(outcome=Outcome.ATTEST, why=on_one_line(why))
    else:
        finding = _finding(result, given)
    made = result_of(result.id, [finding, *(each for each in result.findings if each.kind is not None)])
    return dataclasses.replace(made, requests=result.requests, stage=result.stage)


def _look(given: Attestation, folder: Path) -> None:
    """Evidence that is a file has to be there; what a URL shows is not looked at."""
    if not given.evidence or "://" in given.evidence or given.evidence.startswith("mailto:"):
        return
    path = given.evidence.partition("#")[0]
    try:
        there = (folder / path).exists()
    except (OSError, ValueError):
        there = False
    if not there and "/" not in path and " " in path:
        return  # a document by its title, where it is not in the tree
    if not there:
        raise NoAnswer(f"names evidence that is not there: {given.evidence[:100]}")


def _finding(result: Result, given: Attestation) -> Finding:
    told = f"{given.note} " if given.note else ""
    why = on_one_line(f"attested by {given.owner} on {given.date}: {told}{given.evidence}".strip().rstrip(":"))
    if given.answer != "yes":
        why = on_one_line(
            f'attested "{given.answer}" by {given.owner} on {given.date}: {told}{given.evidence}'.strip().rstrip(":")
        )
    seen = Evidence(
        what=f"{result.question} Answer: {given.answer}, until {given.expires}", where=on_one_line(given.evidence)
    )
    facts = {
        "attested": True,
        "owner": given.owner,
        "date": given.date.isoformat(),
        "expires": given.expires.isoformat(),
    }
    return Finding(outcome=_OUTCOMES[given.answer], why=why, evidence=(seen,), facts=facts)
