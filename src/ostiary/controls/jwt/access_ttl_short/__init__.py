"""Access tokens expire in minutes and the server refuses them after that.

Why
    A leaked bearer token works for anyone until it expires. A long life turns one log line into weeks of access
    that you cannot easily recall.

Fix
    Set the access token life to 10 minutes, at most 60, for example ``exp = now + timedelta(minutes=10)``,
    ``expiresIn: '10m'`` or the lifetime setting of your OAuth server. Require the claim when verifying (PyJWT:
    ``options={'require': ['exp', 'iat']}``) with at most 60 seconds of leeway, and never turn off ``verify_exp``.
    Use rotating refresh tokens for longer sessions.

Traps
    - ID tokens and access tokens have different lifetimes: check the right one.
    - expires_in and exp may disagree; the server's behaviour decides.
    - Clock skew of the auditor produces false expiry results: use the Date header as reference.
"""

from __future__ import annotations

from ostiary.controls.jwt.access_ttl_short.guard import Settings, guard
from ostiary.controls.jwt.access_ttl_short.live import audit_live
from ostiary.controls.jwt.access_ttl_short.source import audit_source
from ostiary.controls.jwt.access_ttl_short.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

__all__ = ["Settings", "control"]

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    wants_issuers=True,
    attest=(
        "How long do access tokens live for each client type, and why is any above 60 minutes (attach the lifetime "
        "table or server settings)?"
    ),
    reach="in part: it refuses tokens that live too long; their issuer still makes them",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("9.2.1", "7.3.2", "7.1.1"),
        cwe=(613,),
        standards=("RFC 7519 §4.1.4", "RFC 9068 §2.2", "RFC 9700 §2.2"),
    ),
)
