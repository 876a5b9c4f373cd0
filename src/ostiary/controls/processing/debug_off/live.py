"""Mistakes that every client makes are sent, and no answer may show the program's inside."""

from __future__ import annotations

from typing import NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Finding, Operation, Severity, failed, passed, unknown
from ostiary.parts.seen.bodies import NOT_JSON, parse
from ostiary.parts.seen.doors import granted
from ostiary.parts.seen.traces import console_at, trace_in
from ostiary.parts.seen.workshop import debugging

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


class _Sign(NamedTuple):
    answer: Answer
    what: str
    place: str
    severity: Severity


async def audit_live(http: Http) -> Finding:
    """Provoke handled errors, read typical replies, knock at the usual consoles, and at what the document calls debugging."""
    answers: list[Answer] = list(await http.samples())
    for mistake in _mistakes(http):
        try:
            answers.append(await _make(http, mistake))
        except Unanswerable:
            continue
    signs = [
        _Sign(each, f"a {each.status} shows {sign}", _place(http, each), Severity.HIGH)
        for each in answers
        if (sign := trace_in(each))
    ]
    consoles, knocked = await _consoles(http)
    signs += [*await _declared(http), *consoles]
    if signs:
        return _found(http, signs)
    errors = sum(answer.status >= 400 for answer in answers)  # noqa: PLR2004
    if not errors:
        return unknown("no error could be provoked to look at")
    return passed(f"{errors} errors without a trace, {knocked} consoles shut")


def _found(http: Http, signs: list[_Sign]) -> Finding:
    """One switch is behind all of them: one finding."""
    kinds: dict[str, _Sign] = {}
    for each in signs:
        kinds.setdefault(each.what, each)
    signs.sort(key=lambda each: -each.severity.rank)
    what = f"{signs[0].what} ({len(signs)} in all)" if len(signs) > 1 else signs[0].what
    return failed(
        what,
        *[http.show(each.answer, each.what) for each in list(kinds.values())[:4]],
        severity=Severity.INFO if http.development else signs[0].severity,
        places=tuple(dict.fromkeys(each.place for each in signs)),
    )


async def _consoles(http: Http) -> tuple[list[_Sign], int]:
    """What answered at the usual places, and how many gave an answer."""
    found, knocked = [], 0
    for path in CONSOLES:
        try:
            answer = await http.send("GET", path, identity="")
        except Unanswerable:
            continue
        knocked += 1
        console = console_at(path, answer)
        if console:
            rank = Severity.MEDIUM if path in {"/metrics", "/server-status"} else Severity.HIGH
            found.append(_Sign(answer, f"{path} is {console}", f"GET {path}", rank))
    return found, knocked


async def _declared(http: Http) -> list[_Sign]:
    """Reads that are for debugging by their own path, and answer somebody with something."""
    found = []
    for operation in [each for each in http.operations if each.method == "GET" and debugging(each)][:SAMPLED]:
        for identity, who, rank in (("", "nobody", Severity.HIGH), (http.owner, "an ordinary user", Severity.MEDIUM)):
            if not identity and who != "nobody":
                continue
            try:
                answer = await http.send_to(operation, identity=identity)
            except Unanswerable:
                continue
            if granted(answer) and parse(answer.body) not in (NOT_JSON, None, [], {}):
                found.append(_Sign(answer, f"{operation.key} is for debugging and answers {who}", operation.key, rank))
                break
    return found


def _place(http: Http, answer: Answer) -> str:
    """The operation that an answer is of, where one fits its target."""
    segments = answer.asked.target.partition("?")[0].split("/")
    for each in http.operations:
        parts = each.path.split("/")
        if (
            len(parts) == len(segments)
            and each.method == answer.asked.method
            and all("{" in part or part == at for part, at in zip(parts, segments, strict=True))
        ):
            return each.key
    return f"{answer.asked.method} {answer.asked.target.partition('?')[0][:80]}"


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
