"""A caller who asks for a format the operation cannot produce gets 406.

Why
    Ignoring Accept returns content the client may misread. Hidden or dangerous serializers such as browsable HTML
    or JSONP can then be reached just by asking for them.

Fix
    List the response types per operation: ``produces`` in Spring, ``ReturnHttpNotAcceptable = true`` in ASP.NET
    Core, ``res.format`` in Express, ``DEFAULT_RENDERER_CLASSES`` with only ``JSONRenderer`` in DRF. Answer 406 when
    none matches, honoring ``q=0``. Treat a missing header, ``*/*`` and ``application/*`` as a match. Remove
    renderers you do not document.

Traps
    - RFC 9110 lets a server ignore Accept and send its default: do not call that a vulnerability.
    - Error bodies may be problem+json whatever Accept says.
    - Plain FastAPI and Flask both answered 200 JSON to Accept: application/xml in our probe, so expect this finding
      nearly everywhere without the guard.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

from ostiary.errors import Denied, Unanswerable
from ostiary.evidence import Answer, Http, Spec
from ostiary.model import (
    Control,
    Evidence,
    Exchange,
    Finding,
    Hooks,
    Kind,
    Maps,
    Operation,
    Probe,
    Severity,
    Site,
    failed,
    not_applicable,
    passed,
    unknown,
)
from ostiary.parts import baselines
from ostiary.parts.accept import Offer, offered, weigh
from ostiary.strict import Strict

MOST_KEPT = 256  # header values remembered per set of types; a client sends one or two
LONGEST_KEPT = 512  # bytes of a remembered value
_ANY = [b"*/*"]


class Settings(Strict, frozen=True):
    """``mode``: ``strict`` refuses what fits no declared type, ``lenient`` answers in a declared type, ``off`` passes."""

    mode: Literal["strict", "lenient", "off"] = "strict"


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse an Accept that no declared type of a success fits; never pass on a wish for another."""
    produced = offered(operation)
    if settings.mode == "off" or not produced or operation.method == "OPTIONS":
        return None
    return _hooks(produced, strict=settings.mode == "strict")


@cache
def _hooks(produced: frozenset[str], *, strict: bool) -> Hooks:
    listed = ", ".join(sorted(produced))
    kept: dict[bytes, Offer] = {}

    def weighed(value: bytes) -> Offer:
        offer = weigh(value, produced)
        if len(value) <= LONGEST_KEPT:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            kept[value] = offer
        return offer

    def head(exchange: Exchange) -> None:
        values = [value for name, value in exchange.headers if name == b"accept"]
        if not values or values == _ANY:
            return
        value = values[0] if len(values) == 1 else b", ".join(values)
        offer = kept.get(value) or weighed(value)
        if not offer.acceptable and strict:
            raise Denied(406, f"this operation answers in {listed}")
        if offer.forward is not None:  # a wish for what is not declared could reach a serialiser nobody meant to ship
            rest = [pair for pair in exchange.headers if pair[0] != b"accept"]
            exchange.headers = [*rest, (b"accept", offer.forward)]

    return Hooks(head=head, pure=True)


ABSENT = "application/x-nonexistent"
ALTERNATIVES = (
    "application/xml",
    "text/html",
    "application/yaml",
    "text/csv",
    "application/msgpack",
    "application/x-pickle",
)
MOST_OPERATIONS = 8
MOST_SEARCHED = 2  # operations that are asked for every alternative


async def audit_live(http: Http) -> Finding:
    """Ask for a format that nobody has, and for serialisers that the document does not name."""
    reads = sorted(http.operations, key=lambda each: each.method != "GET")
    reads = [each for each in reads if each.method in {"GET", "POST"} and _success_types(each)]
    found = [(op, got) for op, got in await baselines.accepted(http, reads, most=MOST_OPERATIONS) if got.body]
    if not found:
        return unknown("no operation with a declared reply type answered a valid request with a body")
    promised = http.api is not None and not http.api.inferred  # else nothing says which types there are
    hidden = await _hidden(http, found[:MOST_SEARCHED]) if promised else []
    if hidden:
        return failed("an undocumented serialiser answers when it is asked for", *hidden, severity=Severity.HIGH)
    refused: list[Answer] = []
    ignored: list[Evidence] = []
    for operation, _ in found:
        try:
            answer = await http.send_to(operation, headers=[("accept", ABSENT)])
        except Unanswerable:
            continue
        if answer.status == 406:  # noqa: PLR2004 - RFC 9110 section 15.5.7
            refused.append(answer)
        elif answer.accepted:
            ignored.append(http.show(answer, f"asked for {ABSENT}, answered {answer.media_type or 'without a type'}"))
        elif answer.status >= 500:  # noqa: PLR2004 - a server error
            ignored.append(http.show(answer, f"asked for {ABSENT}, ended in a {answer.status}"))
    if ignored:
        why = "Accept is ignored: the default format answers where 406 is due (RFC 9110 permits it)"
        some = f"{len(ignored)} of {len(ignored) + len(refused)} operations ignore Accept, the others answer 406"
        return failed(some if refused else why, *ignored[:5], severity=Severity.INFO if refused else Severity.LOW)
    if not refused:
        return unknown("no request for an unknown format was answered 406, or answered at all")
    return passed(f"{len(refused)} operations refuse an unknown format with 406", http.show(refused[0], "the refusal"))


async def _hidden(http: Http, found: list[tuple[Operation, Answer]]) -> list[Evidence]:
    seen = []
    for operation, usual in found:
        for media in ALTERNATIVES:
            if media in operation.produces or media == usual.media_type:
                continue
            try:
                answer = await http.send_to(operation, headers=[("accept", media)])
            except Unanswerable:
                continue
            if answer.accepted and answer.media_type == media and answer.body:
                seen.append(http.show(answer, f"{media} is not declared, and was served"))
    return seen[:5]


def _success_types(operation: Operation) -> bool:
    return any(content for status, content in operation.replies.items() if status[:1] in {"2", "d"})


async def audit_spec(spec: Spec) -> Finding:
    """Say how many operations declare what they produce; what an unknown wish gets shows live."""
    producing = [each.key for each in spec.api.operations if each.declared and each.produces]
    if not producing:
        return not_applicable("no operation declares a reply with a body")
    return unknown(f"{len(producing)} operations declare what they produce: what others wish for has to be tried")


control = Control(
    severity=Severity.LOW,
    probe=Probe.ACTIVE,
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    strength="must",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("4.1.1",),
        cwe=(436,),
        standards=("RFC 9110 §12.4.1, §12.5.1, §15.5.7",),
    ),
)
