"""A few calls of a slow read at once, and one of a quick read beside them: that one must not wait for the others."""

from __future__ import annotations

import statistics
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Confidence, Finding, Operation, failed, passed, unknown
from ostiary.parts.seen import bursts, moments
from ostiary.parts.seen.bursts import refuses

PARALLEL: Final = 6  # of the slow read; fewer than the audit's own connections, so that a place is left for the other
ROUNDS: Final = 2
ALONE: Final = 3  # calls of the quick read by itself, for comparing
SLOW: Final = 0.15  # seconds: what a read must take to hold its place
_SLOWER: Final = 5.0  # times
_LEAST: Final = 0.2  # seconds that the quick read is held up
_LEAD: Final = 0.05  # seconds by which the slow ones come first
# Requests: 9 for the choice (shared), 3 + 2 * 7.


async def audit_live(http: Http) -> Finding:
    """Hold places with slow reads, and time a quick one, twice."""
    slow, quick = await bursts.slow(http, SLOW), await bursts.cheap(http)
    if slow is None or quick is None or slow is quick:
        return unknown(
            f"no read takes {SLOW * 1000:.0f} ms or more: nothing safe holds a place long enough to count them"
        )
    try:
        alone = statistics.median([(await bursts.called(http, quick)).seconds for _ in range(ALONE)])
        rounds = [await _round(http, slow, quick) for _ in range(ROUNDS)]
    except Unanswerable as stop:
        return unknown(f"the target stopped answering: {stop}")
    refused = [each for answers, _ in rounds for each in answers if refuses(each)]
    if refused:
        return passed(
            f"of {PARALLEL} calls at once of {slow.key}, {len(refused) // ROUNDS or 1} are refused ({refused[0].status})",
            http.show(refused[0], "one too many at once"),
        )
    held = [beside.seconds for _, beside in rounds]
    facts = {"parallel": PARALLEL, "alone": round(alone, 3), "beside": round(min(held), 3), "limit": None}
    if all(each > max(_SLOWER * alone, alone + _LEAST) for each in held):
        return failed(
            f"{PARALLEL} calls of {slow.key} at once hold up {quick.key}",
            http.show(rounds[-1][0][0], "one of the slow calls"),
            http.show(rounds[-1][1], "the quick one beside them"),
            confidence=Confidence.FIRM,
            proof=f"Alone {quick.key} takes {alone * 1000:.0f} ms; beside {PARALLEL} slow calls, twice, "
            f"{min(held) * 1000:.0f} ms or more.",
            places=(slow.key, quick.key),
            facts=facts,
        )
    return unknown(
        f"{PARALLEL} slow calls at once are all served, and others beside them as usual: a cap may be higher"
    )


async def _round(http: Http, slow: Operation, quick: Operation) -> tuple[list[Answer], Answer]:
    holding = [bursts.called(http, slow) for _ in range(PARALLEL)]
    return await moments.beside(holding, _LEAD, lambda: bursts.called(http, quick))
