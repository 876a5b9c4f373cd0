"""What the document names is there as it says, and what it does not name is not there."""

from __future__ import annotations

from collections.abc import Sequence

from ostiary.controls.beyond.api_inventory.drift import Lie, lies
from ostiary.controls.beyond.api_inventory.shadow import DOCS, Place, candidates, declared, linked, look
from ostiary.errors import Unanswerable
from ostiary.evidence import Http
from ostiary.model import Evidence, Finding, Severity, attest, failed, passed, unknown
from ostiary.parts.openapi.recorded import FOUND
from ostiary.parts.seen.nowhere import NOWHERE, alike

_SHOWN = 4


async def audit_live(http: Http) -> Finding:
    """Ask for neighbouring versions, usual internal places and what replies link to; compare replies with the document."""
    if http.api is None or http.api.inferred:
        return attest("No document describes this API: which operations does it offer (produce one and audit again)?")
    known = [each.path for each in http.api.operations if FOUND not in each.extensions]
    places, asked = await look(http, [*candidates(http, known), *await linked(http, known)])
    places += await _found(http)
    serious = [each for each in places if each.severity is not Severity.INFO]
    told = await lies(http)
    if serious or told:
        return _finding(http, places if serious else [], told)
    if not asked:
        return unknown("no place that the document does not name gave an answer")
    pages = await _docs(http, known)
    also = [each.path for each in places]
    note = f"; {', '.join(pages)} can be read by anybody, which may be intended" if pages else ""
    note += f"; {', '.join(also)} only says that the service lives" if also else ""
    return passed(f"none of {asked} usual undocumented places is there{note}")


async def _found(http: Http) -> list[Place]:
    """Operations that the audit met on its way and no document names, GraphQL endpoints for instance."""
    found = []
    for each in http.operations:
        if FOUND in each.extensions:
            try:
                found.append(Place(each.path, "internal", await http.send_to(each)))
            except Unanswerable:
                continue
    return found


def _finding(http: Http, places: Sequence[Place], told: Sequence[Lie]) -> Finding:
    """One cause, one finding: the document is not what runs."""
    ranked = sorted(places, key=lambda each: -each.severity.rank)
    worse = sorted(told, key=lambda each: -each.severity.rank)
    sentences = []
    if ranked:
        verb = "answers" if len(ranked) == 1 else "s answer"
        sentences.append(
            f"{len(ranked)} undocumented place{' ' if len(ranked) == 1 else ''}{verb}: {', '.join(each.path for each in ranked[:5])}"
        )
    if worse:
        more = f" ({len(worse)} disagreements with the document)" if len(worse) > 1 else ""
        sentences.append(f"{worse[0].what}{more}")
    shown: list[Evidence] = [http.show(each.answer, f"undocumented, answers {each.answer.status}") for each in ranked]
    kinds: dict[str, Lie] = {}
    for each in worse:
        kinds.setdefault(each.kind, each)
    shown = shown[: _SHOWN - min(len(kinds), 2)] + [http.show(each.answer, each.what) for each in kinds.values()]
    return failed(
        "; ".join(sentences),
        *shown[:_SHOWN],
        severity=max(
            [*(each.severity for each in ranked), *(each.severity for each in worse)], key=lambda each: each.rank
        ),
        proof="each place was compared with one beside it where nothing is"
        if ranked
        else "a valid request was compared with what is declared for it",
        places=tuple(dict.fromkeys([*(f"GET {each.path}" for each in ranked), *(each.place for each in worse)])),
        facts={
            "undocumented": [each.path for each in ranked],
            **{kind: [each.place for each in worse if each.kind == kind] for kind in kinds},
        },
    )


async def _docs(http: Http, known: Sequence[str]) -> list[str]:
    found = []
    for path in DOCS:
        if declared(path, known):
            continue
        try:
            answer = await http.send("GET", path)
            if answer.accepted and not alike(answer, await http.send("GET", f"/{NOWHERE}")):
                found.append(path)
        except Unanswerable:
            continue
    return found
