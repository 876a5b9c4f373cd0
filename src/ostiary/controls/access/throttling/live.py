"""A burst that shows a limit, and headers that must not start the count anew."""

from __future__ import annotations

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Operation, failed, passed, unknown
from ostiary.parts.seen import bursts
from ostiary.parts.seen.advertised import left_of
from ostiary.parts.seen.likenesses import disguises

BURST = 60  # calls: enough to see a counter move, too few to hurt
LONGEST = 5.0  # seconds


async def audit_live(http: Http) -> Finding:
    """Call one cheap operation up to sixty times; then see whether a made-up address starts the count anew."""
    operation = await bursts.cheap(http) or next(
        (each for each in http.operations if each.method == "GET" and each.declared), None
    )
    answers: list[Answer] = []
    try:
        while len(answers) < BURST and sum(each.seconds for each in answers) < LONGEST:
            answers.append(await _ask(http, operation))
            if answers[-1].status == 429:  # noqa: PLR2004 - RFC 6585 section 4
                return await _after_refusal(http, operation, answers)
            if sick := bursts.illness(answers):
                return unknown(f"the burst was ended after {len(answers)} calls: {sick}")
    except Unanswerable as stop:
        return unknown(f"the burst stopped after {len(answers)} calls: {stop}")
    counts = [left for left in map(left_of, answers) if left is not None]
    last = http.show(answers[-1], f"call {len(answers)}, still answered")
    places = (operation.key,) if operation is not None else ()
    if not counts:
        return failed(
            f"no limit showed in {len(answers)} calls, and none is advertised; a higher one may exist",
            http.show(answers[0], "the first call"),
            last,
            proof=f"{len(answers)} calls in {sum(each.seconds for each in answers):.1f} s, the last answered like the first.",
            places=places,
            facts={"calls": len(answers), "seconds": round(sum(each.seconds for each in answers), 2), "limit": None},
        )
    if min(counts) >= counts[0]:
        return unknown(f"a limit is advertised, but in {len(answers)} calls it did not fall", last)
    fall = max(counts) - min(counts)
    for turn in range(2):
        before = left_of(await _ask(http, operation))
        disguised = left_of(await _ask(http, operation, disguises(turn)))
        after = left_of(await _ask(http, operation))
        if before is None or disguised is None or after is None or disguised - max(before, after) < max(fall // 2, 3):
            return passed(
                f"the advertised rest fell by {fall} in {len(answers)} calls, for made-up addresses too", last
            )
    return failed(
        "a made-up address in a header starts the count anew",
        last,
        proof="What is left falls from call to call, and is whole again for a call that claims another address.",
        places=places,
        facts={"bypass": "forwarding headers"},
    )


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
        return failed(
            f"{what}, but not with a made-up address in a header",
            http.show(refusal, what),
            http.show(disguised, "answered again, under a made-up address"),
            proof="Each call with a made-up address was answered, and each without one right after it refused.",
            places=(operation.key,) if operation is not None else (),
            facts={"calls": len(answers), "limit": len(answers) - 1, "bypass": "forwarding headers"},
        )
    hint = "" if refusal.head("retry-after") else ", without Retry-After"
    return passed(what + hint, http.show(refusal, what))
