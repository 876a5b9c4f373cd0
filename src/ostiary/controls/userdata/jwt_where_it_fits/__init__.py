"""The choice between self-contained tokens and server sessions is deliberate and recorded.

Why
    Unplanned choices end in tokens that any script can read, access that cannot be revoked, or sessions that break
    API clients.

Fix
    Write a short decision record: client types, token style, lifetime and revocation need. Good defaults are JWT
    access tokens (RFC 9068) between services and for APIs, and a backend-for-frontend with an ``HttpOnly`` cookie
    for browsers; opaque tokens are fine when instant revocation matters. Do not keep tokens in ``localStorage``,
    and do not accept an OIDC ID token as an API credential.

Traps
    - Opaque tokens are not a violation: the seed recommends, it does not require.
    - Service meshes add their own JWTs.
    - OIDC id_tokens used as API credentials are the wrong token.
"""

from __future__ import annotations

from ostiary.controls.userdata.jwt_where_it_fits.guard import Settings, guard
from ostiary.controls.userdata.jwt_where_it_fits.live import audit_live
from ostiary.controls.userdata.jwt_where_it_fits.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

__all__ = ["Settings", "control"]

control = Control(
    severity=Severity.INFO,
    probe=Probe.PASSIVE,
    strength="may",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    wants_issuers=True,
    attest=(
        "Which token style was chosen for each client type, and how is access revoked (attach the decision record)?"
    ),
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("7.2.2", "10.1.1", "14.3.3"),
        cwe=(922,),
        standards=("RFC 9068", "draft-ietf-oauth-browser-based-apps", "RFC 8725"),
    ),
)
