"""Sums, names of files and objects are sent in every text; only what nobody could know without running them counts."""

from __future__ import annotations

from typing import Final

from ostiary.controls.input.injection_rce import data, files, sums
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, passed, unknown
from ostiary.parts.seen.inputs import Input
from ostiary.parts.seen.leftovers import Leftovers
from ostiary.parts.seen.proofs import Proven, finding
from ostiary.parts.seen.trials import PLAIN, TIRED, Trial, places

MOST: Final = 60  # places; each costs four requests, a place that names a file or a command seven more
MOST_SHOWN: Final = 6  # lists that are read again for products that were stored


class _Seen:
    """What came of the places."""

    def __init__(self) -> None:
        self.proven: list[Proven] = []
        self.inert: list[Answer] = []
        self.stored: dict[int, Input] = {}  # by the number of the place
        self.silent = 0


async def audit_live(http: Http) -> Finding:
    """Send sums in the spellings of templates, shells and expressions, ways out of folders, and objects."""
    seen, leftovers = _Seen(), Leftovers(http)
    for number, at in enumerate(await places(http, most=MOST, headers=True)):
        if seen.silent >= TIRED:
            break
        try:
            await _tried(Trial(http, at, leftovers=leftovers), number, seen)
            seen.silent = 0
        except Unanswerable:
            seen.silent += at.reads
    seen.proven += await _shown_later(http, seen)
    await leftovers.remove()
    seen.proven += await data.proven(http, [*await _samples(http), *seen.inert])
    certain = [each for each in seen.proven if each.how != "serialised"]
    if certain:
        return finding(http, seen.proven, "what a request says is run")
    if seen.proven:
        return finding(http, seen.proven, "objects of a programming language are handed out")
    if not seen.inert:
        return unknown("no operation that takes a text answered a valid request with 2xx")
    what = f"in {len(seen.inert)} places a sum in the spelling of templates, shells and expressions is not worked out"
    return passed(what, http.show(seen.inert[0], "a valid request"))


async def _tried(trial: Trial, number: int, seen: _Seen) -> None:
    at = trial.at
    try:
        valid = await trial.valid()
    except Unanswerable:
        if not sums.may_be_command(at):
            raise
        valid = await trial.put(PLAIN)  # who takes some commands only refuses what was made up
    if await trial.refuses_oddities():
        found = await sums.strict(trial, valid, number)
    else:
        found = await sums.proven(trial, valid, number) or await files.proven(trial, valid)
    if found is not None:
        seen.proven.append(found)
    elif valid.accepted:
        seen.inert.append(valid)
        if not at.reads:
            seen.stored[number] = at


async def _shown_later(http: Http, seen: _Seen) -> list[Proven]:
    """A product that a list or a page shows was stored as text, and worked out when it was shown."""
    if not seen.stored:
        return []
    reads = [each for each in http.operations if each.method == "GET" and not each.path.rstrip("/").endswith("}")]
    roots = {at.operation.path.rstrip("/").partition("/{")[0] for at in seen.stored.values()}
    near = sorted(reads, key=lambda each: not any(each.path.startswith(root) for root in roots))[:MOST_SHOWN]
    found = []
    for operation in near:
        try:
            page = await http.send_to(operation, fresh=True)
        except Unanswerable:
            continue
        for number, at in list(seen.stored.items()):
            if all(pair.shown_in(page) for pair in sums.pairs(number)[:1]):
                proof = f"sums were stored in {at.where}, and {operation.key} shows their product"
                shown = ((page, "a product that was stored as a sum"),)
                found.append(
                    Proven(at, "template", proof, shown, more={"technique": "stored", "shown_by": operation.key})
                )
                del seen.stored[number]
    return found


async def _samples(http: Http) -> list[Answer]:
    try:
        return list(await http.samples())
    except Unanswerable:
        return []
