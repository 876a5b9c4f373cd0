"""Replies that are private by proof are looked at: refused to strangers, setting a cookie, or holding a token."""

from __future__ import annotations

from typing import NamedTuple

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import Evidence, Finding, Operation, failed, not_applicable, passed, unknown
from ostiary.parts.seen.headers import cache_control
from ostiary.parts.seen.secrets import issued_token

SAMPLED = 8  # operations asked for


class _Private(NamedTuple):
    """A reply that is for one caller alone, how that is known, and what was asked."""

    answer: Answer
    why: str
    place: str


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
    faults = [(each, fault) for each in private if (fault := fault_of(each.answer))]
    if faults:
        first, fault = faults[0]
        evidence: list[Evidence] = [http.show(each.answer, text) for each, text in faults[:5]]
        count = f"{len(faults)} of {len(private)} private replies"
        return failed(f"{fault}: {first.place}, {first.why} ({count})", *evidence)
    if private:
        return passed(f"no-store on {len(private)} private replies", http.show(private[0].answer, private[0].why))
    public = http.operations and not any(operation.security for operation in http.operations)
    if public and http.api is not None and not http.api.security_schemes:
        return not_applicable("the document declares no credentials, and no reply sets a cookie or holds a token")
    if not http.identities:
        return unknown("no credentials were given, so no private reply could be looked at")
    return unknown("no reply was seen that anonymous callers are refused")


async def _private(http: Http) -> list[_Private]:
    good = [answer for answer in await http.samples() if answer.status < 400]  # noqa: PLR2004
    found = [
        _Private(each, "which sets a cookie", f"{each.asked.method} {each.asked.target}")
        for each in good
        if each.head("set-cookie")
    ]
    readers = [each for each in http.operations if each.method == "GET" and each.security != ()]
    signers = [each for each in http.operations if each.method == "POST" and _issues(each)]
    for operation in readers[:SAMPLED] if http.identities else ():
        try:
            answer = await http.baseline(operation)
            refused = (await http.send_to(operation, identity="")).status in {401, 403, 404}
        except Unanswerable:
            continue
        if refused:
            found.append(_Private(answer, "which is refused without credentials", operation.key))
    for operation in signers[:4]:
        try:
            answer = await http.baseline(operation)
        except Unanswerable:
            continue
        if answer.head("set-cookie") or issued_token(answer):
            found.append(_Private(answer, "which hands out a session or token", operation.key))
    return found


def _issues(operation: Operation) -> bool:
    words = f"{operation.path} {operation.id}".lower()
    return any(word in words for word in ("login", "signin", "sign-in", "sign_in", "token", "session", "auth"))
