"""XML is parsed with document types and external entities switched off.

Why
    A crafted document makes the parser read local files, call internal hosts or leak data through error messages.

Fix
    Refuse any XML that contains a DOCTYPE, and configure every parser to match. Python: use ``defusedxml`` with
    ``forbid_dtd=True``, or ``lxml.etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)``. Java:
    set the feature ``http://apache.org/xml/features/disallow-doctype-decl`` to true; .NET:
    ``DtdProcessing.Prohibit``. Cover SVG, DOCX, XLSX, SAML and RSS readers too.

Traps
    - A 400 may come from schema validation after the entity was fetched: use the out-of-band listener to be sure.
    - Defaults changed: in our probe lxml 6.1 and CPython expat 2.5 refused external entities by default, but lxml
      with resolve_entities=True read a file. Report risky settings, not mere imports.
    - SVG, DOCX and XLSX are XML too.
"""

from __future__ import annotations

import re
from functools import cache

from ostiary.errors import Denied, Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import (
    Control,
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
from ostiary.parts import baselines, media_types
from ostiary.parts import body as bodies
from ostiary.strict import Strict

_NO_CHARACTERS = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"  # marks, padding and white space of UTF-8, UTF-16 and UTF-32


class Settings(Strict, frozen=True):
    """Nothing to set: no request needs a document type. An operation that does can switch the control off."""


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse XML with a document type, an external entity or an inclusion, in bodies and in parts of forms."""
    if operation.method in {"GET", "HEAD"} and not operation.consumes:
        return None
    return _hooks()  # where none is declared too: an application may read what its document does not name


@cache
def _hooks() -> Hooks:
    return Hooks(body=_refuse, reads=_reads)


def _reads(media: str) -> bool:
    return not media or media == bodies.MULTIPART or media_types.is_xml(media)


def _refuse(exchange: Exchange) -> None:
    if not exchange.body:
        return
    media = bodies.media_type(exchange)
    if media_types.is_xml(media):
        bodies.document(exchange)  # its parser refuses; the result is kept for whoever reads it next
    elif media == bodies.MULTIPART:
        for part in bodies.document(exchange):
            if media_types.is_xml(part.media_type) or _start(part.content)[:5] == b"<?xml":
                bodies.parse_as("application/xml", part.content)
    elif not media and _start(exchange.body)[:2] in {b"<?", b"<!"}:
        raise Denied(415, "XML needs a Content-Type that says so")


def _start(content: bytes) -> bytes:
    """The first characters behind byte order mark and white space, whatever Unicode encoding they are in."""
    return content.lstrip(_NO_CHARACTERS)[:24].replace(b"\0", b"")


ONCE = "ostiary5e1"  # what the harmless entity stands for; the doubled text is in no request
_ROOT = re.compile(rb"<([A-Za-z_][\w.:\-]*)[^<>]*?(/?)>")
REFUSALS = {400, 403, 406, 415, 422}


def with_entity(document: bytes) -> bytes | None:
    """The document with a declared entity used once in its root, or None when it has no root to put it in."""
    match = _ROOT.search(document)
    if match is None or match[2]:
        return None
    entity = b'<!DOCTYPE %s [<!ENTITY a "%s"><!ENTITY b "&a;&a;">]>' % (match[1], ONCE.encode())
    return document[: match.start()] + entity + match[0] + b"&b;" + document[match.end() :]


async def audit_live(http: Http) -> Finding:
    """Where XML is taken, declare a harmless entity and look for what it stands for in the reply."""
    if not http.intrusive:
        return unknown("needs --intrusive: a parser that obeys may do more than it was asked")
    taking = [each for each in http.operations if baselines.takes(each, "xml")]
    if not taking:
        return await _discover(http)
    refused: list[Answer] = []
    for operation, _ in await baselines.accepted(http, taking, most=4):
        made = http.body_of(operation)
        data = with_entity(made[1]) if made is not None and "xml" in made[0] else None
        if data is None:
            continue
        try:
            answer = await http.send_to(operation, body=data)
        except Unanswerable:
            continue
        if ONCE * 2 in answer.text:
            return failed("an entity is expanded into the reply", http.show(answer, "the expanded entity"))
        if answer.status in REFUSALS:
            refused.append(answer)
    if not refused:
        return unknown("no XML request was first accepted and then refused with an entity in it")
    return passed("XML is taken, and refused with a document type", http.show(refused[0], "the refusal"))


async def _discover(http: Http) -> Finding:
    """No operation declares XML: see whether one takes it all the same."""
    taking = [each for each in http.operations if baselines.json_first(http, each) is not None][:3]
    data = with_entity(b"<ostiary></ostiary>") or b""
    refused: list[Answer] = []
    for operation, _ in await baselines.accepted(http, taking, most=3):
        try:
            answer = await http.send_to(operation, body=data, headers=[("content-type", "application/xml")])
        except Unanswerable:
            continue
        if ONCE * 2 in answer.text:
            return failed("undeclared XML is parsed, and an entity expanded", http.show(answer, "the expanded entity"))
        if answer.status in REFUSALS:
            refused.append(answer)
    if refused:
        return passed(f"no operation declares XML, and {len(refused)} refuse it", http.show(refused[0], "a refusal"))
    return not_applicable("no operation declares XML") if http.api is not None else unknown("no operation to ask")


control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live},
    strength="must",
    attest=(
        "Which components read XML outside the request path, such as converters, SAML or RSS readers (attach the "
        "list with the parser settings of each)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023", "API7:2023"),
        asvs=("1.5.1", "1.5.3"),
        cwe=(611, 827),
        standards=("W3C XML 1.0", "OWASP XXE Prevention Cheat Sheet"),
    ),
)
