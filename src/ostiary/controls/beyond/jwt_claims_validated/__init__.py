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

from ostiary.controls.beyond.jwt_claims_validated.guard import Settings, guard
from ostiary.controls.beyond.jwt_claims_validated.live import audit_live
from ostiary.controls.beyond.jwt_claims_validated.source import audit_source
from ostiary.controls.beyond.jwt_claims_validated.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
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
