"""A body must parse strictly as the type and charset it claims, or it is rejected.

Why
    Mislabelled or ambiguous content is checked by one parser and used by another. An attacker smuggles scripts,
    entities or files past the checks this way.

Fix
    Parse once, strictly, with the parser for the declared type: UTF-8 only, no duplicate keys, no ``NaN``, no
    trailing data (Jackson: ``STRICT_DUPLICATE_DETECTION`` and ``FAIL_ON_TRAILING_TOKENS``). Answer 400 on any
    mismatch. Check the magic bytes of each uploaded part with ``libmagic`` or Apache Tika and refuse types not on
    the list. Drop lenient parsers such as ``json5``, and pass on the parsed data instead of the raw bytes.

Traps
    - Duplicate JSON keys are legal-ish under RFC 8259: refusing is policy, so grade low.
    - BOM-prefixed UTF-8 is common in CSV.
    - Image re-encoders may accept slightly malformed files on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ostiary.errors import Denied, Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import (
    Control,
    Evidence,
    Exchange,
    Finding,
    Hooks,
    Kind,
    Maps,
    Media,
    Operation,
    Probe,
    Severity,
    Site,
    failed,
    passed,
    unknown,
)
from ostiary.parts import baselines, media_types
from ostiary.parts import body as bodies
from ostiary.parts.seen.doors import granted
from ostiary.parts.seen.inputs import renamed
from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """``duplicates``: let JSON objects name a member twice; the last one counts, and only it is passed on."""

    duplicates: bool = False


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Parse every body that has a parser, strictly; parts of forms by their own type and by what the document asks."""
    if not operation.consumes and operation.method in {"GET", "HEAD"}:
        return None
    multipart = operation.consumes.get(bodies.MULTIPART)
    if not operation.consumes or multipart is not None:
        return _hooks(duplicates=settings.duplicates, wanted=_wanted(multipart))
    return _hooks(duplicates=settings.duplicates, wanted=())


def _wanted(multipart: Media | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The types that the document's `encoding` asks of a part."""
    encoding: Mapping[str, object] = multipart.encoding if multipart is not None else {}
    found = []
    for name, each in encoding.items():
        text = each.get("contentType") if isinstance(each, Mapping) else None
        if isinstance(text, str):
            found.append((name, tuple(piece.partition(";")[0].strip().lower() for piece in text.split(","))))
    return tuple(found)


@cache
def _hooks(*, duplicates: bool, wanted: tuple[tuple[str, tuple[str, ...]], ...]) -> Hooks:
    types = dict(wanted)

    def body(exchange: Exchange) -> None:
        if not exchange.body:
            return
        found = bodies.document(exchange)
        media = exchange.media_type or bodies.media_type(exchange)
        if bodies.is_json(media):
            if not duplicates and bodies.loses_members(exchange):
                raise Denied(400, "the JSON body names a member twice")
        elif media == bodies.MULTIPART:
            for part in found:
                _check(part, types.get(part.name))

    return Hooks(head=_head, body=body, pure=True)


def _head(exchange: Exchange) -> None:
    """One type, and one that every reader reads as the same: everything that looks into bodies goes by it."""
    found: bytes | None = None
    for name, value in exchange.headers:
        if name == b"content-type":
            if found is not None:
                raise Denied(400, "a body has one Content-Type")
            found = value
    if found and media_types.parse(found.decode("latin-1")) is None:
        raise Denied(400, "the Content-Type is malformed")


def _check(part: bodies.Part, wanted: tuple[str, ...] | None) -> None:
    if wanted is not None and not any(media_types.covers(each, part.media_type or "text/plain") for each in wanted):
        raise Denied(415, "a part of the form is not of the type this operation takes")
    media = part.media_type
    if media_types.is_json(media) or media_types.is_xml(media) or media_types.is_yaml(media):
        bodies.parse_as(media, part.content)
    elif part.content and not media_types.signature_fits(media, part.content):
        raise Denied(400, "a part of the form is not of the type it claims")


MOST_OPERATIONS = 3


async def audit_live(http: Http) -> Finding:
    """Send what is not JSON as JSON: other formats, garbage behind it, another charset, a member twice."""
    taking = [each for each in http.operations if baselines.json_first(http, each) is not None]
    if not taking:
        return baselines.no_json_body(http)
    found = await baselines.accepted(http, taking, most=MOST_OPERATIONS)
    faults: list[tuple[Severity, Evidence]] = []
    refused: list[Answer] = []
    for operation, _ in found:
        valid = baselines.json_first(http, operation) or b""
        for severity, what, data in _mismatches(valid):
            try:
                answer = await http.send_to(operation, body=data)
                broken = answer.status >= 500 and await _breaks(http, operation, valid, data)  # noqa: PLR2004
            except Unanswerable:
                continue
            if granted(answer):
                faults.append((severity, http.show(answer, f"{what} is taken for JSON")))
            elif broken:
                faults.append((Severity.MEDIUM, http.show(answer, f"{what} ends in a {answer.status}")))
            elif answer.status in {400, 415, 422}:
                refused.append(answer)
    if faults:
        faults.sort(key=lambda each: -each[0].rank)
        worst, first = faults[0]
        return failed(f"{first.what} ({len(faults)} such answers)", *(one for _, one in faults[:5]), severity=worst)
    if not refused:
        return unknown("no valid request with a JSON body was answered 2xx, so a refusal would prove nothing")
    what = f"{len(refused)} bodies that are not what they claim were refused"
    return passed(what, http.show(refused[0], "a refusal"))


async def _breaks(http: Http, operation: Operation, valid: bytes, data: bytes) -> bool:
    """Whether it is this body that breaks the server, again: one that is busy, or wants another name each time, fails on
    anything, and now and then.
    """
    if (await http.send_to(operation, body=renamed(valid, "cv-"), fresh=True)).status >= 500:  # noqa: PLR2004
        return False
    return (await http.send_to(operation, body=data, fresh=True)).status >= 500  # noqa: PLR2004


def _mismatches(valid: bytes) -> list[tuple[Severity, str, bytes]]:
    text = valid.strip()
    found = [
        (Severity.MEDIUM, "XML", b"<ostiary/>"),
        (Severity.MEDIUM, "form data", b"ostiary=1&probe=2"),
        (Severity.MEDIUM, "JSON with garbage behind it", renamed(text, "cg-") + b" ostiary"),
        (Severity.LOW, "UTF-16", renamed(text, "cu-").decode("utf-8", "replace").encode("utf-16")),
    ]
    text = renamed(text, "ct-")  # another name each time: some are taken once
    member, colon, _ = text[1:].partition(b":")
    if text.startswith(b"{") and colon and member.strip().startswith(b'"'):
        twice = b"{" + member + b":null," + text[1:]  # first wins or last wins: two readers may differ
        found.append((Severity.LOW, "a member given twice", twice))
    return found


control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live},
    strength="should",
    attest=(
        "Which component parses request bodies, and with which parser, in each service (attach the list of parsers)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("1.5.3", "5.2.2", "1.1.1", "2.2.1"),
        cwe=(436, 434),
        standards=("RFC 8259 §4, §8.1", "RFC 7493", "RFC 7578"),
    ),
)
