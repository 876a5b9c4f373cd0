"""Operations are walked as each identity, and a marked password is submitted in vain to see whether it comes back."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, Severity, failed, passed, unknown
from ostiary.parts.seen.bodies import NOT_JSON, is_json_type, parse
from ostiary.parts.seen.fields import declares, written_back
from ostiary.parts.seen.secrets import issues, leaks

SAMPLED = 12  # operations read
ECHOED = 5  # operations written to in vain
MARKER = "Zq7-marked-secret-Xv3"


class _Fault(NamedTuple):
    what: str
    severity: Severity
    evidence: Evidence


async def audit_live(http: Http) -> Finding:
    """Look for secrets, write-only and undeclared fields in replies, and for echoes of what was submitted."""
    faults: list[_Fault] = []
    read = 0
    operations = sorted(http.operations, key=lambda each: (each.method != "GET", "{" in each.path))
    readable = [each for each in operations if each.method in {"GET", "POST"}]
    for operation in readable[:SAMPLED]:
        for identity in http.identities[:2] or ("",) if operation.method == "GET" else (None,):
            try:
                answer = await http.send_to(operation, identity=identity)
            except Unanswerable:
                continue
            read += answer.accepted
            faults += judge(answer, operation, http)
    known = {(each.method, http.target_of(each)): each for each in http.operations}
    for answer in await http.samples():
        read += answer.accepted
        faults += judge(answer, known.get((answer.asked.method, answer.asked.target)), http)
    echoed, tried = await _echoes(http)
    faults += echoed
    if faults:
        worst = max(faults, key=lambda fault: fault.severity.rank)
        shown = [each.evidence for each in sorted(faults, key=lambda each: -each.severity.rank)[:5]]
        return failed(worst.what, *shown, severity=worst.severity)
    if not read:
        return unknown("no successful reply was seen")
    mistakes = f"; {tried} errors do not repeat what was submitted" if tried else ""
    return passed(f"{read} replies hold no secret and no field they must not{mistakes}")


def judge(answer: Answer, operation: Operation | None, http: Http) -> list[_Fault]:
    """What one reply gives away."""
    document = parse(answer.body) if is_json_type(answer.media_type) else NOT_JSON
    if document is NOT_JSON or _is_description(document):
        return []
    target = operation.path if operation else answer.asked.target
    issuing = issues(answer.asked.method, target, operation.id if operation else "")
    found = []
    for leak in leaks(document, issuing=issuing):
        if leak.kind == "token" and operation and declares(operation, answer.status, leak.pointer):
            continue  # the caller's own, on purpose: "who am I" renews it
        what = f"{answer.asked.method} {target}: {leak.what} ({leak.pointer})"
        severity = Severity.HIGH if leak.kind in {"password", "shape"} else Severity.MEDIUM
        found.append(_Fault(what, severity, http.show(answer, what)))
    for pointer, why in written_back(document, operation, answer.status) if operation else ():
        what = f"{answer.asked.method} {target}: {pointer} is {why}"
        found.append(_Fault(what, Severity.MEDIUM, http.show(answer, what)))
    return found


def _is_description(document: Any) -> bool:
    """An API's own description shows names and examples, not secrets."""
    return isinstance(document, dict) and "paths" in document and bool({"openapi", "swagger"} & document.keys())


async def _echoes(http: Http) -> tuple[list[_Fault], int]:
    faults = []
    tried = 0
    writers = [each for each in http.operations if each.method in {"POST", "PUT", "PATCH"}]
    for operation in [each for each in writers if any("json" in media for media in each.consumes)][:ECHOED]:
        body = wrong_body(http.body_of(operation))
        try:
            answer = await http.send_to(operation, body=body, headers=[("content-type", "application/json")])
        except Unanswerable:
            continue
        if answer.status < 400:  # noqa: PLR2004
            continue
        tried += 1
        if MARKER in answer.text:
            what = f"{operation.key}: a {answer.status} repeats the submitted password"
            faults.append(_Fault(what, Severity.HIGH, http.show(answer, what)))
    return faults, tried


def wrong_body(made: tuple[str, bytes] | None) -> bytes:
    """A body that no schema accepts, with marked passwords in it: half of a valid one, the rest of odd types."""
    valid = parse(made[1]) if made else {}
    wrong: dict[str, Any] = {}
    if isinstance(valid, dict):
        for at, (name, value) in enumerate(sorted(valid.items())):
            if isinstance(value, str) and any(word in name.lower() for word in ("pass", "pwd", "secret")):
                wrong[name] = MARKER
            elif at % 2:
                wrong[name] = {"unexpected": True}
    wrong.setdefault("password", MARKER)
    return json.dumps(wrong).encode()
