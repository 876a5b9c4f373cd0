"""Tokens of 15 and 64 KiB are presented where a token is asked for, and the one given is measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import (
    Confidence,
    Evidence,
    Finding,
    Operation,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)
from ostiary.parts.seen import tokens as seen
from ostiary.parts.seen.doors import RUBBISH

_LONGEST = 4096  # characters of a token that is fine
_PADDED = (15 * 1024, 64 * 1024)  # bytes: below what servers let through as a whole by default, and above
_CHEAP = frozenset({400, 413, 414, 431, 494})  # 494 is nginx's own
_ASKS = frozenset({401, 403})
_ROUNDS = 3  # of a short and a long token in turn, where a long one is refused like any other
_SLOWER = 5.0  # times; the cost of a signature over 64 KiB, not of receiving it
_NOTICED = 0.02  # seconds


async def audit_live(http: Http) -> Finding:
    """Present tokens of 15 and 64 KiB where a token is asked for, and measure the one given; at most 12 requests."""
    operation = await _asking(http)
    if operation is None:
        return not_applicable("no operation that was tried asks for a token")
    own = await http.send_to(operation)
    given = next((token for _, value in own.asked.headers if (token := seen.find(value)) is not None), None)
    if given is not None and len(given.raw) > _LONGEST:
        return failed(
            f"the token given has {len(given.raw):,} characters",
            http.show(own, "sent with every request"),
            facts={"characters": len(given.raw)},
        )
    if given is None and not _bears(http, own, await http.send_to(operation, identity="")):
        return not_applicable("nothing says that callers are known by bearer tokens here")
    refused: list[Evidence] = []
    judged: dict[int, Evidence] = {}
    for size in _PADDED:
        answer = await _padded(http, operation, size)
        if answer is None:
            if not await _alive(http, operation):
                return failed(
                    f"after a token of {size // 1024} KiB nothing was answered any more", places=(operation.key,)
                )
            continue
        what = f"a token of {size // 1024} KiB"
        if answer.accepted or answer.status >= 500:  # noqa: PLR2004 - server errors
            return await _broken(http, operation, answer, size)
        shown = _shown(http, answer, f"{what}: {answer.status}", size)
        if answer.status in _CHEAP:
            refused.append(shown)
        else:
            judged[size] = shown
    if not judged:
        return passed("tokens of 15 and 64 KiB are refused for their size", *refused)
    return await _cost(http, operation, max(judged), list(judged.values()))


def _bears(http: Http, own: Answer, nobody: Answer) -> bool:
    """Whether tokens are borne in a header field: sent so, asked for so (RFC 6750 section 3), or declared so."""
    sent = next((value for name, value in own.asked.headers if name.lower() == "authorization"), "")
    asked_for = ", ".join(nobody.all("www-authenticate"))
    declared = http.api.security_schemes.values() if http.api is not None else ()
    return (
        any(_is_for_tokens(each) for each in declared)
        or "bearer" in asked_for.lower()
        or sent.lower().startswith(("bearer ", "token ", "dpop "))
    )


def _is_for_tokens(scheme: Mapping[str, Any]) -> bool:
    kind, name = str(scheme.get("type", "")).lower(), str(scheme.get("name", "")).lower()
    return (
        kind in {"oauth2", "openidconnect"}
        or (kind == "http" and str(scheme.get("scheme", "")).lower() == "bearer")
        or (kind == "apikey" and name == "authorization")  # how OpenAPI 2.0 writes it
    )


async def _broken(http: Http, operation: Operation, answer: Answer, size: int) -> Finding:
    """What a long token broke, or opened."""
    what = f"a token of {size // 1024} KiB"
    short = await _padded(http, operation, 512)
    if answer.status >= 500 and (short is None or short.status >= 500):  # noqa: PLR2004 - server errors
        return unknown("a short token of nobody's ends in a server error as well: its size has no part in that")
    if answer.accepted and await _opens_to_rubbish(http, operation):
        return unknown(f"{operation.key} opens to any token (processing.all-endpoints-authenticated)")
    return failed(
        f"{what} of nobody's opens {operation.key}" if answer.accepted else f"{what} is too much: {answer.status}",
        _shown(http, answer, what, size),
        places=(operation.key,),
        facts={"accepted": size},
        proof=_proof(operation, size),
    )


async def _opens_to_rubbish(http: Http, operation: Operation) -> bool:
    rubbish = [("Authorization", f"Bearer {RUBBISH}")]
    return (await http.send_to(operation, identity="", headers=rubbish)).accepted


def _proof(operation: Operation, size: int) -> str:
    return f"{operation.key} answers 401 or 403 to nobody, and something else to a token of {size} bytes"


async def _cost(http: Http, operation: Operation, largest: int, judged: list[Evidence]) -> Finding:
    """A refusal as of any other token may be cheap all the same: it is the time that tells."""
    short: list[float] = []
    long: list[float] = []
    what = f"a token of {largest // 1024} KiB"
    for _ in range(_ROUNDS):
        for size, times in ((512, short), (largest, long)):
            answer = await _padded(http, operation, size)
            if answer is None:
                return unknown(f"{what} is judged like any other, and what that costs could not be measured")
            times.append(answer.seconds)
    quick, slow = min(short), min(long)
    facts = {"accepted": largest}
    if slow > quick * _SLOWER and slow - quick > _NOTICED:
        why = f"{what} is read to its end before it is refused, in {slow / quick:.0f} times the time of a short one"
        return failed(why, *judged, places=(operation.key,), facts=facts)
    return failed(
        f"{what} is judged like any other, though as fast: nothing on the way limits it",
        *judged,
        places=(operation.key,),
        facts=facts,
        severity=Severity.INFO,
        confidence=Confidence.TENTATIVE,
    )


def _shown(http: Http, answer: Answer, what: str, size: int) -> Evidence:
    """Without the token itself, which would be all of the report."""
    seen_as = http.show(answer, what)
    token = f"$(head -c {size} /dev/zero | tr '\\0' x)"
    curl = f'curl -sSi -H "Authorization: Bearer {token}" {http.base}{answer.asked.target}'
    return Evidence(what=what, where=seen_as.where, reply=seen_as.reply, curl=curl)


async def _asking(http: Http) -> Operation | None:
    reads = [each for each in http.operations if each.method == "GET" and each.declared]
    reads.sort(key=lambda each: (not each.security, "{" in each.path))
    for each in reads[:6]:
        try:
            if (await http.send_to(each, identity="")).status in _ASKS:
                return each
        except Unanswerable:
            continue
    return None


async def _padded(http: Http, operation: Operation, size: int) -> Answer | None:
    short = seen.made({"alg": "HS256", "typ": "JWT"}, {"sub": "ostiary"}, b"ostiary")
    text = seen.made(
        {"alg": "HS256", "typ": "JWT"}, {"sub": "ostiary", "pad": "x" * ((size - len(short)) * 3 // 4)}, b"o"
    )
    try:
        return await http.send_to(operation, identity="", headers=[("Authorization", f"Bearer {text}")], fresh=True)
    except Unanswerable:
        return None


async def _alive(http: Http, operation: Operation) -> bool:
    try:
        return (await http.send_to(operation, identity="", fresh=True)).status in _ASKS
    except Unanswerable:
        return False
