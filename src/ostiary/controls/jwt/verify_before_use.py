"""No claim in a token is used before the server has verified that token.

Why
    Code that only base64-decodes the payload trusts data the attacker wrote. A forged subject or role then becomes
    a real privilege.

Fix
    Verify signature, ``exp``, ``iss`` and ``aud`` in one middleware that runs before routing, logging and
    authorization, and let handlers read only the verified claims it sets. Remove ``verify_signature: False``,
    ``get_unverified_claims``, ``jwt-decode`` and manual ``split('.')`` from server code; only ``kid`` may be read
    early to find the key. Strip user headers that clients send before setting your own.

Traps
    - Reading `kid` or `iss` before verification to pick a key is normal if matched against a fixed set.
    - Client-side decoding to show a name is harmless if the server never trusts it.
    - Caching a verified token by its prefix re-opens the hole: check cache keys.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable

from ostiary.errors import ConfigError
from ostiary.evidence import Answer, Http
from ostiary.model import (
    Control,
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
    passed,
    unknown,
)
from ostiary.parts.identity_headers import IdentityHeaders, Signer
from ostiary.parts.seen import tokens as seen
from ostiary.parts.seen.doors import with_token
from ostiary.strict import Duration, Secret, Strict

_ID = "jwt.verify-before-use"
_LONGEST = 3600.0  # seconds: what vouches for a caller inside the house is short-lived too


class Signed(Strict, frozen=True):
    """What is known of the caller in one header, as a JWT (HS256) that the application verifies with the same ``key``.

    It says ``iss`` ("ostiary"), ``iat``, ``exp`` (after ``ttl``, and never after the token's), ``issuer`` (its name in the
    policy), ``sub``, ``client``, ``scope``, ``roles``, and under ``claims`` those that ``claims`` names.
    """

    key: Secret
    header: str = "x-ostiary-identity"
    ttl: Duration = Duration("60s")
    claims: tuple[str, ...] = ()


class Settings(Strict, frozen=True):
    """Whoever has a token is known by it after its signature was checked, or not at all.

    ``pass`` tells the application who calls in headers: ``{ "x-user-id" = "sub", "x-user-roles" = "roles" }``; lists are
    joined by commas, and what is not visible ASCII is percent-encoded. ``signed`` says it in a header that the
    application can verify: ``{ key = { env = "NAME" } }``. No client can send these headers, and whoever is nobody has
    none. ``forward-token``: whether the token itself goes on to the application.
    """

    pass_: dict[str, str] = {}
    signed: Signed | None = None
    forward_token: bool = True


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Verify the token before any other control or the application sees a claim of it."""
    named = bool(settings.pass_) or settings.signed is not None
    if site.tokens is None:
        if named or not settings.forward_token:
            raise ConfigError(_ID, "passes on who calls, but no issuer is known", "add a table [issuers.NAME]")
        return None
    if not named and settings.forward_token:
        return Hooks(head=site.tokens.read)
    return _hooks(tuple(settings.pass_.items()), settings.signed, settings.forward_token, site)


@functools.lru_cache(maxsize=64)
def _hooks(names: tuple[tuple[str, str], ...], signed: Signed | None, forward_token: bool, site: Site) -> Hooks:  # noqa: FBT001 - a key of the cache
    signer = None
    if signed is not None:
        if not 1 <= signed.ttl <= _LONGEST:
            raise ConfigError(f"{_ID} signed", "ttl is not between a second and an hour", 'write ttl = "60s"')
        signer = Signer(signed.key.reveal().encode(), signed.ttl, signed.claims, site.now, f"{_ID} signed")
    headers = IdentityHeaders(
        dict(names),
        signed=signed.header if signed is not None else "",
        signer=signer,
        forward_token=forward_token,
        now=site.now,
        where=f"{_ID} pass",
    )
    tokens = site.tokens
    strip, write = headers.strip, headers.write

    def head(exchange: Exchange) -> Awaitable[None] | None:
        strip(exchange)
        if exchange.principal is None and tokens is not None:
            answer = tokens.read(exchange)  # again, or for the first time where no other control on tokens is on
            if answer is not None:
                return later(answer, exchange)
        if exchange.principal is not None:
            write(exchange, exchange.principal)
        return None

    async def later(answer: Awaitable[None], exchange: Exchange) -> None:
        await answer
        if exchange.principal is not None:
            write(exchange, exchange.principal)

    return Hooks(head=head)


_ENOUGH = 3  # operations
_SOMEBODY = "ostiary-somebody-else"


async def audit_live(http: Http) -> Finding:
    """Present the token with a wrong signature, and with claims that its signature does not cover."""
    found = await with_token(http, _ENOUGH)
    if isinstance(found, Finding):
        return found
    answer: Answer | None = None
    for door in found:
        if door.carrier is None:
            continue
        token = door.carrier.token
        for what, text in (
            ("a token with a signature of nobody's", seen.broken(token)),
            ("a token with a claim added after it was signed", seen.edited(token, ostiary="added")),
            ("a token with another subject than was signed", seen.edited(token, sub=_SOMEBODY)),
        ):
            opens, answer = await door.opens(http, text)
            if opens:
                return failed(f"{what} is believed", http.show(answer, f"{what} opens {door.operation.key}"))
            if _SOMEBODY in answer.text:
                return failed(f"{what} is used all the same: the refusal repeats it", http.show(answer, what))
    if answer is None:
        return unknown("the credentials given hold no JWT")
    why = f"{len(found)} operations answer 2xx to the token given and refuse it once it was changed"
    return passed(why, http.show(answer, "a token with another subject than was signed: refused"))


control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live},
    wants_issuers=True,
    attest=(
        "Which component verifies tokens, and how do downstream services know that it did (attach a flow diagram or"
        " the verifier configuration)?"
    ),
    reach="in part: it verifies tokens of issuers that the policy names, and none of others",
    maps=Maps(
        owasp_api=("API2:2023", "API5:2023"),
        asvs=("9.1.1", "7.2.1", "8.3.1"),
        cwe=(347, 807),
        standards=("RFC 7519 §7.2", "RFC 8725 §3.3"),
    ),
)
