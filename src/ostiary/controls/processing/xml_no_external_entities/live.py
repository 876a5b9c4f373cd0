"""A harmless entity is declared and looked for in the reply; another one is at our own address, where a parser calls."""

from __future__ import annotations

from typing import Final, NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http, Listener
from ostiary.model import Finding, Operation, not_applicable, passed, unknown
from ostiary.parts import baselines
from ostiary.parts.seen.doctypes import with_entities
from ostiary.parts.seen.inputs import Input
from ostiary.parts.seen.proofs import Proven, finding

ONCE: Final = "ostiary5e1"  # what the harmless entity stands for; the doubled text is in no request
REFUSALS: Final = frozenset({400, 403, 406, 415, 422})
MOST: Final = 4  # operations that take XML; three requests each, and two more where one is a finding
MOST_OTHERS: Final = 3  # operations that declare none, and may take it all the same
LATER: Final = 1.0  # seconds that a call may take after the reply
_FILE: Final = b'filename="ostiary.txt"\r\nContent-Type: text/plain'
_SVG: Final = b'<svg xmlns="http://www.w3.org/2000/svg"><text>ostiary</text></svg>'


class _Way(NamedTuple):
    """How an operation is sent a document: the media type, a valid one, and what stands around it."""

    operation: Operation
    media: str
    valid: bytes
    before: bytes = b""
    after: bytes = b""


class _Seen:
    def __init__(self) -> None:
        self.proven: list[Proven] = []
        self.refused: list[Answer] = []
        self.uncalled: list[Answer] = []  # taken with an external entity, and nobody called


def _doubling(document: bytes, *, in_text: bool = False) -> bytes | None:
    """The document with an entity that stands for a text twice."""
    declared = b'<!ENTITY a "%s"><!ENTITY b "&a;&a;">' % ONCE.encode()
    return with_entities(document, declared, b"&b;", in_text=in_text)


async def audit_live(http: Http) -> Finding:
    """Where XML is taken, declared or not, declare entities inside and outside, and see who expands and who calls."""
    if not http.intrusive:
        return unknown("needs --intrusive: a parser that obeys may do more than it was asked")
    ways = await _ways(http)
    seen = _Seen()
    listener = _listener(http)
    for number, way in enumerate(ways):
        try:
            await _tried(http, way, number, listener, seen)
        except Unanswerable:
            continue
    declared = any(baselines.takes(each, "xml") for each in http.operations)
    if seen.proven:
        return finding(http, seen.proven, f"{'XML' if declared else 'undeclared XML'} is parsed with its entities")
    if seen.refused:
        what = (
            "XML is taken, and refused with a document type"
            if declared
            else "no operation declares XML, and those tried refuse it"
        )
        return passed(what, http.show(seen.refused[0], "the refusal"))
    if seen.uncalled and declared:
        return passed(
            "XML with an external entity is taken, and nobody calls its address", http.show(seen.uncalled[0], "taken")
        )
    if declared:
        return unknown("no XML request was first accepted and then refused with an entity in it")
    return not_applicable("no operation declares XML") if http.api is not None else unknown("no operation to ask")


async def _ways(http: Http) -> list[_Way]:
    found = []
    taking = [each for each in http.operations if baselines.takes(each, "xml")]
    for operation, _ in await baselines.accepted(http, taking, most=MOST):
        made = http.body_of(operation)
        if made is not None and "xml" in made[0]:
            found.append(_Way(operation, made[0], made[1]))
    uploads = [each for each in http.operations if baselines.takes(each, "multipart")]
    for operation, _ in await baselines.accepted(http, uploads, most=2):
        made = http.body_of(operation)
        head, is_file, rest = made[1].partition(_FILE) if made is not None else (b"", b"", b"")
        if made is not None and is_file:
            before = head + b'filename="ostiary.svg"\r\nContent-Type: image/svg+xml\r\n\r\n'
            found.append(
                _Way(
                    operation, made[0], _SVG, before, rest.partition(b"\r\n\r\n")[2].partition(b"ostiary")[2] or b"\r\n"
                )
            )
    if not taking:
        others = [each for each in http.operations if baselines.json_first(http, each) is not None][:MOST_OTHERS]
        for operation, _ in await baselines.accepted(http, others, most=MOST_OTHERS):
            found.append(_Way(operation, "application/xml", b"<ostiary></ostiary>"))
    return found


def _listener(http: Http) -> Listener | None:
    try:
        return http.listener()
    except Unanswerable:
        return None


async def _tried(http: Http, way: _Way, number: int, listener: Listener | None, seen: _Seen) -> None:
    at = Input(way.operation, None, "the body")
    inside = await _sent(http, way, _doubling(way.valid))
    if inside is None:
        return
    shown = inside
    if inside.accepted and ONCE * 2 not in inside.text:  # where a text stands, it may be given back
        shown = await _sent(http, way, _doubling(way.valid, in_text=True)) or inside
    if ONCE * 2 in shown.text:
        proof = f"an entity that stands for {ONCE!r} twice came back as that text twice, which no request holds"
        seen.proven.append(Proven(at, "expansion", proof, ((shown, "the expanded entity"),)))
    for turn in range(2) if listener is not None else ():
        mark = f"x{number}t{turn}"
        outside = await _sent(http, way, _outside(way.valid, listener, mark)) if listener is not None else None
        call = (
            ""
            if listener is None
            else await listener.heard(f"{mark}g", LATER) or await listener.heard(f"{mark}p", 0.05)
        )
        if outside is not None and not call and outside.accepted:
            seen.uncalled.append(outside)
        if outside is None or not call:
            break
        if turn:
            proof = f"two documents named an entity at our address, and the parser called both: {call.partition(chr(13))[0]}"
            seen.proven.append(Proven(at, "external", proof, ((outside, "an entity at our address was called"),)))
    if inside.status in REFUSALS:
        seen.refused.append(inside)


def _outside(valid: bytes, listener: Listener, mark: str) -> bytes | None:
    """An entity of the document's and one of its type's; the second is answered with nothing, which is valid there."""
    of_type = listener.serve(f"{mark}p", b"", media="application/xml-dtd").encode()
    general = listener.url(f"{mark}g").encode()
    return with_entities(valid, b'<!ENTITY %% p SYSTEM "%s">%%p;<!ENTITY g SYSTEM "%s">' % (of_type, general), b"&g;")


async def _sent(http: Http, way: _Way, document: bytes | None) -> Answer | None:
    if document is None:
        return None
    body = way.before + document + way.after
    return await http.send_to(way.operation, body=body, headers=[("content-type", way.media)])
