"""What a valid request gets, for as many operations as one check may ask: without it a refusal proves nothing."""

from __future__ import annotations

from collections.abc import Iterable

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Operation, not_applicable, unknown
from ostiary.parts.seen.bodies import parse, says_error

MOST_OPERATIONS = 12  # that one check looks at


async def accepted(
    http: Http, operations: Iterable[Operation], *, most: int = MOST_OPERATIONS
) -> list[tuple[Operation, Answer]]:
    """The operations whose valid request was answered 2xx, and did not say that it failed; twice `most` are asked.

    DELETE is left out: a valid one takes something away.
    """
    found: list[tuple[Operation, Answer]] = []
    for operation in [each for each in operations if each.method != "DELETE"][: 2 * most]:
        try:
            answer = await http.baseline(operation)
        except Unanswerable:
            continue
        if says_error(parse(answer.body)):
            continue  # a refusal as a success: it was refused before what is sent was looked at
        found.append((operation, answer))
        if len(found) == most:
            break
    return found


def takes(operation: Operation, *names: str) -> str:
    """The first declared body type that contains one of the names (``json``, ``xml``), or an empty string."""
    return next((media for media in operation.consumes if any(name in media.lower() for name in names)), "")


def json_first(http: Http, operation: Operation) -> bytes | None:
    """A valid JSON body of an operation, or None when its valid body is something else."""
    made = http.body_of(operation)
    return made[1] if made is not None and "json" in made[0].lower() and made[1] else None


def no_json_body(http: Http) -> Finding:
    """What to say when no operation with a JSON body can be asked."""
    if http.api is not None and not any(each.consumes for each in http.api.operations):
        return not_applicable("no operation accepts a body")
    return unknown("no operation with a JSON body may be asked")
