"""Tokens stay small, and oversized ones are refused before any signature check.

Why
    Bloated tokens break behind proxies with smaller header limits and cause outages. Oversized ones give an
    anonymous caller a cheap way to burn memory and CPU.

Fix
    Keep issued tokens under half of the smallest header limit on the path, about 4 KiB: move group lists and
    permission trees out of the claims. Check the length of ``Authorization`` before parsing and answer 431 above
    the cap. Align the limits, for example nginx ``large_client_header_buffers 4 8k;``, Apache
    ``LimitRequestFieldSize 8190``, Node ``--max-http-header-size=16384``.

Traps
    - Default servers may accept far more than expected: uvicorn 0.54 with h11 accepted a 70,000-byte Authorization
      value in our probe.
    - A 401 for an oversize garbage token means it was parsed; look at latency and status 431 separately.
    - Cookies have a 4096-byte browser cap: count name plus value.
"""

from __future__ import annotations

import functools

from ostiary.errors import ConfigError, Denied, Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import (
    Confidence,
    Control,
    Evidence,
    Exchange,
    Finding,
    Hooks,
    Kind,
    Maps,
    Operation,
    Probe,
    Severity,
    Site,
    failed,
    not_applicable,
    passed,
    unknown,
)
from ostiary.parts.seen import tokens as seen
from ostiary.strict import Size, Strict


class Settings(Strict, frozen=True):
    """``authorization``: the largest value of that header field; ``head``: of all header fields, names included."""

    authorization: Size = Size("4KiB")
    head: Size = Size("16KiB")


@functools.lru_cache(maxsize=16)
def _hooks(most_authorization: int, most_head: int) -> Hooks:
    if most_authorization < 256 or most_head < most_authorization:  # noqa: PLR2004 - the shortest signed token
        raise ConfigError("jwt.size-bounded authorization", "leaves no room for a token", 'write "4KiB"')

    def head(exchange: Exchange) -> None:
        total = 0
        for name, value in exchange.headers:
            total += len(name) + len(value)
            if name == b"authorization" and len(value) > most_authorization:
                raise Denied(431, "the Authorization header field is too large")
        if total > most_head:
            raise Denied(431, "the header fields are too large")

    return Hooks(head=head, pure=True)


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse what is too large before anything of it is read."""
    return _hooks(settings.authorization, settings.head)


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
    refused: list[Evidence] = []
    judged: list[Evidence] = []
    for size in _PADDED:
        answer = await _padded(http, operation, size)
        what = f"a token of {size // 1024} KiB"
        if answer is None:
            if not await _alive(http, operation):
                return failed(f"after {what} nothing was answered any more", places=(operation.key,))
        elif answer.accepted or answer.status >= 500:  # noqa: PLR2004 - server errors
            why = f"{what} is too much for the server: {answer.status}"
            if answer.accepted:
                why = f"{what} of nobody's opens {operation.key}"
            shown = _shown(http, answer, what, size)
            return failed(why, shown, places=(operation.key,), facts={"accepted": size}, proof=_proof(operation, size))
        else:
            (refused if answer.status in _CHEAP else judged).append(
                _shown(http, answer, f"{what}: {answer.status}", size)
            )
    if refused or not judged:
        return passed("tokens of 64 KiB are refused for their size", *refused)
    return await _cost(http, operation, judged)


def _proof(operation: Operation, size: int) -> str:
    return f"{operation.key} answers 401 or 403 to nobody, and something else to a token of {size} bytes"


async def _cost(http: Http, operation: Operation, judged: list[Evidence]) -> Finding:
    """A refusal as of any other token may be cheap all the same: it is the time that tells."""
    short: list[float] = []
    long: list[float] = []
    for _ in range(_ROUNDS):
        for size, times in ((512, short), (_PADDED[-1], long)):
            answer = await _padded(http, operation, size)
            if answer is None:
                return unknown("tokens of 64 KiB are judged like any other, and what that costs could not be measured")
            times.append(answer.seconds)
    quick, slow = min(short), min(long)
    facts = {"accepted": _PADDED[-1]}
    if slow > quick * _SLOWER and slow - quick > _NOTICED:
        why = f"a token of 64 KiB is read to its end before it is refused, in {slow / quick:.0f} times the time of a short one"
        return failed(why, *judged, places=(operation.key,), facts=facts)
    return failed(
        "tokens of 64 KiB are judged like any other, though as fast: nothing on the way limits them",
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


control = Control(
    severity=Severity.LOW,
    probe=Probe.ACTIVE,
    strength="should",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live},
    attest=(
        "What is the smallest request header limit on the way to the API, from CDN to application (attach the "
        "setting for each hop)?"
    ),
    maps=Maps(
        owasp_api=("API4:2023",),
        asvs=("3.3.5", "4.2.5"),
        cwe=(770,),
        standards=("RFC 6585 §5", "RFC 9110 §5.4", "RFC 10025"),
    ),
)
