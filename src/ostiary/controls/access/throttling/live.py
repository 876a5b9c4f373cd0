"""A burst that shows a limit, and headers that must not start the count anew."""

from __future__ import annotations

import re

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Operation, failed, passed, unknown

BURST = 60  # calls: enough to see a counter move, too few to hurt
LONGEST = 5.0  # seconds
_LEFT = (
    ("ratelimit", re.compile(r";\s*r=(\d+)|remaining=(\d+)")),  # drafts 8 to 11; draft 7
    ("ratelimit-remaining", re.compile(r"(\d+)")),  # drafts 0 to 6
    ("x-ratelimit-remaining", re.compile(r"(\d+)")),
    ("x-rate-limit-remaining", re.compile(r"(\d+)")),
)


def left_of(answer: Answer) -> int | None:
    """The remaining calls that a reply advertises in any dialect, or None."""
    for name, pattern in _LEFT:
        for value in answer.all(name):
            found = pattern.search(value)
            if found:
                return int(found[1] or found.groups()[-1])
    return None


def disguises(turn: int) -> tuple[tuple[str, str], ...]:
    """Headers that claim another address of the documentation network, under every name that limiters believe."""
    claimed = f"203.0.113.{turn + 1}"
    names = ("x-forwarded-for", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip")
    return (*((name, claimed) for name in names), ("forwarded", f"for={claimed}"))


async def audit_live(http: Http) -> Finding:
    """Call one cheap operation up to sixty times; then see whether a made-up address starts the count anew."""
    operation = next((each for each in http.operations if each.method == "GET" and each.declared), None)
    answers: list[Answer] = []
    try:
        while len(answers) < BURST and sum(each.seconds for each in answers) < LONGEST:
            answers.append(await _ask(http, operation))
            if answers[-1].status == 429:  # noqa: PLR2004 - RFC 6585 section 4
                return await _after_refusal(http, operation, answers)
    except Unanswerable as stop:
        return unknown(f"the burst stopped after {len(answers)} calls: {stop}")
    counts = [left for left in map(left_of, answers) if left is not None]
    last = http.show(answers[-1], f"call {len(answers)}, still answered")
    if not counts:
        return failed(f"no limit showed in {len(answers)} calls, and none is advertised; a higher one may exist", last)
    if min(counts) >= counts[0]:
        return unknown(f"a limit is advertised, but in {len(answers)} calls it did not fall", last)
    for turn in range(2):
        disguised = left_of(await _ask(http, operation, disguises(turn)))
        plain = left_of(await _ask(http, operation))
        if disguised is None or plain is None or disguised <= plain + (counts[0] - plain) // 2:
            return passed(
                f"the advertised rest fell from {counts[0]} to {min(counts)}, for made-up addresses too", last
            )
    return failed("a made-up address in a header starts the count anew", last)


async def _ask(http: Http, operation: Operation | None, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    if operation is None:
        return await http.send("GET", "/", headers=headers, fresh=True)
    return await http.send_to(operation, headers=headers, fresh=True)


async def _after_refusal(http: Http, operation: Operation | None, answers: list[Answer]) -> Finding:
    refusal = answers[-1]
    passes = 0
    for turn in range(3):
        disguised = await _ask(http, operation, disguises(turn))
        plain = await _ask(http, operation)
        if disguised.status != 429 and plain.status == 429:  # noqa: PLR2004 - RFC 6585 section 4
            passes += 1
    what = f"refused with 429 at call {len(answers)}"
    if passes > 1:  # once may be the moment in which one call had come back
        return failed(f"{what}, but not with a made-up address in a header", http.show(refusal, what))
    hint = "" if refusal.head("retry-after") else ", without Retry-After"
    return passed(what + hint, http.show(refusal, what))
