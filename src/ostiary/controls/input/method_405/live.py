"""Each path is asked with a method that it does not declare, and a few with TRACE and an invented token."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, Severity, failed, passed, unknown
from ostiary.parts.openapi.introspection import EXTENSION
from ostiary.parts.seen.bodies import NOT_JSON, parse
from ostiary.parts.seen.doors import granted
from ostiary.parts.seen.headers import methods_of
from ostiary.parts.seen.nowhere import NOWHERE, alike
from ostiary.parts.seen.personal import details_in
from ostiary.parts.seen.secrets import leaks

MARKER = "ostiary-trace-7b1"
UNDECLARED = ("PATCH", "PUT", "POST")  # never DELETE: where it is wired after all, it would delete
MOST_PATHS = 12  # 2 requests more for each whose Allow names a GET that is not declared
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
    faults: list[tuple[Severity, Evidence, str]] = []
    right: list[Answer] = []
    for operation, method in _questions(http, reached):
        try:
            answer = await http.send(method, http.target_of(operation), headers=[("x-ostiary", MARKER)])
        except Unanswerable:
            continue
        severity, what = await _judged(http, operation, answer, declared[operation.path], reached[operation.path])
        if what:
            faults.append((severity, http.show(answer, what), f"{method} {operation.path}"))
        elif answer.status in {405, 501}:
            right.append(answer)
    if faults:
        return _found(faults)
    if not right:
        return unknown("no undeclared method was answered 405: refused before the method was looked at")
    return passed(f"{len(right)} undeclared methods were refused with a true Allow", http.show(right[0], "the refusal"))


async def _judged(
    http: Http, operation: Operation, answer: Answer, declared: AbstractSet[str], reached: AbstractSet[str]
) -> tuple[Severity, str]:
    method = answer.asked.method
    if (
        http.api is not None and http.api.inferred
    ) or EXTENSION in operation.extensions:  # GraphQL's was asked, not read
        return _fault_anyhow(answer, method)
    if answer.status == 404 and method in UNDECLARED and await _exists(http, operation):  # noqa: PLR2004 - RFC 9110
        return Severity.LOW, f"{method} is answered 404 on a resource that exists"
    found = _fault_of(answer, method, declared, reached)
    named = found[1].startswith("Allow names") and "GET" in found[1]
    return (named and await _read_anyhow(http, operation)) or found


async def _read_anyhow(http: Http, operation: Operation) -> tuple[Severity, str] | None:
    """Where GET is there and not declared, what it gives to nobody: a list that was forgotten weighs more than a page."""
    try:
        answer = await http.send("GET", http.target_of(operation).partition("?")[0], identity="")
        nowhere = await http.send("GET", f"/{NOWHERE}", identity="")
    except Unanswerable:
        return None
    document = parse(answer.body)
    data = document is not NOT_JSON and isinstance(document, (dict, list)) and bool(document)
    if not granted(answer) or not data or alike(answer, nowhere):
        return None
    private = bool(leaks(document) or details_in(document))
    return (Severity.HIGH if private else Severity.MEDIUM), "GET is not declared and gives data to nobody" + (
        ", private ones" if private else ""
    )


def _found(faults: list[tuple[Severity, Evidence, str]]) -> Finding:
    faults.sort(key=lambda each: -each[0].rank)
    kinds: dict[str, Evidence] = {}
    for _, evidence, place in faults:
        kinds.setdefault(evidence.what.replace(place.partition(" ")[0], "", 1), evidence)
    shown = list(kinds.values())[:4]
    return failed(
        f"{faults[0][1].what} ({len(faults)} such answers)",
        *shown,
        severity=faults[0][0],
        proof="each path was asked with a method that the document does not give it",
        places=tuple(dict.fromkeys(place for _, _, place in faults)),
    )


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


def _fault_anyhow(answer: Answer, method: str) -> tuple[Severity, str]:
    """What is wrong whatever the path has: an inferred document does not say that it has no more."""
    if method == "OSTIARY" and answer.accepted:
        return Severity.MEDIUM, f"{method}, which is no method, was answered {answer.status}"
    if method in UNDECLARED and (answer.accepted or answer.status >= 500):  # noqa: PLR2004 - it may well exist
        return Severity.INFO, ""
    return _fault_of(answer, method, set(), methods_of(answer) if answer.status == 405 else set())  # noqa: PLR2004


def _fault_of(
    answer: Answer, method: str, declared: AbstractSet[str], reached: AbstractSet[str]
) -> tuple[Severity, str]:
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
