"""A product that only who works it out can know is asked for in the spelling of templates and expressions."""

from __future__ import annotations

from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, failed, passed, unknown
from ostiary.parts.seen.inputs import Input, ask, slots

MOST: Final = 14  # places of requests
PAIRS: Final = ((7351, 6343), (7349, 6353))  # the second confirms
SPELLINGS: Final = (  # inert: arithmetic, nothing is called
    "{{{{{0}*{1}}}}}",
    "${{{0}*{1}}}#{{{0}*{1}}}<%={0}*{1}%>$(({0}*{1}))",
    "{0}*{1}",
)


async def audit_live(http: Http) -> Finding:
    """Send sums in every text and look for their result in the reply."""
    faults: list[Evidence] = []
    inert: list[Answer] = []
    operations = [each for each in http.operations if each.method in {"GET", "POST"} and not each.role]
    for at in slots(http, sorted(operations, key=lambda each: each.method != "POST"), most=MOST):
        try:
            valid = await http.send_to(at.operation, fresh=at.operation.method == "POST")
            found, last = await _tried(http, at, valid)
        except Unanswerable:
            continue
        if found is not None:
            faults.append(found)
        elif valid.accepted:
            inert.append(last or valid)
    if faults:
        return failed(f"{faults[0].what} ({len(faults)} places)", *faults[:5])
    if not inert:
        return unknown("no operation that takes a text answered a valid request with 2xx")
    what = f"in {len(inert)} places a sum in the spelling of templates and expressions is not worked out"
    return passed(what, http.show(inert[0], "a sum, and no result"))


async def _tried(http: Http, at: Input, valid: Answer) -> tuple[Evidence | None, Answer | None]:
    last = None
    for turn, spelling in enumerate(SPELLINGS):
        if not at.fits(spelling.format(*PAIRS[0])):
            continue
        for number, pair in enumerate(PAIRS):
            answer = last = await ask(http, at, spelling.format(*pair), valid=valid, mark=f"r{turn}{number}-")
            if not _shows(answer, pair) or _shows(valid, pair):
                break
        else:
            return http.show(answer, f"{at.where}: the reply holds the result of a sum that was sent as text"), last
    return None, last


def _shows(answer: Answer, pair: tuple[int, int]) -> bool:
    result = pair[0] * pair[1]
    text = answer.text + " ".join(value for _, value in answer.headers)
    return str(result) in text or f"{result:,}" in text
