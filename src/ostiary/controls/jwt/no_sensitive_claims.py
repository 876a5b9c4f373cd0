"""Tokens carry identifiers and permissions only, no secrets or personal details.

Why
    A signed payload is plain base64: every holder, proxy, log and browser extension can read it. Personal data or
    secrets in it leak and stay readable after the session ends.

Fix
    Build the payload from an explicit allow-list such as ``iss``, ``sub``, ``aud``, ``exp``, ``iat``, ``jti``,
    ``scope`` and never from a dumped user object. Use an opaque id for ``sub``, not an e-mail address. Fetch
    profile data from a userinfo call or the database. Where clients need no claims at all, issue opaque reference
    tokens.

Traps
    - ID tokens may legitimately carry e-mail and name for the client; access tokens should not: report by token
      type.
    - Pseudonymous sub values can look like phone numbers or card numbers: validate checksums.
    - A UUID or hash is not automatically harmless if it maps to a person in logs: info only.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.PASSIVE,
    strength="must",
    attest=(
        "Which claims do your tokens carry, and what is each one for (attach the claim inventory or a decoded "
        "sample token with test data)?"
    ),
    maps=Maps(
        owasp_api=("API3:2023", "API2:2023"),
        asvs=("14.1.1", "14.2.4", "15.3.1"),
        cwe=(312, 201),
        standards=("RFC 7519 §12", "RFC 9068 §6", "RFC 7516"),
    ),
)
