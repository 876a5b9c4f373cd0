"""Private responses carry Cache-Control: no-store unless a reviewed exception exists.

Why
    A shared proxy, CDN or browser cache keeps private data. It then serves that data to the next user.

Fix
    Send ``Cache-Control: no-store`` by default from a middleware for every authenticated, token, error and download
    response, and for every response with ``Set-Cookie``. Note that ``private`` and ``no-cache`` still allow
    storage. Check that the proxy or CDN does not override it, for example with nginx ``proxy_ignore_headers
    Cache-Control``. List each cacheable exception with a reason.

Traps
    - private without no-store still stores in browsers.
    - no-cache allows storage.
    - Token endpoint responses must always be no-store.
"""

from __future__ import annotations

import functools

from ostiary.errors import Unanswerable
from ostiary.evidence import Answer, Http
from ostiary.model import (
    Api,
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
from ostiary.parts.seen.headers import cache_control
from ostiary.parts.seen.secrets import issued_token
from ostiary.strict import Strict

# What shared caches obey instead of Cache-Control, and what older ones do.
_CACHING = frozenset(
    {
        b"cache-control",
        b"pragma",
        b"expires",
        b"surrogate-control",
        b"cdn-cache-control",
        b"cloudflare-cdn-cache-control",
    }
)
_NO_STORE = (b"cache-control", b"no-store")
_CREDENTIALS = frozenset(
    {
        b"authorization",
        b"cookie",
        b"x-api-key",
        b"api-key",
        b"apikey",
        b"x-auth-token",
        b"x-access-token",
        b"x-session-token",
    }
)


class Settings(Strict, frozen=True):
    """``cacheable``: the reviewed exception; the application's own Cache-Control stays, but for errors and cookies."""

    cacheable: bool = False


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """An operation that demands credentials never allows storage; elsewhere each exchange is looked at."""
    if operation.security and all(operation.security) and not settings.cacheable:
        return _ALWAYS
    names = frozenset[bytes]() if settings.cacheable else _CREDENTIALS | _key_headers(site.api)
    return _sometimes(names)


_ALWAYS = Hooks(sets=(_NO_STORE,), drops=_CACHING)


@functools.lru_cache(maxsize=8)
def _key_headers(api: Api | None) -> frozenset[bytes]:
    schemes = api.security_schemes.values() if api else ()
    return frozenset(str(each.get("name", "")).lower().encode() for each in schemes if each.get("in") == "header")


@functools.lru_cache(maxsize=16)
def _sometimes(credentials: frozenset[bytes]) -> Hooks:
    def reply(exchange: Exchange) -> None:
        headers = exchange.reply_headers
        if exchange.status < 400:  # noqa: PLR2004 - an error of the moment must not stay in a cache
            for name, _ in exchange.headers:
                if name in credentials:
                    break
            else:
                for name, _ in headers:
                    if name == b"set-cookie":
                        break
                else:
                    return
        kept = [pair for pair in headers if pair[0] not in _CACHING]
        kept.append(_NO_STORE)
        exchange.reply_headers = kept

    return Hooks(reply=reply)


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


control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.PASSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live},
    attest=(
        "Which private responses may be cached, and who approved it (attach the list of exceptions with reason and "
        "reviewer)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("14.3.2", "14.2.2", "14.2.5"),
        cwe=(525, 524),
        standards=("RFC 9111 §5.2.2.5", "RFC 6749 §5.1"),
    ),
)
