"""Cheap safe operations are called in bounded bursts, which end when the target refuses, errs or slows down."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Operation

LOOKED_AT: Final = 24  # operations among which one is chosen; what a valid request gets is known of most
_QUICK: Final = 0.25  # seconds
_TRIED: Final = 6
_SICK: Final = 3  # server errors, after which a burst ends
_SLOWER: Final = 20.0  # times the first, and a second: the target has had enough
_SERVER_ERROR: Final = 500


@dataclass
class Burst:
    """What came back, in the order of the replies."""

    answers: list[Answer] = field(default_factory=list)
    seconds: float = 0.0
    sick: str = ""  # why it ended early, other than by a refusal

    @property
    def refused(self) -> list[Answer]:
        """Refusals that say "too many"."""
        return [each for each in self.answers if refuses(each)]

    @property
    def passed(self) -> int:
        """How many were answered before the first refusal."""
        return next((at for at, each in enumerate(self.answers) if refuses(each)), len(self.answers))


def refuses(answer: Answer) -> bool:
    """Whether a reply says that there were too many requests (RFC 6585 section 4, RFC 9110 section 15.6.4)."""
    return answer.status == 429 or (answer.status == 503 and answer.head("retry-after") is not None)  # noqa: PLR2004


async def cheap(http: Http) -> Operation | None:
    """A read that answers a valid request, and soon; None: there is none."""
    known = await _reads(http)
    quick = next((each for each in known if known[each] < _QUICK), None)  # not the quickest: that is another each time
    return quick or min(known, key=lambda each: known[each], default=None)


async def slow(http: Http, least: float) -> Operation | None:
    """The first read in the document that takes at least so many seconds by itself; None: all are quicker."""
    known = await _reads(http)
    late = sorted((each for each in known if known[each] >= least), key=lambda each: -known[each])[:_TRIED]
    for each in [each for each in known if each in late]:  # many came late because they stood behind others
        try:
            if (await http.send_to(each, fresh=True)).seconds >= least:
                return each
        except Unanswerable:
            continue
    return None


async def _reads(http: Http) -> dict[Operation, float]:
    reads = [each for each in http.operations if each.method == "GET" and each.declared]
    reads.sort(key=lambda each: "{" in each.path)
    found: dict[Operation, float] = {}
    for each in reads:
        if len(found) >= LOOKED_AT:
            break
        try:
            found[each] = (await http.baseline(each)).seconds
        except Unanswerable:
            continue
    return found


async def called(http: Http, operation: Operation | None) -> Answer:
    """One fresh call of an operation; of the root, where there is none."""
    if operation is None:
        return await http.send("GET", "/", fresh=True)
    return await http.send_to(operation, fresh=True)


async def burst(http: Http, operation: Operation | None, waves: int, width: int) -> Burst:
    """Call an operation `width` times at once, `waves` times without a pause.

    :raises Unanswerable: when the target stops answering.
    """
    found = Burst()
    started = time.monotonic()
    for _ in range(waves):
        found.answers += await asyncio.gather(*(called(http, operation) for _ in range(width)))
        found.seconds = time.monotonic() - started
        found.sick = illness(found.answers, width)
        if found.refused or found.sick:
            break
    return found


def illness(answers: Sequence[Answer], width: int = 1) -> str:
    """Why a burst should end: the target errs, or has become slow; or empty."""
    errors = sum(each.status >= _SERVER_ERROR and not refuses(each) for each in answers)
    if errors >= _SICK and answers[0].status < _SERVER_ERROR:
        return f"{errors} of {len(answers)} calls got a server error"
    first = statistics.median(each.seconds for each in answers[:width])
    last = statistics.median(each.seconds for each in answers[-width:])
    return "it became slow" if last > max(1.0, _SLOWER * first) else ""
