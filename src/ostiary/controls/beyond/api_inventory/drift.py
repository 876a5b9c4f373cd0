"""Where the document and the API disagree: operations that are not there, replies of another form, credentials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from ostiary.errors import ConfigError, Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Media, Operation, Severity
from ostiary.parts import schema as schemas
from ostiary.parts.media_types import covers
from ostiary.parts.seen.bodies import NOT_JSON, is_json_type, parse
from ostiary.parts.seen.doors import granted, shut
from ostiary.parts.seen.headers import methods_of
from ostiary.parts.seen.nowhere import NOWHERE, alike
from ostiary.parts.seen.walls import is_wall

MOST_READ = 40  # operations compared; their requests are those that every audit makes anyway
MOST_OPTIONS = 10
SHORTEST_REPEATED = 6  # characters of a text that a reply does not contain by chance
_IMPLIED = frozenset({"HEAD", "OPTIONS", "TRACE", "CONNECT"})


class Lie(NamedTuple):
    """One disagreement, at an operation."""

    kind: str  # "missing", "methods", "schema", "media", "open", "closed"
    place: str
    what: str
    answer: Answer
    severity: Severity


async def lies(http: Http) -> list[Lie]:
    """Compare what is declared with what a valid request gets; requests are shared with other checks."""
    found: list[Lie] = []
    plain = [each for each in http.operations if each.declared and each.method in {"GET", "POST"}][:MOST_READ]
    for operation in plain:
        try:
            answer = await http.send_to(operation)
            found += await _missing(http, operation, answer)
            if answer.accepted:
                found += _reply(operation, answer)
            found += await _credentials(http, operation, answer)
        except Unanswerable:
            continue
    return found + await _methods(http) + await _base(http)


async def _base(http: Http) -> list[Lie]:
    """A path in front of all others that the document gives and the API does not have; servers elsewhere are not meant."""
    servers = [urlsplit(each) for each in (http.api.servers if http.api else ()) if "{" not in each]
    said = {each.path.rstrip("/") for each in servers if not each.netloc or each.hostname == http.host}
    named = http.api is not None and bool({"servers", "basePath"} & http.api.document.keys())
    operation = next((each for each in http.operations if each.pointer.startswith("/paths/")), None)
    if operation is None or not said or not named:
        return []
    raw = operation.pointer.split("/")[2].replace("~1", "/").replace("~0", "~")
    base = operation.path.removesuffix(raw).rstrip("/")
    if not operation.path.endswith(raw) or base in said:
        return []
    try:
        answer = await http.send_to(operation)
    except Unanswerable:
        return []
    what = f"the document says the API is under {' or '.join(sorted(said)) or '/'}, and it answers under {base or '/'}"
    return [Lie("base", operation.key, what, answer, Severity.LOW)]


async def _missing(http: Http, operation: Operation, answer: Answer) -> list[Lie]:
    """404 and 405 for what is declared, where no id could be the reason."""
    if answer.status == 501 and _is_about_a_value(answer):  # noqa: PLR2004
        return []  # the operation is there, and says that it does not do this one thing
    if answer.status in {405, 501}:
        what = f"{operation.key} is declared and answers {answer.status}"
        return [Lie("missing", operation.key, what, answer, Severity.LOW)]
    if answer.status not in {404, 410} or "{" in operation.path:
        return []
    if http.purpose(operation) == "admin":
        return []  # it may be hidden from who is no administrator
    nothing = await http.send(operation.method, f"{operation.path.rpartition('/')[0]}/{NOWHERE}")
    if not alike(answer, nothing) or _said_otherwise(answer, nothing):
        return []  # it says 404 of its own accord: nothing was found, but the operation is there
    return [Lie("missing", operation.key, f"{operation.key} is declared and is not there", answer, Severity.LOW)]


def _is_about_a_value(answer: Answer) -> bool:
    """Whether the reply repeats a text that the request's own JSON carried."""
    said = answer.body.decode("utf-8", "replace")
    pending: list[object] = [parse(answer.asked.body)]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            pending += each.values()
        elif isinstance(each, list):
            pending += each
        elif isinstance(each, str) and len(each) >= SHORTEST_REPEATED and each in said:
            return True
    return False


def _said_otherwise(answer: Answer, nothing: Answer) -> bool:
    """Whether two problem details (RFC 9457) of the same make give different reasons, whatever path each repeats."""
    reasons = []
    for each in (answer, nothing):
        document = parse(each.body) if each.media_type == "application/problem+json" else NOT_JSON
        detail = document.get("detail") if isinstance(document, dict) else None
        path = each.asked.target.partition("?")[0]
        if not isinstance(detail, str) or path.rpartition("/")[2] in detail:
            return False
        reasons.append(detail)
    return reasons[0] != reasons[1]


def _reply(operation: Operation, answer: Answer) -> list[Lie]:
    """A success that its own declaration does not describe."""
    declared = _declared(operation, answer.status)
    if not declared or answer.truncated or not answer.body:
        return []
    media = next((each for each in declared if covers(each, answer.media_type)), None) if answer.media_type else None
    if media is None:
        what = (
            f"{operation.key} answers with {answer.media_type or 'no Content-Type'}, declared is {', '.join(declared)}"
        )
        return [Lie("media", operation.key, what, answer, Severity.INFO)]
    schema = declared[media].schema
    document = parse(answer.body) if is_json_type(answer.media_type) else NOT_JSON
    if schema is None or document is NOT_JSON:
        return []
    try:
        faults = [each for each in schemas.compile(schema).faults(document) if not each[1].startswith("format")]
    except (ConfigError, ValueError):
        return []
    if not faults:
        return []
    pointer, rule = faults[0]
    what = f"the reply of {operation.key} is not what its schema says: {pointer or '/'} breaks {rule!r}"
    return [Lie("schema", operation.key, what, answer, Severity.LOW)]


def _declared(operation: Operation, status: int) -> dict[str, Media]:
    for key in (str(status), f"{status // 100}XX", "default"):
        if key in operation.replies:
            return dict(operation.replies[key])
    return {}


async def _credentials(http: Http, operation: Operation, answer: Answer) -> list[Lie]:
    """Declared closed and open to nobody with the same reply, or declared open and closed; reads alone.

    Frameworks that cannot say "optional" declare such operations closed (FastAPI's optional dependencies): a lie of the
    document, no hole. What is private and open is the business of processing.all-endpoints-authenticated.
    """
    schemes = http.api is not None and bool(http.api.security_schemes)
    if operation.method != "GET" or not schemes or operation.role or not http.identities or not granted(answer):
        return []
    nobody = await http.send_to(operation, identity="")
    closed = bool(operation.security) and all(operation.security or ())
    said = granted(nobody) and nobody.body.strip()  # nothing at all is as good as a refusal
    if closed and said and not await is_wall(http, operation, nobody):
        what = f"{operation.key} is declared to need credentials and answers without"
        return [Lie("open", operation.key, what, nobody, Severity.INFO)]
    if not operation.security and nobody.status in {401, 403} and shut(nobody):
        what = f"{operation.key} needs credentials and the document does not say so"
        return [Lie("closed", operation.key, what, nobody, Severity.INFO)]
    return []


async def _methods(http: Http) -> list[Lie]:
    """Methods that a path says it has and the document does not name."""
    found = []
    paths: dict[str, Operation] = {}
    for each in http.operations:
        if each.declared and each.method == "GET":
            paths.setdefault(each.path, each)
    for operation in list(paths.values())[:MOST_OPTIONS]:
        try:
            answer = await http.send("OPTIONS", http.target_of(operation).partition("?")[0])
        except Unanswerable:
            continue
        if not answer.accepted or not answer.head("allow") or answer.head("access-control-allow-methods"):
            continue  # what CORS layers answer is theirs
        reached = _reached(http.operations, http.api.operations if http.api else (), answer)
        more = sorted(methods_of(answer) - reached - _IMPLIED)
        if more:
            what = f"{operation.path} says that it has {', '.join(more)} besides what is declared"
            found.append(Lie("methods", operation.key, what, answer, Severity.LOW))
    return found


def _reached(operations: Sequence[Operation], every: Sequence[Operation], answer: Answer) -> set[str]:
    """Methods of all declared paths that a target fits: ``/users/{name}`` takes in ``/users/login``."""
    segments = answer.asked.target.strip("/").split("/")
    found: set[str] = set()
    for each in (*operations, *every):
        parts = each.path.strip("/").split("/")
        if len(parts) == len(segments) and all(
            part.startswith("{") or part == at for part, at in zip(parts, segments, strict=True)
        ):
            found |= {each.method, *each.methods}
    return found
