"""Reads that are named like heavy work, or took long, are timed; beside a long one, others must not wait."""

from __future__ import annotations

import statistics
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts.role_words import words
from ostiary.parts.seen import bursts, moments

MOST: Final = 3  # operations
CALLS: Final = 3
ROUNDS: Final = 2
LONG: Final = 1.0  # seconds, from which on neighbours are looked at
BUDGET: Final = 10.0  # seconds that a request may block
_SHARE: Final = 0.7  # of the long call's time, that a neighbour waits
_LEAD: Final = 0.1
_ACCEPTED: Final = 202
# Requests: 8 for the choice (shared); for each operation 3, and 2 * 2 where it is long.
HEAVY: Final = frozenset({
    "export", "exports", "report", "reports", "bulk", "batch", "import", "imports", "generate", "archive", "backup",
    "statistics", "aggregate", "dump", "sync", "rebuild", "reindex", "recalculate", "csv", "pdf", "xlsx", "zip", "render",
    "transcode", "convert", "analytics",
})  # fmt: skip


def heavy(operation: Operation) -> bool:
    """Whether an operation is named like one that takes long or handles much."""
    last = [each for each in operation.path.split("/") if each and "{" not in each][-2:]
    return bool(HEAVY & {word for each in (*last, operation.id) for word in words(each)})


async def audit_live(http: Http) -> Finding:
    """Call each a few times; writes are not called, as nobody knows what they start."""
    named = [each for each in http.operations if heavy(each)]
    reads = [each for each in named if each.method == "GET"]
    long = await bursts.slow(http, LONG)
    if long is not None and long not in reads:
        reads.append(long)
    if not reads:
        if named:
            return unknown(f"{named[0].key} may do heavy work, but is a write: it was not called to find out")
        if http.api is None:
            return unknown("there is no document that says which operations there are")
        return not_applicable("no operation is named like heavy work, and no read took longer than a second")
    quick = await bursts.cheap(http)
    seen: list[tuple[Operation, float, Answer]] = []
    for operation in reads[:MOST]:
        try:
            finding = await _timed(http, operation, quick, seen)
        except Unanswerable:
            continue
        if finding is not None:
            return finding
    if not seen:
        return unknown("no operation that is named like heavy work answered a valid request")
    slowest = max(seen, key=lambda each: each[1])
    return passed(
        f"{len(seen)} operations named like heavy work answer in {slowest[1] * 1000:.0f} ms at most, or at once with 202",
        http.show(slowest[2], f"the slowest of them: {slowest[0].key}"),
    )


async def _timed(
    http: Http, operation: Operation, quick: Operation | None, seen: list[tuple[Operation, float, Answer]]
) -> Finding | None:
    answers: list[Answer] = []
    late = 0
    for _ in range(CALLS):
        try:
            answers.append(await http.send_to(operation, fresh=True))
        except Unanswerable as error:
            if "no reply within" not in str(error):
                raise
            late += 1
            if late > 1:
                return _blocks(operation, f"no reply within the audit's time limit, {late} times")
    answers = [each for each in answers if each.accepted and each.media_type != "text/event-stream"]
    if not answers:
        return None
    usual = statistics.median(each.seconds for each in answers)
    if usual >= BUDGET:
        what = f"more than {BUDGET:.0f} s"
        return _blocks(operation, what, http.show(answers[-1], f"a slow call: {usual:.1f} s"))
    if (
        usual >= LONG
        and quick is not None
        and quick is not operation
        and await _holds_up(http, operation, quick, usual)
    ):
        what = f"{quick.key} waits as well, meanwhile"
        return _blocks(operation, what, http.show(answers[-1], f"a slow call: {usual:.1f} s"))
    if usual < LONG or any(each.status == _ACCEPTED for each in answers):
        seen.append((operation, usual, answers[-1]))
    return None


async def _holds_up(http: Http, operation: Operation, quick: Operation, usual: float) -> bool:
    for _ in range(ROUNDS):
        alone = (await bursts.called(http, quick)).seconds
        running = [http.send_to(operation, fresh=True)]
        _, answer = await moments.beside(running, _LEAD, lambda: bursts.called(http, quick))
        if answer.seconds < max(_SHARE * usual, 3 * alone):
            return False
    return True


def _blocks(operation: Operation, how: str, *shown: Evidence) -> Finding:
    return failed(
        f"{operation.key} works while the caller waits: {how}",
        *shown,
        proof=f"{operation.key} was called {CALLS} times: {how}.",
        places=(operation.key,),
        facts={"operation": operation.key},
    )
