"""Mistakes that every client makes are sent, and no answer may show the program's inside."""

from __future__ import annotations

from typing import NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, Severity, failed, passed, unknown
from ostiary.parts.seen.traces import console_at, trace_in

CONSOLES = (
    "/console", "/actuator", "/actuator/env", "/_profiler/", "/debug/pprof/", "/phpinfo.php", "/server-status", "/metrics",
    "/elmah.axd", "/trace.axd", "/telescope/requests", "/rails/info/properties", "/h2-console/", "/__debug__/",
)  # fmt: skip
SAMPLED = 5  # operations per kind of mistake
LONG = "9" * 400  # an identifier that overflows whatever holds identifiers
BROKEN = b'{"a": [1, }'


class _Mistake(NamedTuple):
    operation: Operation | None
    method: str
    target: str
    body: bytes = b""


async def audit_live(http: Http) -> Finding:
    """Provoke handled errors, read typical replies, and knock at the usual consoles."""
    found: list[Evidence] = []
    worst = Severity.INFO
    answers: list[Answer] = list(await http.samples())
    for mistake in _mistakes(http):
        try:
            answers.append(await _make(http, mistake))
        except Unanswerable:
            continue
    for answer in answers:
        sign = trace_in(answer)
        if sign:
            found.append(http.show(answer, f"a {answer.status} shows {sign}"))
            worst = Severity.HIGH
    knocked = 0
    for path in CONSOLES:
        try:
            answer = await http.send("GET", path, identity="")
        except Unanswerable:
            continue
        knocked += 1
        console = console_at(path, answer)
        if console:
            found.append(http.show(answer, f"{path} is {console}"))
            rank = Severity.MEDIUM if path in {"/metrics", "/server-status"} else Severity.HIGH
            worst = max(worst, rank, key=lambda severity: severity.rank)
    if found:
        what = f"{found[0].what} ({len(found)} in all)" if len(found) > 1 else found[0].what
        return failed(what, *found[:5], severity=Severity.INFO if http.development else worst)
    errors = sum(answer.status >= 400 for answer in answers)  # noqa: PLR2004
    if not errors:
        return unknown("no error could be provoked to look at")
    return passed(f"{errors} errors without a trace, {knocked} consoles shut")


def _mistakes(http: Http) -> list[_Mistake]:
    """Requests that a client could send by mistake: unknown path, wrong identifiers, broken and odd bodies."""
    made = [_Mistake(None, "GET", "/no-such-thing-here")]
    named = [each for each in http.operations if each.method == "GET" and "{" in each.path][:SAMPLED]
    for operation in named:
        for value in ("not-an-id'%22", LONG):
            made.append(_Mistake(operation, "GET", _with(operation.path, value)))  # noqa: PERF401 - two loops read better
    for operation in [each for each in http.operations if _takes_json(each)][:SAMPLED]:
        target = http.target_of(operation)
        made.append(_Mistake(operation, operation.method, target, BROKEN))
        made.append(_Mistake(operation, operation.method, target, b'["unexpected", {"a": null}]'))
    asking = [each for each in http.operations if each.method == "GET" and "{" not in each.path][:SAMPLED]
    for operation in asking:
        names = [each.name for each in operation.parameters if each.place.value == "query"][:4]
        query = "&".join(f"{name}=%27%22%5B" for name in names)
        if query:
            made.append(_Mistake(operation, "GET", f"{operation.path}?{query}"))
    return made


async def _make(http: Http, mistake: _Mistake) -> Answer:
    if mistake.operation is None:
        return await http.send(mistake.method, mistake.target)
    if mistake.body:
        headers = [("content-type", "application/json")]
        return await http.send_to(mistake.operation, target=mistake.target, body=mistake.body, headers=headers)
    return await http.send_to(mistake.operation, target=mistake.target)


def _takes_json(operation: Operation) -> bool:
    return any("json" in media for media in operation.consumes) and operation.method in {"POST", "PUT", "PATCH"}


def _with(path: str, value: str) -> str:
    """The path with every name replaced by this value."""
    parts = [value if "{" in part else part for part in path.split("/")]
    return "/".join(parts)
