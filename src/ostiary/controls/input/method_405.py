"""A method the resource does not support gets 405 and an exact Allow list.

Why
    Loose method handling exposes hidden handlers and lets an attacker dodge access rules by changing the verb.
    TRACE can reflect headers and credentials.

Fix
    Register each route with explicit methods and remove ``methods=['*']``, ``any()`` and catch-all routes. For any
    other method answer 405 with the exact list, for example ``Allow: GET, HEAD, OPTIONS``; in Express add
    ``.all()`` after the real handlers to do so. Turn TRACE off with ``TraceEnable off`` in Apache. Answer 501 to
    unknown methods.

Traps
    - FastAPI 0.165 / Starlette 1.10 was seen returning `allow: GET` although POST existed, and 405 to HEAD: status
      is right, header is wrong: report as low.
    - 401 or 404 before routing may hide the method check: test authenticated and on a real object.
    - CORS preflight OPTIONS answers are not undeclared methods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    Operation,
    Probe,
    Reply,
    Severity,
    Site,
    failed,
    passed,
    unknown,
)
from ostiary.strict import Strict

REFLECTING = frozenset({"TRACE", "TRACK", "CONNECT"})  # they echo credentials or open tunnels; no API needs them
RECOGNISED = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "QUERY"}) | REFLECTING


class Settings(Strict, frozen=True):
    """Nothing to set: the document says it all."""


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Answer OPTIONS, refuse what the path does not have, and correct the Allow of the application's own 405."""
    if not operation.known_path:
        return Hooks(head=_refuse_reflecting)
    methods = frozenset(operation.methods if not operation.declared else operation.methods | {operation.method})
    allowed = methods - REFLECTING | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
    return _hooks(allowed, declared=operation.declared and operation.method not in REFLECTING)


@cache
def _hooks(allowed: frozenset[str], *, declared: bool) -> Hooks:
    allow = ", ".join(sorted(allowed))

    def reply(exchange: Exchange) -> None:
        if exchange.status == 405:  # noqa: PLR2004 - RFC 9110 section 15.5.6
            true = allow if exchange.method not in allowed else ", ".join(sorted(allowed - {exchange.method}))
            kept = [pair for pair in exchange.reply_headers if pair[0] != b"allow"]
            exchange.reply_headers = [*kept, (b"allow", true.encode("ascii"))]

    return Hooks(head=None if declared else _answer_undeclared(allow), reply=reply, pure=True)


def _answer_undeclared(allow: str) -> Callable[[Exchange], Reply | None]:
    def head(exchange: Exchange) -> Reply | None:
        if exchange.method == "OPTIONS":
            return Reply(status=204, headers=[(b"allow", allow.encode("ascii"))])
        if exchange.method not in RECOGNISED:
            raise Denied(501, "this method is not known here")  # RFC 9110 section 15.6.2
        raise Denied(405, "this resource does not have that method", {"allow": allow})

    return head


def _refuse_reflecting(exchange: Exchange) -> None:
    if exchange.method in REFLECTING:
        raise Denied(501, "this method is not known here")  # a 405 would owe an Allow that nobody knows


MARKER = "ostiary-trace-7b1"
UNDECLARED = ("PATCH", "PUT", "POST")  # never DELETE: where it is wired after all, it would delete
MOST_PATHS = 12
MOST_TRACED = 3


async def audit_live(http: Http) -> Finding:
    """Send each path a method that it does not declare, and a few paths TRACE and an invented token."""
    if http.api is None:
        return unknown("without a document there is no telling which methods a path has")
    declared: dict[str, set[str]] = {}
    for operation in http.api.operations:
        declared.setdefault(operation.path, set()).add(operation.method)
    reached = {
        operation.path: _reached(operation.path, http.target_of(operation), declared) for operation in http.operations
    }
    faults: list[tuple[Severity, Evidence]] = []
    right: list[Answer] = []
    for operation, method in _questions(http, reached):
        try:
            answer = await http.send(method, http.target_of(operation), headers=[("x-ostiary", MARKER)])
        except Unanswerable:
            continue
        severity, what = _fault_of(answer, method, declared[operation.path], reached[operation.path])
        if answer.status == 404 and method in UNDECLARED and await _exists(http, operation):  # noqa: PLR2004 - RFC 9110
            severity, what = Severity.LOW, f"{method} is answered 404 on a resource that exists"
        if what:
            faults.append((severity, http.show(answer, what)))
        elif answer.status in {405, 501}:
            right.append(answer)
    if faults:
        faults.sort(key=lambda each: -each[0].rank)
        shown = [each for _, each in faults[:5]]
        return failed(f"{shown[0].what} ({len(faults)} such answers)", *shown, severity=faults[0][0])
    if not right:
        return unknown("no undeclared method was answered 405: refused before the method was looked at")
    return passed(f"{len(right)} undeclared methods were refused with a true Allow", http.show(right[0], "the refusal"))


def _reached(path: str, target: str, declared: dict[str, set[str]]) -> set[str]:
    """Methods of every path that a request fits: where ``/users/{name}`` has DELETE, so has ``/users/login``."""
    segments = target.partition("?")[0].split("/")[-path.count("/") :]  # what is before is the server's own path
    found = set(declared[path])
    for other, methods in declared.items():
        parts = other.split("/")[1:]
        if len(parts) == len(segments) and all(
            "{" in part or part == at for part, at in zip(parts, segments, strict=True)
        ):
            found |= methods
    return found


def _questions(http: Http, declared: dict[str, set[str]]) -> Iterator[tuple[Operation, str]]:
    paths = {each.path: each for each in reversed(http.operations)}
    for at, operation in enumerate(list(paths.values())[:MOST_PATHS]):
        methods = declared.get(operation.path, set())
        undeclared = next((each for each in UNDECLARED if each not in methods), "")
        if undeclared:
            yield operation, undeclared
        if at < MOST_TRACED:
            yield from ((operation, each) for each in ("TRACE", "OSTIARY") if each not in methods)


async def _exists(http: Http, operation: Operation) -> bool:
    try:
        await http.baseline(operation)
    except Unanswerable:
        return False
    return True


def _fault_of(answer: Answer, method: str, declared: set[str], reached: set[str]) -> tuple[Severity, str]:
    if method == "TRACE" and MARKER in answer.text and answer.accepted:
        return Severity.MEDIUM, "TRACE echoes the request with its headers"
    if answer.accepted:
        return Severity.MEDIUM, f"{method} is not declared and was answered {answer.status}"
    if answer.status >= 500 and answer.status != 501:  # noqa: PLR2004 - 501 is the right answer to an unknown method
        return Severity.MEDIUM, f"{method} is not declared and ended in a {answer.status}"
    if answer.status != 405:  # noqa: PLR2004 - RFC 9110 section 15.5.6
        return Severity.INFO, ""
    values = answer.all("allow")
    if not values:
        return Severity.LOW, "405 without the Allow that RFC 9110 section 15.5.6 demands"
    named = {each.strip() for value in values for each in value.split(",") if each.strip()}
    missing = declared - named
    extra = named - reached - {"HEAD", "OPTIONS"}
    if missing:
        return Severity.LOW, f"Allow leaves out {', '.join(sorted(missing))}"
    return (Severity.LOW, f"Allow names {', '.join(sorted(extra))}, not declared") if extra else (Severity.INFO, "")


control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live},
    strength="must",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("4.1.4", "13.4.4"),
        cwe=(749,),
        standards=("RFC 9110 §15.5.6, §10.2.1, §9.1, §15.6.2",),
    ),
)
