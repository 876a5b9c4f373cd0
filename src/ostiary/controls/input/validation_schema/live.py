"""Values that the document forbids are sent: each has to be refused, and none may upset the server."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from ostiary.controls.input.validation_schema.declared import Said, broken_texts, broken_values, json_media, said_by
from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, Place, Severity, failed, not_applicable, passed, unknown
from ostiary.parts import baselines
from ostiary.parts.seen.doors import granted

PER_OPERATION: Final = 2
_REFUSALS: Final = frozenset({400, 404, 405, 406, 409, 411, 413, 414, 415, 422})  # 401, 403 and 429 are about others


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One malformed request: what is wrong, how bad it is when it is taken, what changes."""

    kind: str
    what: str
    severity: Severity
    change: dict[str, Any] = field(default_factory=dict)


async def audit_live(http: Http) -> Finding:
    """Break one declared rule per request, two requests per operation, another rule each time."""
    if http.api is None or http.api.inferred:
        return unknown("without a document nobody can say which values are valid")
    taking = [each for each in http.operations if each.parameters or each.consumes]
    if not taking:
        return not_applicable("no operation that may be asked takes parameters or a body")
    found = await baselines.accepted(http, [each for each in taking if any(_cases(http, each))])
    if not found:
        return unknown("no valid request was answered 2xx, so a refusal would prove nothing")
    used: Counter[str] = Counter()
    faults: list[tuple[Severity, Evidence]] = []
    refused: list[Answer] = []
    for operation, _ in found:
        cases = sorted(_cases(http, operation), key=lambda case: (used[case.kind], -case.severity.rank))
        for case in cases[:PER_OPERATION]:
            used[case.kind] += 1
            fault = await _try(http, operation, case, refused)
            if fault is not None:
                faults.append(fault)
    if faults:
        faults.sort(key=lambda each: -each[0].rank)
        shown = [each for _, each in faults[:5]]
        return failed(f"{shown[0].what} ({len(faults)} such answers)", *shown, severity=faults[0][0])
    if not refused:
        return unknown("the malformed requests were answered by something other than validation")
    return passed(
        f"{len(refused)} malformed requests were refused", *(http.show(each, "refused") for each in refused[:2])
    )


async def _try(http: Http, operation: Operation, case: Case, refused: list[Answer]) -> tuple[Severity, Evidence] | None:
    try:
        answer = await http.send_to(operation, **case.change)
    except Unanswerable:
        return None
    if granted(answer):
        return case.severity, http.show(answer, f"{case.what} is accepted")
    if answer.status >= 500:  # noqa: PLR2004 - a server error; is it ours, or is the server ill?
        try:
            again = await http.send_to(operation, fresh=True)
        except Unanswerable:
            return None
        if again.status < 500:  # noqa: PLR2004 - as above
            return Severity.HIGH, http.show(answer, f"{case.what} ends in a {answer.status}")
    elif answer.status in _REFUSALS:
        refused.append(answer)
    return None


def _cases(http: Http, operation: Operation) -> Iterator[Case]:
    yield from _of_parameters(http, operation)
    yield from _of_body(http, operation)


def _of_parameters(http: Http, operation: Operation) -> Iterator[Case]:
    target = http.target_of(operation)
    for parameter in operation.parameters:
        name = parameter.name
        for what, value in broken_texts(parameter):
            kind = f"{parameter.place} {what}"
            if parameter.place is Place.QUERY:
                change: dict[str, Any] = {"target": _with_query(target, name, value)}
            elif parameter.place is Place.PATH:
                path = _with_segment(target, operation.path, name, value)
                if path is None:
                    continue
                change = {"target": path}
            elif parameter.place is Place.HEADER:
                change = {"headers": [(name, value)]}
            else:
                continue  # a cookie among others belongs to whoever set it
            yield Case(kind=kind, what=f"{what} ({parameter.place} {name})", severity=Severity.MEDIUM, change=change)
        values = _values_of(target, name)
        kind = said_by(parameter.schema).kind
        if parameter.place is Place.QUERY and len(values) == 1 and kind in {"integer", "number", "boolean", "string"}:
            twice = f"{target}&{quote(name)}={values[0]}"
            yield Case(
                kind="repeated", what=f"a repeated parameter ({name})", severity=Severity.LOW, change={"target": twice}
            )


def _of_body(http: Http, operation: Operation) -> Iterator[Case]:
    valid = baselines.json_first(http, operation)
    media = json_media(operation)
    if valid is None or media is None:
        return
    try:
        document = json.loads(valid)
    except ValueError:
        return
    whole = said_by(media.schema)
    if whole.kind != "object" or not isinstance(document, dict):
        return
    for kind, what, changed in _changes(whole, document):
        change = {"body": json.dumps(changed).encode()}
        partial = kind == "missing" and operation.method in {"PUT", "PATCH"}  # the rest stays as it was
        severity = Severity.LOW if partial else Severity.HIGH
        yield Case(kind=f"body {kind}", what=f"{what} (body)", severity=severity, change=change)


def _changes(whole: Said, document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    required = [name for name in whole.node.get("required", ()) if name in document]
    for name in document:
        found = whole.inside(name)
        for what, value in broken_values(found):
            yield what, f"{what} at /{name}", {**document, name: value}
        if found.kind and not found.nullable and name in required:
            yield "null", f"null for a required {found.kind} at /{name}", {**document, name: None}
    for name in required[:1]:
        without = {key: value for key, value in document.items() if key != name}
        yield "missing", f"a missing required property at /{name}", without
    if whole.node.get("additionalProperties") is False:
        yield "extra", "a property beside additionalProperties: false", {**document, "ostiary-extra": 1}


def _values_of(target: str, name: str) -> list[str]:
    pairs = [piece.partition("=") for piece in target.partition("?")[2].split("&") if piece]
    return [value for key, _, value in pairs if key == quote(name, safe="")]


def _with_query(target: str, name: str, value: str) -> str:
    path, _, query = target.partition("?")
    kept = [piece for piece in query.split("&") if piece and piece.partition("=")[0] != quote(name, safe="")]
    pair = quote(name, safe="") + "=" + quote(value, safe="")
    return f"{path}?{'&'.join([*kept, pair])}"


def _with_segment(target: str, template: str, name: str, value: str) -> str | None:
    path, mark, query = target.partition("?")
    parts, names = path.split("/"), template.split("/")
    if len(parts) != len(names) or f"{{{name}}}" not in names:
        return None
    parts[names.index(f"{{{name}}}")] = quote(value, safe="")
    return "/".join(parts) + mark + query
