"""Replies that are private by proof are looked at: refused to strangers, setting a cookie, or holding a token."""

from __future__ import annotations

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts.seen.headers import cache_control
from ostiary.parts.seen.secrets import issued_token

SAMPLED = 8  # operations asked for


def fault_of(answer: Answer) -> str:
    """Why a private reply may be stored, or an empty string."""
    found = cache_control(answer)
    if "no-store" in found:
        return ""
    if "public" in found or "s-maxage" in found:
        return "shared caches may store it"
    if "private" in found:
        return "private still lets browsers store it"
    return "no-cache still lets caches store it" if "no-cache" in found else "no Cache-Control: no-store"


async def audit_live(http: Http) -> Finding:
    """Judge replies that are private by proof: anonymous callers are refused them, they set cookies, or hold tokens."""
    private = await _private(http)
    faults = [(answer, fault, why) for answer, why in private if (fault := fault_of(answer))]
    if faults:
        answer, fault, why = faults[0]
        evidence: list[Evidence] = [http.show(each, text) for each, text, _ in faults[:5]]
        count = f"{len(faults)} of {len(private)} private replies"
        return failed(f"{fault}: {answer.asked.method} {answer.asked.target}, {why} ({count})", *evidence)
    if private:
        return passed(f"no-store on {len(private)} private replies", http.show(private[0][0], private[0][1]))
    public = http.operations and not any(operation.security for operation in http.operations)
    if public and http.api is not None and not http.api.security_schemes:
        return not_applicable("the document declares no credentials, and no reply sets a cookie or holds a token")
    if not http.identities:
        return unknown("no credentials were given, so no private reply could be looked at")
    return unknown("no reply was seen that anonymous callers are refused")


async def _private(http: Http) -> list[tuple[Answer, str]]:
    good = [answer for answer in await http.samples() if answer.status < 400]  # noqa: PLR2004
    found = [(answer, "which sets a cookie") for answer in good if answer.head("set-cookie")]
    readers = [each for each in http.operations if each.method == "GET" and each.security != ()]
    signers = [each for each in http.operations if each.method == "POST" and _issues(each)]
    for operation in readers[:SAMPLED] if http.identities else ():
        try:
            answer = await http.baseline(operation)
            refused = (await http.send_to(operation, identity="")).status in {401, 403, 404}
        except Unanswerable:
            continue
        if refused:
            found.append((answer, "which is refused without credentials"))
    for operation in signers[:4]:
        try:
            answer = await http.baseline(operation)
        except Unanswerable:
            continue
        if answer.head("set-cookie") or issued_token(answer):
            found.append((answer, "which hands out a session or token"))
    return found


def _issues(operation: Operation) -> bool:
    words = f"{operation.path} {operation.id}".lower()
    return any(word in words for word in ("login", "signin", "sign-in", "sign_in", "token", "session", "auth"))
