"""A token counts only with the right issuer, audience, type, lifetime and a configured key.

Why
    A validly signed token for another service, or one that names the attacker's own key through ``kid``, ``jku`` or
    ``x5u``, gets in without a real login.

Fix
    Pass all expectations to the library, as in PyJWT ``decode(token, key, algorithms=["RS256"], issuer=ISS,
    audience=AUD, options={"require": ["exp", "iss", "aud"]})``. Require ``typ`` to be ``at+jwt`` where the issuer
    sets it, and refuse ID tokens. Load keys only from the configured JWKS URL, with cache and back-off. Ignore
    ``jku``, ``x5u`` and ``jwk``, and never use ``kid`` in a path or query.

Traps
    - typ is often just JWT in older issuers: warn, do not fail, unless ID-token substitution works.
    - Multiple audiences are legal.
    - JWKS refresh on unknown kid can be used for DoS: check back-off.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from ostiary.evidence import Answer, Http, Spec
from ostiary.model import (
    Control,
    Exchange,
    Finding,
    Hooks,
    Kind,
    Maps,
    Operation,
    Principal,
    Probe,
    Severity,
    Site,
    failed,
    not_applicable,
    passed,
    unknown,
)
from ostiary.parts.seen import doors, weak_keys
from ostiary.parts.seen import tokens as seen
from ostiary.parts.tokens import Tokens
from ostiary.parts.tokens.refusals import refused
from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """Nothing to set here: ``[issuers.NAME]`` says which ``iss``, ``aud``, ``typ`` and other claims its tokens have."""


_REASONS = {  # what a client can do something about; the others are called by their names
    "iss": "the token's issuer (iss) is not the expected one",
    "aud": "the token is not for this service (aud)",
    "typ": "the token is not an access token (typ)",
}


@functools.lru_cache(maxsize=16)
def _hooks(site: Site, tokens: Tokens) -> Hooks:
    now = site.now
    leeways = {name: issuer.leeway for name, issuer in tokens.issuers.items()}

    def check(exchange: Exchange, principal: Principal) -> None:
        if principal.wrong:
            name = min(principal.wrong)
            raise refused(_REASONS.get(name, f"the token's {name} is missing or wrong"), exchange)
        leeway = leeways[principal.issuer]
        moment = now()
        # RFC 7519 section 4.1.4: whatever is thought of how long a token may live (jwt.access-ttl-short), not afterwards
        if principal.expires and principal.expires + leeway <= moment:
            raise refused("the token has expired", exchange)
        latest = moment + leeway
        if principal.starts > latest:
            raise refused("the token is not valid yet (nbf)", exchange)
        if principal.issued > latest:
            raise refused("the token was issued in the future (iat)", exchange)

    return Hooks(head=tokens.judge(check), by_caller=True)


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse a token of another issuer, for another service, of another kind, or from the future."""
    return None if site.tokens is None else _hooks(site, site.tokens)


_MEANT_WRONG = re.compile(r"wrong|foreign|other-?(?:issuer|audience|service)|id-?token", re.IGNORECASE)
_LEEWAY = 60.0  # seconds
_EARLY = "a token that is not valid yet (nbf)"
_ELSEWHERE = "https://ostiary.invalid"
_HINT = "give such a token by name (--identity wrong-audience=TOKEN, wrong-issuer=TOKEN)"


async def audit_live(http: Http) -> Finding:
    """Present tokens of another issuer, for another service or from the future, and headers that lead to another key."""
    found = await doors.with_token(http)
    if isinstance(found, Finding):
        return found
    door = found[0]
    token = door.carrier.token if door.carrier is not None else None
    if token is None:
        return unknown("the credentials given hold no JWT")
    believed, answer = await door.opens(http, seen.broken(token))
    if believed:
        return unknown("no signature is checked at all (jwt.verify-before-use), so no claim is")
    now = doors.moment(door.opened)
    refused = await _given(http, door, now)
    if isinstance(refused, Finding):
        return refused
    secret = weak_keys.guess(token)
    for what, text, counts in [*_led_astray(token), *(_changed(token, secret, now) if secret is not None else ())]:
        opens, answer = await door.opens(http, text)
        if opens:
            return failed(f"{what} is believed", http.show(answer, f"{what} opens {door.operation.key}"))
        refused += [answer] if counts else []
    if not refused:
        return unknown(
            f"a key named by the token is not taken; whether issuer and audience are looked at{_unnamed(token)} is open: {_HINT}"
        )
    why = f"{len(refused)} tokens of another issuer or for another service are refused, and a key named by the token is not taken"
    return passed(why, http.show(refused[0], "refused"))


async def _given(http: Http, door: doors.Door, now: float) -> list[Answer] | Finding:
    """The tokens that the operator gave because they must be refused, and were; or the one that was not."""
    refused = []
    for key in await doors.keys(http, door):
        what = _wrong_with(key, now)
        if not what:
            continue
        if not doors.granted(key.answer):
            refused += [key.answer] if what != _EARLY else []
        elif doors.granted(await http.send_to(door.operation, identity=key.name, fresh=True)):
            return failed(f"{what} is believed", http.show(key.answer, f"the token of {key.name}"))
    return refused


def _unnamed(token: seen.Token) -> str:
    return "" if {"iss", "aud"} & token.claims.keys() else " (the token given names neither)"


def _wrong_with(key: doors.Key, now: float) -> str:
    expires = key.token.number("exp")
    if expires and expires < now:
        return ""  # refused for another reason
    if key.token.number("nbf") > now + _LEEWAY:
        return _EARLY
    return f"the token given as {key.name!r}" if _MEANT_WRONG.search(key.name) else ""


def _led_astray(token: seen.Token) -> list[tuple[str, str, bool]]:
    """A kid that is used as a path or in a query finds a key that an attacker knows."""
    head = {**token.header, "alg": "HS256"}
    empty = seen.made({**head, "kid": "../../../../../../../dev/null"}, token.claims, b"")
    chosen = seen.made({**head, "kid": "x' UNION SELECT 'ostiary"}, token.claims, b"ostiary")
    return [
        ("a token whose kid leads to an empty file", empty, False),
        ("a token whose kid is SQL that answers with the attacker's key", chosen, False),
    ]


def _changed(token: seen.Token, secret: bytes, now: float) -> list[tuple[str, str, bool]]:
    """What the issuer could sign, since its secret is known."""
    changes: list[tuple[str, dict[str, Any]]] = [
        (f"a token with another {name}", {name: _ELSEWHERE}) for name in ("iss", "aud") if name in token.claims
    ]
    early = {"nbf": int(now) + 3600, "exp": int(now) + 7200}
    changes.append((_EARLY, early))
    return [
        (what, seen.made(token.header, {**token.claims, **claims}, secret), what != _EARLY) for what, claims in changes
    ]


async def audit_spec(spec: Spec) -> Finding:
    """Look for the issuer that the document names."""
    for name, scheme in spec.api.security_schemes.items():
        if scheme.get("type") == "openIdConnect" and str(scheme.get("openIdConnectUrl", "")).startswith("https://"):
            where = spec.at(f"/components/securitySchemes/{name}", f"{scheme['openIdConnectUrl']}")
            return passed("the document names the issuer whose tokens count", where)
    if not spec.api.security_schemes:
        return not_applicable("the document declares no security scheme")
    return unknown("the document does not name the issuer of its tokens (openIdConnectUrl)")


control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    wants_issuers=True,
    attest=(
        "Which issuers, audiences, token types and key URLs does each service accept (attach the table or the "
        "validation settings)?"
    ),
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("9.1.3", "9.2.1", "9.2.2", "9.2.3", "10.3.1"),
        cwe=(347, 290, 918),
        standards=("RFC 8725 §3.8-3.12", "RFC 9068 §4", "draft-ietf-oauth-rfc8725bis-10"),
    ),
)
