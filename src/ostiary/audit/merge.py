"""Audits of several targets of one product become one report: a control fails where it fails for any of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from ostiary.audit.answering import result_of
from ostiary.audit.result import Report, Result


def merged(reports: Sequence[Report]) -> Report:
    """One report of several, in their order; a single one stays as it is.

    A live PASS beside a failure in source is labelled latent (`Result.latent`).
    """
    first, *others = reports
    if not others:
        return first
    names = [each.target for each in reports]
    return dataclasses.replace(
        first,
        target=", ".join(names),
        form="several",
        read="; ".join(each.read for each in reports if each.read),
        budget=sum(each.budget for each in reports),
        used=sum(each.used for each in reports),
        started=min((each.started for each in reports if each.started), default=""),
        seconds=round(sum(each.seconds for each in reports), 2),
        results=tuple(_result([report.results[at] for report in reports]) for at in range(len(first.results))),
        notes=tuple(note for each in reports for note in each.notes),
        interrupted=any(each.interrupted for each in reports),
        unauthenticated=any(each.unauthenticated for each in reports),
        document=next((each.document for each in reports if each.document), ""),
        title=next((each.title for each in reports if each.title), ""),
    )


def _result(same: Sequence[Result]) -> Result:
    """Of answers by kinds, those count that were asked for; where none was, the first says what is needed."""
    asked = [finding for each in same for finding in each.findings if finding.kind is not None]
    if not asked:
        return same[0]
    made = result_of(same[0].id, asked)
    of_first = next((each for each in same if made.findings[0] in each.findings), same[0])
    return dataclasses.replace(
        of_first,
        findings=made.findings,
        latent=made.latent,
        requests=sum(each.requests for each in same),
    )
