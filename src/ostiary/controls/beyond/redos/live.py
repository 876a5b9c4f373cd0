"""A short text against each dangerous pattern: when six more characters take ten times as long, the engine backtracks."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import quote

from ostiary.controls.beyond.redos.inputs import Met, met_by
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, failed, not_applicable, passed, unknown

MOST_PATTERNS: Final = 5
SHORTER: Final = 18  # characters; doubling per character makes 24 take 64 times as long, a second at most
LONGER: Final = 24
RATIO: Final = 10.0
NOTICEABLE: Final = 0.05  # seconds; below, a ratio is noise


async def audit_live(http: Http) -> Finding:
    """Compare the times of two lengths, and again when they differ: shared machines are noisy."""
    if http.api is None:
        return unknown("without a document the patterns are not known")
    met = met_by(http.operations)
    if not met:
        return not_applicable("no input of the document has a pattern")
    flagged = [each for each in met if each.pump]
    if not flagged:
        return passed(f"none of the {len(met)} patterns of the document is dangerous in any engine")
    steady: list[Evidence] = []
    for each in [one for one in flagged if one.query or one.member][:MOST_PATTERNS]:
        try:
            shorter = await _ask(http, each, SHORTER)
            longer = await _ask(http, each, LONGER)
            if _grows(shorter, longer) and _grows(await _ask(http, each, SHORTER), await _ask(http, each, LONGER)):
                what = f"{LONGER} characters take {longer.seconds:.2f} s, {SHORTER} take {shorter.seconds:.3f} s"
                return failed(f"the pattern {each.pattern[:60]!r} backtracks: {what}", http.show(longer, what))
        except Unanswerable:
            continue
        steady.append(http.show(longer, "answered as fast as a shorter text"))
    if not steady:
        return unknown(f"{len(flagged)} dangerous patterns, and none of them could be asked")
    return passed(f"{len(steady)} dangerous patterns are run without backtracking", *steady[:2])


def _grows(shorter: Answer, longer: Answer) -> bool:
    return longer.seconds >= NOTICEABLE and longer.seconds >= RATIO * shorter.seconds


async def _ask(http: Http, met: Met, length: int) -> Answer:
    text = met.pump.text(length) if met.pump is not None else ""
    change: dict[str, Any] = {"fresh": True}
    target = http.target_of(met.operation)
    if met.query:
        path, _, query = target.partition("?")
        name = quote(met.query, safe="")
        kept = [piece for piece in query.split("&") if piece and piece.partition("=")[0] != name]
        change["target"] = path + "?" + "&".join([*kept, f"{name}={quote(text, safe='')}"])
    else:
        change["body"] = json.dumps(_document(http, met) | {met.member: text}).encode()
    return await http.send_to(met.operation, **change)


def _document(http: Http, met: Met) -> dict[str, Any]:
    made = http.body_of(met.operation)
    try:
        document = json.loads(made[1]) if made is not None else None
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise Unanswerable("no valid JSON body can be made")
    return document
