"""Every text is tried with conditions, true and false, and every login as nobody; only a difference is a finding."""

from __future__ import annotations

from typing import Final

from ostiary.controls.input.injection_sql import conditions, logins, stored
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Place, passed, unknown
from ostiary.parts.seen.leftovers import Leftovers
from ostiary.parts.seen.proofs import Proven, finding
from ostiary.parts.seen.trials import BLOCKS, MARKUP, PLAIN, TIRED, Trial, places

MOST: Final = 60  # places; each costs about six requests, twelve at most


class _Seen:
    """What came of the places."""

    def __init__(self) -> None:
        self.proven: list[Proven] = []
        self.sound: list[Answer] = []  # a valid request that was accepted, where nothing was proven
        self.refused = 0  # places that refuse odd texts whatever they are
        self.blocked = 0  # places where a filter in front answers
        self.silent = 0  # places in a row without an answer


async def audit_live(http: Http) -> Finding:
    """Compare true and false conditions in reads, halves that a database would join in writes, and logins as nobody."""
    seen = _Seen()
    seen.proven += await logins.proven(http)
    leftovers = Leftovers(http)
    done: set[tuple[str, str]] = set()
    for at in await places(http, most=MOST, headers=True):
        if (at.operation.key, at.full_name) in done or seen.silent >= TIRED:
            continue
        done.add((at.operation.key, at.full_name))
        try:
            await _tried(Trial(http, at, leftovers=leftovers), seen)
            seen.silent = 0
        except Unanswerable:
            seen.silent += at.reads  # a write without a baseline says nothing of the target's health
    await leftovers.remove()
    if seen.proven:
        return finding(http, seen.proven, "a text of the request is read as part of a query")
    if seen.sound:
        what = f"in {len(seen.sound)} places a quote and a condition, true or false, make no difference"
        note = f"; {seen.refused} more refuse odd texts" if seen.refused else ""
        return passed(what + note, http.show(seen.sound[0], "the valid request"))
    if seen.blocked:
        return unknown(f"a filter in front answers {seen.blocked} places: what is behind it does not show")
    if seen.refused:
        return unknown(f"{seen.refused} places refuse every odd text, and no other could be tried")
    return unknown("no operation that takes a text or a number answered a valid request with 2xx")


async def _tried(trial: Trial, seen: _Seen) -> None:
    at, valid = trial.at, await trial.valid()
    if not at.fits(MARKUP):
        return
    if await trial.refuses_oddities():
        found = await conditions.proven_of_strict(trial) if at.reads else None
        seen.proven += [found] if found is not None else []
        seen.refused += valid.accepted and found is None
        return
    if (await trial.put(MARKUP)).status in BLOCKS and (await trial.put(PLAIN)).status not in BLOCKS:
        seen.blocked += 1
        return
    found = await (conditions.proven(trial, valid) if at.reads else stored.proven(trial, valid))
    if found is not None:
        seen.proven.append(found)
    elif valid.accepted and (at.value or at.place is not Place.PATH):
        seen.sound.append(valid)
