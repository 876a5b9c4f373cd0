"""A token request without a scope gets one documented minimal scope or is refused.

Why
    An undefined default often means everything the client may ever have. Forgetting one parameter then silently
    grants full access.

Fix
    Set an explicit minimal default scope for each client, or answer 400 ``invalid_scope`` when ``scope`` is
    missing. Remove fallbacks such as ``scope = client.scopes`` and trim the default client scopes on your
    authorization server. Return the granted ``scope`` in the token response whenever it differs from the request.
    State the default in the API documentation.

Traps
    - OIDC openid/profile defaults are normal; look at API scopes.
    - Client-credentials clients often have a fixed scope: compare with its registration.
    - Absent scope in the response means 'as requested' by RFC 6749, which is ambiguous when none was requested:
      introspect.
"""

from __future__ import annotations

from ostiary.controls.oauth.default_scope.live import audit_live
from ostiary.controls.oauth.default_scope.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    attest=(
        "Which scope does each client get when it asks for none (attach the documented default or the client scope "
        "settings)?"
    ),
    reach="cannot: the authorization server decides what a token may do",
    enforced_by="ostiary.identity.oauth.wishes",
    maps=Maps(
        owasp_api=("API5:2023", "API2:2023"),
        asvs=("10.4.11", "10.2.3"),
        cwe=(276, 250),
        standards=("RFC 6749 §3.3", "RFC 9700 §2.3"),
    ),
)
