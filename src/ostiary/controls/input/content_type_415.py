"""A request body is accepted only in a media type the operation declares.

Why
    Unexpected XML, YAML, form or multipart parsers widen the attack surface. A text/plain body also skips the
    browser's cross-origin preflight check.

Fix
    Compare ``Content-Type`` with the declared types before parsing and answer 415 otherwise, also when it is
    missing. Use ``consumes`` in Spring, ``[Consumes]`` in ASP.NET Core, only ``JSONParser`` in DRF
    ``DEFAULT_PARSER_CLASSES``, or a check with ``req.is('application/json')`` in Express. Remove ``force=True``
    from Flask ``get_json``. Replace ``*/*`` in OpenAPI ``requestBody`` with exact types.

Traps
    - FastAPI 0.165 answered 422, Flask 3.1 answered 415: refusal is what counts, exact status is a separate low
      finding.
    - An empty body needs no Content-Type.
    - charset and boundary parameters, +json suffixes and letter case must not cause refusal.
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
from ostiary.parts import baselines, media_types
from ostiary.parts import body as bodies
from ostiary.parts.seen.doors import granted
from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """``undeclared``: what a body gets where the document declares none: ``refuse`` or ``pass``."""

    undeclared: Literal["refuse", "pass"] = "refuse"


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse a body whose type is missing, malformed, given twice or not declared."""
    if site.api is None or not operation.declared or not (operation.pointer or operation.consumes):
        return None  # no document, or one of `also`: nothing says what it takes
    if not operation.consumes and (settings.undeclared == "pass" or operation.method in {"GET", "HEAD"}):
        return None  # what a body means to a GET is the question of input.method-semantics
    if "*/*" in operation.consumes:
        return None
    return _hooks(tuple(sorted(_bare(each) for each in operation.consumes)))


def _bare(media: str) -> str:
    return media.partition(";")[0].strip().lower()


class _Declared:
    """The types of one operation, and the hooks that hold a request against them."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._exact = frozenset(each.encode("latin-1") for each in names)
        self._accept = {"accept": ", ".join(names)}

    def _check(self, types: list[bytes]) -> None:
        if len(types) != 1:
            raise Denied(415, "a body needs one Content-Type", self._accept)
        if types[0] in self._exact:
            return
        media = media_types.parse(types[0].decode("latin-1"))
        if media is None or not any(media_types.covers(each, media.name) for each in self._names):
            raise Denied(415, "this media type is not accepted here", self._accept)

    def head(self, exchange: Exchange) -> None:
        length = exchange.head(b"content-length")
        if length is None:
            if exchange.head(b"transfer-encoding") is not None and exchange.head(b"content-type") is not None:
                self._check(exchange.all(b"content-type"))
        elif length != b"0":
            self._check(exchange.all(b"content-type"))

    def body(self, exchange: Exchange) -> None:
        if exchange.body:  # HTTP/2 frames bodies without a header, and a chunked one may turn out to be empty
            self._check(exchange.all(b"content-type"))


@cache
def _hooks(names: tuple[str, ...]) -> Hooks:
    if not names:
        return Hooks(head=_refuse_framed, body=_refuse_content, pure=True)
    declared = _Declared(names)
    return Hooks(head=declared.head, body=declared.body, pure=True)


def _refuse_framed(exchange: Exchange) -> None:
    """Where no body is declared: an empty JSON document says nothing, and libraries send one; it may pass."""
    length = exchange.head(b"content-length")
    if length == b"0" or (length is None and exchange.head(b"transfer-encoding") is None):
        return
    if not bodies.may_be_blank(exchange) and (length is not None or exchange.head(b"content-type") is not None):
        raise Denied(415, "this operation takes no body")


def _refuse_content(exchange: Exchange) -> None:
    if exchange.body and not bodies.is_blank(exchange):
        raise Denied(415, "this operation takes no body")


LABELS = ("text/plain", "", "application/xml")
REFUSALS = {400, 406, 415, 422}
MOST_OPERATIONS = 6


async def audit_spec(spec: Spec) -> Finding:
    """Every request body must list explicit types."""
    taking = [each for each in spec.api.operations if each.consumes]
    if not taking:
        return not_applicable("no operation declares a request body")
    loose = [each for each in taking if any("*" in media for media in each.consumes)]
    if loose:
        shown = [spec.at(each.pointer, f"{each.key} takes {', '.join(each.consumes)}") for each in loose[:5]]
        return failed(f"{len(loose)} operations declare a body of any type", *shown)
    return passed(f"{len(taking)} request bodies have explicit media types")


async def audit_live(http: Http) -> Finding:
    """Send a valid JSON body under other labels: none of them may be processed."""
    taking = [each for each in http.operations if baselines.json_first(http, each) is not None]
    if not taking:
        return baselines.no_json_body(http)
    found = await baselines.accepted(http, taking, most=MOST_OPERATIONS)
    faults: list[Evidence] = []
    refused: list[Answer] = []
    for at, (operation, usual) in enumerate(found):
        for label in LABELS[: 3 if at == 0 else 2]:
            if label in operation.consumes:
                continue
            answer = await _labelled(http, operation, label)
            if answer is not None and answer.status in REFUSALS:
                refused.append(answer)
            elif answer is not None and granted(answer):
                faults.append(
                    http.show(answer, f"JSON labelled {label or 'as nothing'} is processed as usual ({usual.status})")
                )
    if faults:
        return failed(f"{faults[0].what} ({len(faults)} such answers)", *faults[:5])
    if not refused:
        return unknown("no valid request with a JSON body was answered 2xx, so a refusal would prove nothing")
    others = sorted({answer.status for answer in refused} - {415})
    note = f"; {', '.join(map(str, others))} where 415 says it best" if others else ""
    return passed(f"{len(refused)} mislabelled bodies were refused{note}", http.show(refused[0], "a refusal"))


async def _labelled(http: Http, operation: Operation, label: str) -> Answer | None:
    try:
        if label:
            return await http.send_to(operation, headers=[("content-type", label)])
        return await http.send_to(operation, drop=["content-type"])
    except Unanswerable:
        return None


control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    strength="must",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("3.5.2", "4.1.1", "2.2.1"),
        cwe=(436, 352),
        standards=("RFC 9110 §8.3, §15.5.16", "RFC 8259", "RFC 7578"),
    ),
)
