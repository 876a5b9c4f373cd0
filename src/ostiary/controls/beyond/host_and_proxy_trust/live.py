"""A name nobody configured is refused, and what a stranger forges shows nowhere."""

from __future__ import annotations

from collections.abc import Sequence

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, Severity, failed, passed, unknown

CANARY = "forged-host.example"  # RFC 2606: never anybody's
FORGERIES = (
    (("X-Forwarded-Host", CANARY), ("X-Forwarded-Server", CANARY), ("X-Host", CANARY)),
    (("Forwarded", f"for=127.0.0.1;host={CANARY};proto=https"),),
    (("X-Original-URL", f"/{CANARY}"), ("X-Rewrite-URL", f"/{CANARY}")),
    (("X-User-Id", "1"), ("X-Remote-User", "admin"), ("X-Authenticated-User", "admin"), ("X-Forwarded-User", "admin")),
)
_CLOSED = frozenset({401, 403})
_LOOKED_AT = 6  # reads, among which one that answers is chosen: what a valid request gets is mostly known


async def audit_live(http: Http) -> Finding:
    """Ask one operation under another name, twice named, and with forged forwarding and user headers."""
    operation = await _answering(http)
    plain = await _ask(http, operation)
    if plain.status >= 500:  # noqa: PLR2004 - RFC 9110 section 15.6
        return unknown(f"the plain request answered {plain.status}: there is nothing to compare with")
    strange = await _ask(http, operation, (("Host", CANARY),))
    if _mirrors(strange):
        return failed("a forged Host comes back in the reply", http.show(strange, f"sent Host: {CANARY}"))
    redirect = await _redirect(http)
    if redirect is not None:
        why = "a forged Host decides where a redirect leads"  # browsers write Host: a cache alone is led astray
        return failed(why, http.show(redirect, f"sent Host: {CANARY}"), severity=Severity.MEDIUM)
    finding = await _forge(http, operation, plain)
    if finding is not None:
        return finding
    if strange.status == plain.status and strange.status < 400:  # noqa: PLR2004 - RFC 9110 section 15.5
        why = "an unknown Host is served like the real one"
        return failed(why, http.show(strange, f"sent Host: {CANARY}"), severity=Severity.MEDIUM)
    if strange.status == plain.status:
        return unknown(f"every answer was {plain.status}: nothing tells an unknown Host from a known one")
    twice = await _twice(http, operation)
    if twice is not None:
        return failed("two Host headers are accepted", twice, severity=Severity.MEDIUM)
    return passed(
        f"an unknown Host gets {strange.status}, forged headers change nothing", http.show(strange, "refused")
    )


async def _answering(http: Http) -> Operation | None:
    """A read that answers a valid request, as refusals tell nothing; else the first read."""
    reads = [each for each in http.operations if each.method == "GET"]
    for each in reads[:_LOOKED_AT]:
        try:
            if (await http.send_to(each)).accepted:
                return each
        except Unanswerable:
            continue
    return next(iter(reads), None)


async def _ask(http: Http, operation: Operation | None, headers: Sequence[tuple[str, str]] = ()) -> Answer:
    if operation is None:
        return await http.send("GET", "/", headers=headers)
    return await http.send_to(operation, headers=headers)


def _mirrors(answer: Answer) -> bool:
    """Whether the forged name is in a header or in the body, as (part of) an address; a refusal may name it."""
    if any(
        CANARY in value for name, value in answer.headers if name != "host"
    ):  # PHP's own server says it back; nobody reads it
        return True
    return answer.status < 400 and f"//{CANARY}" in answer.text  # noqa: PLR2004 - RFC 9110 section 15.5


async def _redirect(http: Http) -> Answer | None:
    """Frameworks redirect to add or remove a slash, to an address they build from Host."""
    paths = [http.target_of(each).partition("?")[0] for each in http.operations if each.method == "GET"]
    for path in [each for each in paths if each != "/"][:2]:
        other = path.rstrip("/") if path.endswith("/") else f"{path}/"
        answer = await http.send("GET", other, headers=(("Host", CANARY),))
        if 300 <= answer.status < 400 and _mirrors(answer):  # noqa: PLR2004 - RFC 9110 section 15.4
            return answer
    return None


async def _forge(http: Http, operation: Operation | None, plain: Answer) -> Finding | None:
    for headers in FORGERIES:
        answer = await _ask(http, operation, headers)
        names = ", ".join(name for name, _ in headers)
        if _mirrors(answer):
            return failed(f"a forged header comes back in the reply ({names})", http.show(answer, names))
        rerouted = headers[0][0] == "X-Original-URL" and plain.accepted and answer.status == 404  # noqa: PLR2004 - not found
        if rerouted and (await _ask(http, operation)).accepted:
            return failed("X-Original-URL or X-Rewrite-URL decides which path is served", http.show(answer, names))
        if headers[0][0] == "X-User-Id":
            finding = await _impersonate(http, headers)
            if finding is not None:
                return finding
    return None


async def _impersonate(http: Http, headers: Sequence[tuple[str, str]]) -> Finding | None:
    """An operation that is closed to nobody in particular must stay closed to one who says who he is."""
    for operation in [each for each in http.operations if each.method == "GET"][:6]:
        try:
            closed = await http.send_to(operation, identity="")
            if closed.status not in _CLOSED:
                continue
            opened = await http.send_to(operation, headers=headers, identity="")
        except Unanswerable:
            continue
        if opened.accepted:
            what = f"{closed.status} became {opened.status} with a made-up user header"
            return failed(what, http.show(opened, what), severity=Severity.CRITICAL)
        return None
    return None


async def _twice(http: Http, operation: Operation | None) -> Evidence | None:
    target = http.target_of(operation) if operation else "/"
    host = http.base.partition("://")[2]
    lines = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nHost: {CANARY}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    try:
        reply = await http.raw(lines.encode())
    except Unanswerable:
        return None
    if reply[:7] == b"HTTP/1." and reply[9:10] == b"2":
        return Evidence(what="two Host headers", where=f"GET {target}", reply=reply[:200].decode("latin-1"))
    return None
