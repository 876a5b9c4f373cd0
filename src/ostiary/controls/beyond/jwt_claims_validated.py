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

import functools

from ostiary.model import Control, Exchange, Hooks, Maps, Operation, Principal, Probe, Severity, Site
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


control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
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
