"""Each HTTP method does what its definition says, and reading never changes data.

Why
    State changes behind GET are triggered by prefetchers, crawlers, caches, image tags and links on other sites.
    They also slip past controls that go by method.

Fix
    Move every change off GET and HEAD: POST to create, PUT or PATCH to update, DELETE to remove. Rename routes such
    as ``GET /users/5/delete`` to ``DELETE /users/5``. Ignore ``X-HTTP-Method-Override`` and ``_method``. Run GET
    handlers on a read-only database connection so that an accidental write fails, and document any exception such
    as search over POST.

Traps
    - Search or calculation via POST is normal when input is large or private.
    - Access logs and last-seen timestamps written by a GET are incidental, not a violation.
    - Seed A omits PATCH, seed B includes it: accept both PUT and PATCH.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

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
    passed,
    unknown,
)
from ostiary.parts import body as bodies
from ostiary.strict import Strict

OVERRIDES = frozenset({b"x-http-method-override", b"x-http-method", b"x-method-override"})
_FIELD = "_method"
_BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"})


class Settings(Strict, frozen=True):
    """``overrides``: let requests name another method in a header or ``_method`` after all."""

    overrides: bool = False


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse overrides of the method, and bodies where the document declares none for GET, HEAD and DELETE."""
    bodiless = operation.method in _BODILESS and not operation.consumes and site.api is not None
    head = None
    if bodiless and not settings.overrides:
        head = _refuse_both
    elif bodiless:
        head = _refuse_bodies
    elif not settings.overrides:
        head = _refuse_overrides
    forms = not settings.overrides and (not operation.consumes or bodies.FORM in operation.consumes)
    return Hooks(head=head, body=_refuse_field if forms and operation.method not in _BODILESS else None)


def _refuse_overrides(exchange: Exchange) -> None:
    for name, _ in exchange.headers:
        if name in OVERRIDES:
            raise Denied(400, "a header may not replace the request's method")
    query = exchange.query
    if query and (b"method" in query.lower() or b"%" in query):
        for piece in query.split(b"&"):
            name = unquote_to_bytes(piece.partition(b"=")[0]).lower()
            if name == b"_method" or name in OVERRIDES:
                raise Denied(400, "a parameter may not replace the request's method")


def _refuse_bodies(exchange: Exchange) -> None:
    for name, value in exchange.headers:
        if name == b"transfer-encoding" or (name == b"content-length" and value != b"0"):
            raise Denied(400, "this operation takes no body")


def _refuse_both(exchange: Exchange) -> None:
    _refuse_overrides(exchange)
    _refuse_bodies(exchange)


def _refuse_field(exchange: Exchange) -> None:
    if exchange.body and bodies.media_type(exchange) == bodies.FORM and b"method" in exchange.body.lower():
        for name, _ in bodies.document(exchange):
            if name.lower() == _FIELD:
                raise Denied(400, "a form field may not replace the request's method")


_WRITING = {"create", "update", "delete", "remove", "send", "reset", "insert", "set", "add", "revoke", "disable"}
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
MOST_READS = 30


async def audit_spec(spec: Spec) -> Finding:
    """Look for reads that say they write, and for bodies where the method gives them no meaning."""
    faults: list[Evidence] = []
    mild: list[Evidence] = []
    for operation in spec.api.operations:
        words = [word.lower() for word in _WORDS.findall(operation.id)]
        last = operation.path.rstrip("/").rpartition("/")[2].lower()
        if operation.method in {"GET", "HEAD"}:
            if (words and words[0] in _WRITING) or last in _WRITING:
                faults.append(spec.at(operation.pointer, f"{operation.key} reads by its method and writes by its name"))
            if operation.consumes:
                faults.append(spec.at(operation.pointer, f"{operation.key} declares a request body"))
        elif operation.method == "DELETE" and operation.consumes:
            mild.append(spec.at(operation.pointer, f"{operation.key} declares a request body"))
    if faults or mild:
        severity = None if faults else Severity.LOW
        every = faults + mild
        return failed(f"{len(every)} operations use a method against its meaning", *every[:5], severity=severity)
    if not spec.api.operations:
        return unknown("the document declares no operation")
    return passed(f"no contradiction between method and name in {len(spec.api.operations)} operations")


async def audit_live(http: Http) -> Finding:
    """See whether an override turns one method into another, and whether reading changes what is listed."""
    if not http.intrusive:
        return unknown("needs --intrusive: reading everything twice is a write where this control is broken")
    reads = [each for each in http.operations if each.method == "GET"][:MOST_READS]
    stable = await _listed(http, [each for each in reads if "{" not in each.path])
    overridden = await _overridden(http, reads)
    if overridden is not None:
        return failed(
            "a header replaces the request's method", http.show(overridden, "a POST that was answered as a GET")
        )
    for operation in reads:
        try:
            await http.send_to(operation, fresh=True)
        except Unanswerable:
            continue
    for operation, before in stable:
        after = await http.send_to(operation, fresh=True)
        if after.accepted and after.body != before.body:
            return failed(
                f"reading changed what {operation.key} lists", http.show(before, "before"), http.show(after, "after")
            )
    if not stable:
        return unknown("no list answered the same twice, so a change could not be told from noise")
    return passed(f"{len(reads)} reads left {len(stable)} lists as they were, and no override was obeyed")


async def _listed(http: Http, lists: Sequence[Operation]) -> list[tuple[Operation, Answer]]:
    found = []
    for operation in lists[:6]:
        try:
            first, second = await http.baseline(operation), await http.send_to(operation, fresh=True)
        except Unanswerable:
            continue
        if second.accepted and first.body == second.body:
            found.append((operation, second))
    return found


async def _overridden(http: Http, reads: Sequence[Operation]) -> Answer | None:
    """A POST where none is declared, named GET by a header: harmless whether it is obeyed or not."""
    for operation in [each for each in reads if "POST" not in each.methods][:3]:
        try:
            target = (await http.baseline(operation)).asked.target
            plain = await http.send("POST", target)
            named = await http.send("POST", target, headers=[("X-HTTP-Method-Override", "GET")])
        except Unanswerable:
            continue
        if named.accepted and not plain.accepted:
            return named
    return None


control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.INTRUSIVE,
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    strength="must",
    attest=(
        "Which operations use a method against its meaning, such as search over POST, and why (attach the list of "
        "exceptions with reasons)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("3.5.3", "4.1.4"),
        cwe=(650,),
        standards=("RFC 9110 §9.2.1, §9.3", "RFC 5789", "RFC 9205"),
    ),
)
