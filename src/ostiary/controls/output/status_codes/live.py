"""Situations that every API meets are made, and each has to be answered with the class of status defined for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Operation, Severity, failed, passed, unknown
from ostiary.parts.seen.bodies import is_json_type, parse, says_error
from ostiary.parts.seen.headers import methods_of

SAMPLED = 5  # operations per situation
_NOISE = {502, 503, 504}  # of the way there, not of the API
_ENOUGH = 3  # situations, before a pass means anything


class _Seen(NamedTuple):
    situation: str
    answer: Answer
    fault: str = ""
    severity: Severity = Severity.MEDIUM


async def audit_live(http: Http) -> Finding:
    """Valid, anonymous, malformed and misdirected requests: a failure must not read as success, nor a mistake as a crash."""
    seen: list[_Seen] = [_Seen(_situation(each), each, *_header_fault(each)) for each in await http.samples()]
    operations = [each for each in http.operations if "graphql" not in each.path.lower()]  # it has a mapping of its own
    for operation in [each for each in operations if each.method == "GET"][:SAMPLED]:
        seen += await _try(http, "a valid request", operation)
    for operation in [each for each in operations if each.security and each.method == "GET"][:SAMPLED]:
        seen += await _try(http, "a request without credentials", operation, identity="")
    for operation in [each for each in operations if each.method == "GET" and "{" in each.path][:SAMPLED]:
        wrong = "/".join("not-an-id" if "{" in part else part for part in operation.path.split("/"))
        seen += await _try(http, "an identifier of the wrong form", operation, target=wrong)
        missing = "/".join(_absent(operation, part) if "{" in part else part for part in operation.path.split("/"))
        seen += await _try(http, "an object that is not there", operation, target=missing)
    writers = [each for each in operations if each.method in {"POST", "PUT", "PATCH"}]
    for operation in [each for each in writers if any("json" in media for media in each.consumes)][:SAMPLED]:
        headers = [("content-type", "application/json")]
        seen += await _try(http, "a malformed body", operation, body=b'{"a": [1, }', headers=headers)
    seen += await _misdirected(http, operations)
    faults = [each for each in seen if each.fault]
    if faults:
        worst = max(faults, key=lambda each: each.severity.rank)
        kinds: dict[str, _Seen] = {}
        for each in sorted(faults, key=lambda each: -each.severity.rank):
            kinds.setdefault(each.fault.partition("(")[0], each)
        more = f" ({len(faults)} such replies)" if faults[1:] else ""
        return failed(
            f"{_place(http, worst.answer)}, {worst.situation}: {worst.fault}{more}",
            *[http.show(each.answer, each.fault) for each in list(kinds.values())[:4]],
            severity=worst.severity,
            places=tuple(dict.fromkeys(_place(http, each.answer) for each in faults)),
        )
    situations = {(each.situation, each.answer.status // 100) for each in seen if each.answer.status not in _NOISE}
    if len(situations) < _ENOUGH:
        return unknown(f"only {len(situations)} kinds of situation could be produced")
    return passed(f"{len(seen)} replies in {len(situations)} kinds of situation have the status they should")


def _place(http: Http, answer: Answer) -> str:
    """The operation that was asked, where one fits the target."""
    segments = answer.asked.target.partition("?")[0].split("/")
    for each in http.operations:
        parts = each.path.split("/")
        same = len(parts) == len(segments) and all(
            "{" in part or part == at for part, at in zip(parts, segments, strict=True)
        )
        if same and each.method == answer.asked.method:
            return each.key
    return f"{answer.asked.method} {answer.asked.target.partition('?')[0][:80]}"


def _situation(answer: Answer) -> str:
    return {404: "an address that is not there", 405: "an undeclared method"}.get(answer.status, "a typical request")


async def _try(http: Http, situation: str, operation: Operation, **changes: object) -> list[_Seen]:
    try:
        answer = await http.send_to(operation, **changes)
        if answer.status in _NOISE:
            answer = await http.send_to(operation, fresh=True, **changes)
    except Unanswerable:
        return []
    mistaken = situation != "a valid request"
    return [_Seen(situation, answer, *(_status_fault(answer, mistaken=mistaken) or _header_fault(answer)))]


def _absent(operation: Operation, part: str) -> str:
    """A well-formed identifier that nobody has been given."""
    name = part.strip("{}")
    schema = next((each.schema for each in operation.parameters if each.name == name and each.schema), None)
    fragment = schema.fragment if schema is not None and isinstance(schema.fragment, Mapping) else {}
    if fragment.get("type") in {"integer", "number"}:
        return "2147483000"
    return "6f1c9d52-2f7e-4b0a-9c35-0d8a4be1f7c3"


async def _misdirected(http: Http, operations: list[Operation]) -> list[_Seen]:
    """A path that is not there, and a harmless method that no API declares."""
    found = []
    targets = [("GET", "/no-such-thing-here", "an unknown path")]
    targets += [("PROPFIND", http.target_of(each), "a method that is not there") for each in operations[:1]]
    for method, target, situation in targets:
        try:
            answer = await http.send(method, target)
        except Unanswerable:
            continue
        found.append(_Seen(situation, answer, *(_status_fault(answer, mistaken=True) or _header_fault(answer))))
    return found


def _status_fault(answer: Answer, *, mistaken: bool) -> tuple[str, Severity] | None:
    if answer.accepted and is_json_type(answer.media_type):
        why = says_error(parse(answer.body))
        if why:
            return f"a {answer.status} whose body says it failed ({why})", Severity.MEDIUM
    if mistaken and answer.status >= 500 and answer.status != 501 and answer.status not in _NOISE:  # noqa: PLR2004
        return f"a client's mistake is answered {answer.status}", Severity.MEDIUM
    return None


def _header_fault(answer: Answer) -> tuple[str, Severity]:
    if answer.status == 401 and not answer.head("www-authenticate"):  # noqa: PLR2004
        return "a 401 without WWW-Authenticate", Severity.LOW
    if answer.status == 405 and answer.head("allow") is None:  # noqa: PLR2004 - an empty one is allowed
        return "a 405 without Allow", Severity.LOW
    if answer.status == 405 and answer.asked.method in methods_of(answer):  # noqa: PLR2004
        return f"a 405 that allows {answer.asked.method}", Severity.LOW
    return "", Severity.LOW
