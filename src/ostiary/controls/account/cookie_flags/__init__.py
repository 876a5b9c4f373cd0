"""Cookies that hold session or login state are Secure, HttpOnly and SameSite.

Why
    Without these flags the cookie travels in clear text, is read by injected script or rides along on forged
    cross-site requests.

Fix
    Set ``Set-Cookie: __Host-session=VALUE; Path=/; Secure; HttpOnly; SameSite=Lax`` with no ``Domain``. Django:
    ``SESSION_COOKIE_SECURE = True`` and ``SESSION_COOKIE_HTTPONLY = True``; Express session: ``cookie: { secure:
    true, httpOnly: true, sameSite: 'lax' }``; Spring Boot: ``server.servlet.session.cookie.secure=true`` and
    ``http-only=true``. Add CSRF checks to APIs that authenticate by cookie.

Traps
    - Preference and CSRF-echo cookies must be script-readable: classify before judging.
    - Secure is omitted on localhost in development frameworks.
    - A deletion cookie (Max-Age=0) needs no flags.
"""

from __future__ import annotations

from ostiary.controls.account.cookie_flags.guard import Settings, guard
from ostiary.controls.account.cookie_flags.live import audit_live
from ostiary.controls.account.cookie_flags.mobile import audit_mobile
from ostiary.controls.account.cookie_flags.source import audit_source
from ostiary.controls.account.cookie_flags.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.PASSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.MOBILE: audit_mobile, Kind.SOURCE: audit_source},
    attest=(
        "Which cookies hold session or login state, and which must be readable by script (attach the cookie list "
        "with the purpose and flags of each)?"
    ),
    maps=Maps(
        owasp_api=("API2:2023", "API8:2023"),
        asvs=("3.3.1", "3.3.2", "3.3.3", "3.3.4"),
        cwe=(614, 1004, 1275),
        standards=("RFC 10025 (obsoletes 6265)", "draft-ietf-httpbis-layered-cookies"),
    ),
)
