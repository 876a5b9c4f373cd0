"""Who names another's account by its number reads what is in it: the number is told at sign-in, and stands in paths and queries."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from ostiary.evidence import Answer, Http, Thing
from ostiary.model import Evidence, Operation, Place
from ostiary.parts.seen.bodies import parse
from ostiary.parts.seen.changes import members
from ostiary.parts.seen.doors import granted, shut
from ostiary.parts.seen.identifiers import junk_like
from ostiary.parts.seen.inputs import words
from ostiary.parts.seen.owners import spelt
from ostiary.parts.seen.personal import details_in

MOST_LISTS: Final = 4  # reads of the owner's own, to see whether a text is hidden elsewhere; each by three
# Requests for an operation: 4, and 1 more where nobody is let in; once for all of them 3 * MOST_LISTS.
_NUMBER: Final = re.compile(
    r"(?:account|acct|customer|client|member|policy|wallet|patient|employee|student|card|subscriber|meter|contract)"
    r"_?(?:number|no|num|nr)|iban"
)
_OURS: Final = re.compile(r"k[0-9a-f]{9}")  # what cannot be guessed in a text of ours
_MONEY: Final = frozenset({"balance", "balances"})
_SHORTEST: Final = 6  # characters of a name that is looked for in a reply


class Case(NamedTuple):
    """A read, the parameter that names an account, and the numbers of the owner's and the other user's."""

    operation: Operation
    field: str
    mine: str
    theirs: str


def field_of(operation: Operation) -> str:
    """The parameter by which a read names an account, of a path with one parameter or of the query; empty: none."""
    holes = re.findall(r"\{([^{}]+)\}", operation.path)
    if holes:
        return holes[0] if len(holes) == 1 and _NUMBER.fullmatch(spelt(holes[0])) else ""
    asked = [each.name for each in operation.parameters if each.place is Place.QUERY]
    return next((each for each in asked if _NUMBER.fullmatch(spelt(each))), "")


async def tried(
    http: Http, things: Sequence[Thing], case: Case, kept: list[Evidence]
) -> tuple[str, str, tuple[Evidence, ...]] | None:
    """Ask for the owner's account as the other user: what is wrong, the proof and the evidence, or None."""
    if not case.mine or case.mine == case.theirs:
        return None
    mine = await _asked(http, case, case.mine, http.owner)
    if not granted(mine):
        return None
    mark, private = _mark(http, things, mine), False
    if not mark:
        mark = _name(http, mine)
        private = bool(mark) and _is_private(parse(mine.body), {case.mine, mark})
        if not private:
            return None
    junk = await _asked(http, case, junk_like(case.mine), http.other)
    theirs = await _asked(http, case, case.mine, http.other)
    if not granted(theirs) or mark not in theirs.text:
        kept.append(
            http.show(theirs, f"{case.operation.key} gives {http.other} nothing for the {case.field} of another")
        )
        return None
    if granted(junk) and mark in junk.text:
        return None  # whatever is asked for, that is what comes
    nobody = await _asked(http, case, case.mine, "")
    open_to_all = not shut(nobody)
    if open_to_all and not private and not await _is_hidden(http, mark):
        return None  # it may be for all to see
    who = f"{http.other}, and nobody as well," if open_to_all else http.other
    what = f"{who} is given what is {http.owner}'s by {case.field}: {case.operation.key}"
    proof = (
        f"{case.operation.key}: with the {case.field} that the API told its owner, the other user got a text that is the "
        f"owner's alone; nobody got {nobody.status}, a number that does not exist {junk.status}"
    )
    return what, proof, (http.show(theirs, what), http.show(mine, f"{http.owner} reads the same"))


async def _asked(http: Http, case: Case, number: str, identity: str) -> Answer:
    path, _, query = http.target_of(case.operation).partition("?")
    text, name = quote(number, safe=""), quote(case.field, safe="")
    if "{" in case.operation.path:
        parts = zip(case.operation.path.split("/"), path.split("/"), strict=False)
        path = "/".join(text if each == f"{{{case.field}}}" else usual for each, usual in parts)
    else:
        query = "&".join(
            [*(each for each in query.split("&") if each and each.partition("=")[0] != name), f"{name}={text}"]
        )
    target = f"{path}?{query}" if query else path
    return await http.send_to(case.operation, target=target, identity=identity, fresh=True)


def _mark(http: Http, things: Sequence[Thing], answer: Answer) -> str:
    """A text that the owner alone sent, and that the reply shows."""
    own = [each for each in things if each.owner == http.owner and each.ours]
    sent = [each.marker for each in own if each.marker]
    made = [each.seen.asked.body for each in own if each.seen is not None and each.seen.asked.method == "POST"]
    sent += [text for body in made for text in _OURS.findall(body.decode("utf-8", "replace"))]
    return next((each for each in sent if each in answer.text), "")


def _name(http: Http, answer: Answer) -> str:
    account = http.account(http.owner)
    user = account.user if account is not None else ""
    return user if len(user) >= _SHORTEST and user in answer.text else ""


def _is_private(document: Any, known: Collection[str]) -> bool:
    """Whether a reply says more of somebody than who he is: what he has, or how to reach him."""
    told = [(name, value) for name, value in members(document) if str(value) not in known]
    if any(not _MONEY.isdisjoint(words(name)) and _is_amount(value) for name, value in told):
        return True
    return bool(details_in({name: value for name, value in told if isinstance(value, str)}))


def _is_amount(value: Any) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"-?[0-9]+(?:[.,][0-9]+)?", value) is not None
    return isinstance(value, (int, float)) and not isinstance(value, bool)


async def _is_hidden(http: Http, mark: str) -> bool:
    """Whether the API keeps that text from others elsewhere: then it was not made for all to see."""
    reads = [each for each in http.operations if each.method == "GET" and "{" not in each.path and each.security]
    reads = [each for each in reads if not any(one.required for one in each.parameters)]
    for operation in reads[:MOST_LISTS]:
        mine = await http.send_to(operation, identity=http.owner, fresh=True)
        if not granted(mine) or mark not in mine.text:
            continue
        others = [await http.send_to(operation, identity=each, fresh=True) for each in (http.other, "")]
        if all(shut(each) or (granted(each) and mark not in each.text) for each in others):
            return True
    return False
