"""Forty calls as fast as they go, then one a second: the first should be too many for somebody, the others for nobody."""

from __future__ import annotations

from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Confidence, Evidence, Finding, failed, passed, unknown
from ostiary.parts.seen import bursts, moments
from ostiary.parts.seen.advertised import allowances
from ostiary.parts.seen.bursts import Burst, refuses

WAVES: Final = 4
WIDTH: Final = 10
STEADY: Final = 3  # calls afterwards
PAUSE: Final = 1.0  # seconds between them
SHORT: Final = 10.0  # seconds: a window within which an allowance flattens a spike
# Requests: 8 for the choice (shared), 40, and 3 where some were refused.


async def audit_live(http: Http) -> Finding:
    """Call one cheap read in waves, until some are refused or the target slows down."""
    try:
        operation = await bursts.cheap(http)
        found = await bursts.burst(http, operation, WAVES, WIDTH)
    except Unanswerable as stop:
        return unknown(f"the burst ended early: {stop}")
    places = (operation.key,) if operation is not None else ()
    if found.sick:
        return unknown(f"the burst was ended after {len(found.answers)} calls: {found.sick}", _last(http, found))
    if found.refused:
        return await _refused(http, found)
    told = [each for each in allowances(found.answers[-1]) if each.window or each.left >= 0]
    what = f"{len(found.answers)} calls in {found.seconds:.2f} s were all answered"
    if any(0 < each.window <= SHORT for each in told):
        window = min(each.window for each in told if each.window)
        return passed(f"{what}, and an allowance for {window:.0f} s is advertised", _last(http, found))
    if told:
        return unknown(f"{what}; a limit is advertised, but none for seconds", _last(http, found))
    return failed(
        f"{len(found.answers)} calls at once were all answered, and no limit is advertised; a higher one may exist",
        http.show(found.answers[0], "the first call"),
        _last(http, found),
        confidence=Confidence.TENTATIVE,
        proof=f"{what}, the last like the first.",
        places=places,
        facts={"calls": len(found.answers), "seconds": round(found.seconds, 2), "limit": None},
    )


def _last(http: Http, found: Burst) -> Evidence:
    return http.show(found.answers[-1], f"call {len(found.answers)}")


async def _refused(http: Http, found: Burst) -> Finding:
    refusal: Answer = found.refused[0]
    operation_calls = []
    for _ in range(STEADY):
        await moments.pause(PAUSE)
        asked = refusal.asked
        kept = [pair for pair in asked.headers if pair[0].lower() not in {"host", "user-agent", "content-length"}]
        operation_calls.append(
            await http.send(asked.method, asked.target, headers=kept, identity=asked.identity, fresh=True)
        )
    steady = sum(not refuses(each) for each in operation_calls)
    what = (
        f"of {len(found.answers)} calls in {found.seconds:.2f} s, {found.passed} were answered before one was refused"
    )
    if steady:
        return passed(f"{what} ({refusal.status}); one a second is served", http.show(refusal, "too many at once"))
    return passed(f"{what} ({refusal.status}); the refusal lasts", http.show(refusal, "too many at once"))
