"""Codes go only to a redirect URI that exactly equals one registered for the client.

Why
    A tampered or loosely matched redirect sends authorization codes or tokens to the attacker's site. It also turns
    your server into an open redirector.

Fix
    Compare ``redirect_uri`` with the client's registered list by plain string equality before any redirect; remove
    prefix, regex, wildcard and host-only checks. Allow one exception: a variable port on ``127.0.0.1`` or ``[::1]``
    for native apps. On a mismatch show an error page with 400 and no ``Location``. Register full ``https`` URIs
    without ``*`` or fragments, and compare the value again at the token endpoint.

Traps
    - Loopback with a different port must be accepted for native apps (RFC 8252): do not flag.
    - Redirecting the error to the bad URI is itself the bug: read Location on 302/303/307.
    - Some servers show a sign-in page first and validate later: inconclusive, not pass.
"""

from __future__ import annotations

from ostiary.controls.oauth.redirect_uri_exact.live import audit_live
from ostiary.controls.oauth.redirect_uri_exact.mobile import audit_mobile
from ostiary.controls.oauth.redirect_uri_exact.source import audit_source
from ostiary.controls.oauth.redirect_uri_exact.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.ACTIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.MOBILE: audit_mobile, Kind.SOURCE: audit_source},
    attest=(
        "Which redirect URIs are registered for each OAuth client (attach the client registration export, with "
        "secrets removed)?"
    ),
    reach="cannot: redirect URIs are registered with the authorization server",
    enforced_by="ostiary.identity.oauth.clients",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("10.4.1",),
        cwe=(601, 346),
        standards=("RFC 9700 §2.1, §4.1.3", "RFC 8252 §7.3", "RFC 3986 §6.2.1"),
    ),
)
