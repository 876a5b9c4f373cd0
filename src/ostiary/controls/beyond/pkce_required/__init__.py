"""Every authorization code is redeemable only with the PKCE S256 verifier of its request.

Why
    An attacker who intercepts or injects an authorization code can redeem it and log in as the victim.

Fix
    Configure the authorization server to refuse requests without ``code_challenge_method=S256``, for example
    ``requireProofKey(true)`` in Spring Authorization Server or challenge method ``S256`` per client in Keycloak.
    Refuse ``plain``, and refuse a ``code_verifier`` when no challenge was sent. Publish
    ``"code_challenge_methods_supported": ["S256"]``. Let clients create a fresh random verifier per flow.

Traps
    - Confidential clients with OIDC nonce may be allowed to omit PKCE by RFC 9700: policy choice, report as medium.
    - Some servers enforce PKCE per client: test each class.
    - Metadata may advertise plain only for compatibility.
"""

from __future__ import annotations

from ostiary.controls.beyond.pkce_required.live import audit_live
from ostiary.controls.beyond.pkce_required.mobile import audit_mobile
from ostiary.controls.beyond.pkce_required.source import audit_source
from ostiary.controls.beyond.pkce_required.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.MOBILE: audit_mobile, Kind.SOURCE: audit_source},
    attest=(
        "Does your external login provider require PKCE with S256 for all clients (attach its client policy or the "
        "metadata document)?"
    ),
    reach="cannot: the authorization server has to ask for it",
    enforced_by="ostiary.identity.oauth.wishes",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("10.4.6", "10.2.1"),
        cwe=(294, 352),
        standards=("RFC 7636", "RFC 9700 §2.1.1, §4.8", "draft-ietf-oauth-v2-1-16"),
    ),
)
