"""Little XML and YAML that grows a thousand times is sent, and looked for in replies; never more than 7 KB."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import (
    Finding,
    Operation,
    failed,
    not_applicable,
    passed,
    unknown,
)
from ostiary.parts import baselines
from ostiary.parts.seen.doctypes import with_entities

ONCE = "ost1ary"  # 7 bytes; ten times ten times ten is 7 KB, harmless anywhere
MARKED = ONCE * 10  # only an expansion holds it: the request has the word once
REFUSALS = {400, 403, 406, 413, 415, 422}


def xml_growing(document: bytes, *, in_text: bool = False) -> bytes | None:
    """The document with an entity that grows a thousand times (`with_entities`)."""
    steps = ((b"a", ONCE.encode()), (b"b", b"&a;" * 10), (b"c", b"&b;" * 10), (b"d", b"&c;" * 10))
    declared = b"".join(b'<!ENTITY %s "%s">' % step for step in steps)
    return with_entities(document, declared, b"&d;", in_text=in_text)


def yaml_growing() -> bytes:
    """A mapping whose last value holds a thousand references to one word."""
    ten = [", ".join([f"*{name}"] * 10) for name in "abc"]
    return f"a: &a {ONCE}\nb: &b [{ten[0]}]\nc: &c [{ten[1]}]\nd: [{ten[2]}]\n".encode()


async def audit_live(http: Http) -> Finding:
    """Send small documents that grow a thousand times, at most 7 KB, and look for refusal or growth."""
    taking = [each for each in http.operations if baselines.takes(each, "xml", "yaml")]
    if not taking:
        return await _discover(http)
    refused: list[Answer] = []
    swallowed: list[Answer] = []
    for operation, _ in await baselines.accepted(http, taking, most=4):
        for media, data, proved in _growing(http, operation):
            answer = await _answered(http, operation, data, media)
            if answer is None:
                continue
            if _grew(answer):
                return _grown(http, operation, answer, media, "a small document grows a thousand times")
            if answer.status not in REFUSALS:
                swallowed.append(answer)
            elif proved:
                refused.append(answer)
    if any(answer.accepted for answer in swallowed):
        return unknown(
            "an expanding document was accepted; whether it grew does not show", http.show(swallowed[0], "accepted")
        )
    if not refused:
        return unknown("no operation that takes XML or YAML accepted a valid document first")
    return passed("documents are taken, and refused when they grow", http.show(refused[0], "the refusal"))


def _growing(http: Http, operation: Operation) -> Iterator[tuple[str, bytes, bool]]:
    """A growing document for each declared format, and whether a valid one of that format was accepted before."""
    made = http.body_of(operation)
    for media in operation.consumes:
        proved = made is not None and made[0] == media
        if "xml" in media:
            data = xml_growing(made[1] if made is not None and proved else b"<r></r>")
            if data is not None:
                yield media, data, proved
        elif "yaml" in media:
            yield media, yaml_growing(), proved


async def _answered(http: Http, operation: Operation, data: bytes, media: str) -> Answer | None:
    """The reply to a document that grows; where it was taken, to one that grows where a text stands and may come back."""
    answer = await _sent(http, operation, data, media)
    made = http.body_of(operation)
    if answer is None or _grew(answer) or not answer.accepted or made is None or "xml" not in media:
        return answer
    shown = await _sent(http, operation, xml_growing(made[1], in_text=True), media)
    return shown if shown is not None and _grew(shown) else answer


async def _discover(http: Http) -> Finding:
    """No operation declares a format that grows: see whether one reads it all the same."""
    taking = [each for each in http.operations if baselines.json_first(http, each) is not None]
    refused = 0
    for operation, _ in await baselines.accepted(http, taking, most=2):
        for media, data in (("application/xml", xml_growing(b"<r></r>") or b""), ("application/yaml", yaml_growing())):
            answer = await _sent(http, operation, data, media)
            if answer is not None and _grew(answer):
                return _grown(http, operation, answer, media, "an undeclared format is parsed and grows")
            refused += answer is not None and answer.status in REFUSALS
    if http.api is None or (taking and not refused):
        return unknown("no operation is known to take XML or YAML, and none could be tried with them")
    return not_applicable(f"no operation declares XML or YAML; {refused} attempts to send them were refused")


def _grown(http: Http, operation: Operation, answer: Answer, media: str, what: str) -> Finding:
    proof = f"the word {ONCE!r} stood once in the request, and {len(MARKED) // len(ONCE)} times in a row in the reply"
    shown = http.show(answer, "the expansion in the reply")
    return failed(what, shown, proof=proof, places=(operation.key,), facts={"media": media})


async def _sent(http: Http, operation: Operation, data: bytes | None, media: str) -> Answer | None:
    if data is None:
        return None
    try:
        return await http.send_to(operation, body=data, headers=[("content-type", media)])
    except Unanswerable:
        return None


def _grew(answer: Answer) -> bool:
    bare = re.sub(r'["\'\s,\[\]\-]+', "", answer.text)  # a list of words reads as one once its punctuation is gone
    return MARKED in bare
