"""Foreign origins ask; none may be told that it is welcome, and none may write with somebody's cookie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, Severity, failed, passed, unknown

FOREIGN = "https://foreign.example"
READ = 3  # operations asked for
WRITTEN = 3
_FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})


class _Fault(NamedTuple):
    what: str
    severity: Severity
    evidence: Evidence


def origins_for(http: Http) -> list[str]:
    """Origins that no sane list holds: a stranger, null, and hosts that a careless pattern takes for this one."""
    host = http.host.strip("[]")
    if ":" in host:
        return [FOREIGN, "null"]
    return [FOREIGN, "null", f"https://{host}.foreign.example", f"https://foreign{host.replace('.', '-')}.example"]


def judge(answer: Answer, origin: str, *, private: bool) -> tuple[str, Severity] | None:
    """What a reply tells this foreign origin, if too much (Fetch, "CORS check")."""
    granted = answer.all("access-control-allow-origin")
    credentials = "true" in answer.all("access-control-allow-credentials")
    if not granted:
        return None
    if len(granted) > 1:
        return "Access-Control-Allow-Origin is sent twice, so no browser accepts it", Severity.LOW
    value = granted[0].strip()
    if value == origin and credentials:
        return f"origin {origin} may read replies with the user's cookies", Severity.HIGH
    if value == "*" and credentials:
        return "any origin, with credentials: browsers refuse it, so the list was meant otherwise", Severity.LOW
    if private and value == origin == "null":
        return "any sandboxed frame may read replies that need credentials: origin null is allowed", Severity.LOW
    if private and value in {"*", origin}:  # a page has to bring the credentials itself: no cookie is sent with it
        return "any origin may read replies that need credentials", Severity.LOW
    return None


async def audit_live(http: Http) -> Finding:
    """Send foreign origins to readable operations, in preflights, and with a cookie on writes."""
    faults: list[_Fault] = []
    asked = 0
    for at, (target, private) in enumerate(await _targets(http)):
        for origin in origins_for(http) if not at else origins_for(http)[:1]:  # one list for all, as a rule
            for method, headers in (("GET", [("origin", origin)]), ("OPTIONS", _preflight(origin))):
                try:
                    answer = await http.send(method, target, headers=headers)
                except Unanswerable:
                    continue
                asked += 1
                fault = judge(answer, origin, private=private)
                if fault:
                    faults.append(_Fault(*fault, http.show(answer, fault[0])))
    written, riders = await _foreign_writes(http)
    faults += written
    if faults:
        worst = max(faults, key=lambda fault: fault.severity.rank)
        shown = [fault.evidence for fault in sorted(faults, key=lambda fault: -fault.severity.rank)[:5]]
        return failed(worst.what, *shown, severity=worst.severity)
    if not asked:
        return unknown("the target answered no request with a foreign origin")
    if riders:
        return passed(
            f"{asked} replies let no foreign origin read what needs credentials, and {riders} writes with a cookie were refused"
        )
    if _has_cookies(http, await http.samples()):
        return unknown("no foreign origin is allowed, but sign-in is by cookie and no write with one could be tried")
    return passed(f"{asked} replies let no foreign origin read what needs credentials; nothing signs in by cookie")


def _preflight(origin: str) -> list[tuple[str, str]]:
    asks = ("access-control-request-headers", "authorization,content-type")
    return [("origin", origin), ("access-control-request-method", "PUT"), asks]


async def _targets(http: Http) -> list[tuple[str, bool]]:
    """(request target, whether anonymous callers are refused) of a few readable operations; the root without any."""
    readers = [each for each in http.operations if each.method == "GET"]
    riding = await _read_by_cookie(http, readers)
    # those that a cookie opens, protected and simple ones first
    readers.sort(key=lambda each: (each.key not in riding, not each.security, each.path.count("{")))
    found = []
    for operation in readers[:READ]:
        private = bool(operation.security) or bool(http.identities)  # a document may not say who has to sign in
        if private:
            try:
                private = (await http.send_to(operation, identity="")).status in {401, 403}
            except Unanswerable:
                continue
        found.append((http.target_of(operation), private))
    return found or [("/", False)]


async def _read_by_cookie(http: Http, readers: Sequence[Operation]) -> set[str]:
    """Which reads were answered to somebody's cookie: it is on those that a foreign page rides."""
    found = set()
    for operation in readers if http.identities else ():
        try:
            if _rides(await http.baseline(operation)):
                found.add(operation.key)
        except Unanswerable:
            continue
    return found


async def _foreign_writes(http: Http) -> tuple[list[_Fault], int]:
    """Repeat an accepted POST as a foreign page's form would send it; how many were tried with a cookie.

    With any but a form's media types a browser asks first (Fetch, "CORS-safelisted request-header"), so JSON goes out
    as text: what reads it anyway can be written to from everywhere.
    """
    faults: list[_Fault] = []
    tried = 0
    writers = [each for each in http.operations if each.method == "POST"]
    for operation in writers[:WRITTEN] if http.identities else ():
        try:
            own = await http.baseline(operation)
            if not _rides(own) or not await _needs_cookie(http, operation):
                continue
            foreign = [("origin", FOREIGN), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")]
            made = http.body_of(operation)
            if made is not None and made[0] not in _FORM_TYPES:
                foreign.append(("content-type", "text/plain"))
            answer = await http.send_to(operation, headers=foreign, fresh=True)
        except Unanswerable:
            continue
        tried += 1
        if answer.accepted:
            what = f"{operation.key} with the user's cookie is accepted from {FOREIGN}"
            faults.append(_Fault(what, Severity.HIGH, http.show(answer, what)))
    return faults, tried


def _rides(answer: Answer) -> bool:
    """Whether a browser would have attached the credentials by itself."""
    return any(name.lower() == "cookie" for name, _ in answer.asked.headers)


async def _needs_cookie(http: Http, operation: Operation) -> bool:
    return not (await http.send_to(operation, identity="")).accepted


def _has_cookies(http: Http, samples: Sequence[Answer]) -> bool:
    schemes = http.api.security_schemes.values() if http.api else ()
    declared = any(each.get("in") == "cookie" for each in schemes)
    return declared or any(answer.head("set-cookie") for answer in samples)
