"""Short texts that backtracking engines choke on: two steps of length, and each has to take several times as long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from ostiary.controls.beyond.redos import growing
from ostiary.controls.beyond.redos.inputs import Met, met_by
from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Http
from ostiary.model import Finding, Operation, Place, not_applicable, passed, unknown
from ostiary.parts.seen.inputs import Input, inputs, words
from ostiary.parts.seen.proofs import Proven, finding
from ostiary.parts.seen.trials import MOST_IN_ONE, Trial, places

MOST_PATTERNS: Final = 5  # of the document; two requests each, ten where it is slow
MOST: Final = 12  # places without a pattern in the document; two or three requests each, nine more where it is slow
_OF_PEOPLE: Final = frozenset({"user", "username", "name", "login", "email"})


class _Seen:
    def __init__(self) -> None:
        self.proven: list[Proven] = []
        self.steady: list[Answer] = []
        self.asked = self.unsettled = 0

    def hear(self, told: growing.Compared) -> None:
        """Take down what was told of a place."""
        if told.found is not None:
            self.proven.append(told.found)
        elif told.steady:
            self.steady.append(told.answer)
        else:
            self.unsettled += 1


async def audit_live(http: Http) -> Finding:
    """Ask the dangerous patterns of the document, and what is checked by its name; compare times of lengths."""
    if http.api is None:
        return unknown("without a document the patterns are not known")
    met = met_by(http.operations)
    flagged = [each for each in met if each.pump]
    seen = _Seen()
    for each in [one for one in flagged if one.query or one.member][:MOST_PATTERNS]:
        await _documented(http, each, seen)
    await _by_name(http, {(each.operation.key, each.query or each.member) for each in met}, seen)
    if seen.proven:
        return finding(http, seen.proven, "a short text keeps a regular expression busy, longer with every character")
    if seen.unsettled:
        return unknown(
            f"in {seen.unsettled} places times were long and did not settle: the target is busy; ask again later"
        )
    if seen.steady:
        what = f"in {len(seen.steady)} places texts that make expressions backtrack are answered as fast as others"
        return passed(what, http.show(seen.steady[0], "answered as fast as an ordinary text"))
    if flagged:
        return unknown(f"{len(flagged)} dangerous patterns, and none of them could be asked")
    if met:
        return passed(f"none of the {len(met)} patterns of the document is dangerous in any engine")
    if seen.asked:
        return unknown(f"{seen.asked} places are called like what is checked by a pattern, and none answered")
    return not_applicable("no input of the document has a pattern, or is called like what is checked by one")


async def _documented(http: Http, met: Met, seen: _Seen) -> None:
    seen.asked += 1
    name, place = (met.query, Place.QUERY) if met.query else (met.member, None)
    trial = Trial(http, Input(met.operation, place, name))
    pump = met.pump
    if pump is None:
        return
    try:
        told = await growing.compared(trial, pump.text, suspected=True)
    except Unanswerable:
        return
    if told.found is not None:
        told = told._replace(found=replace(told.found, more={**told.found.more, "pattern": met.pattern[:200]}))
    seen.hear(told)


async def _by_name(http: Http, known: set[tuple[str, str]], seen: _Seen) -> None:
    tried: list[tuple[Input, str | None]] = [
        (at, None) for at in await places(http, most=200, numbers=False) if growing.is_checked(at)
    ]
    account = await _throwaway(http)
    if account is not None:
        tried += [(at, account.name) for at in _of_account(http, account) if growing.is_checked(at)]
    for at, identity in tried[:MOST]:
        if (at.operation.key, at.full_name) in known:
            continue
        seen.asked += 1
        trial = Trial(http, at, identity)
        try:
            told = await growing.proven(trial)
            if told is not None:
                seen.hear(told)
        except Unanswerable:
            continue


async def _throwaway(http: Http) -> Account | None:
    """Only where there is something to change, and only as somebody who may be lost."""
    if not any(each.method in {"PUT", "PATCH"} for each in http.operations):
        return None
    try:
        return await http.throwaway()
    except Unanswerable:
        return None


def _of_account(http: Http, account: Account) -> Iterator[Input]:
    """Places of changes of an account, aimed at the throwaway one."""
    for operation in http.operations:
        if operation.method in {"PUT", "PATCH"} and operation.role not in {"login", "reset"}:
            target = _aimed(http, operation, account)
            yield from inputs(http, operation, target=target)[:MOST_IN_ONE] if target else ()


def _aimed(http: Http, operation: Operation, account: Account) -> str:
    """The path with the throwaway account's name where it names a person; empty where it names anything else."""
    path = operation.path
    for hole in re.findall(r"\{([^{}]*)\}", path):
        if _OF_PEOPLE.isdisjoint(words(hole)):
            return ""
        path = path.replace(f"{{{hole}}}", quote(account.user, safe=""))
    return path
