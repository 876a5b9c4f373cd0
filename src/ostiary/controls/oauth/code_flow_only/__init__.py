"""OAuth tokens are issued for a one-time code on the back channel, never in a redirect.

Why
    Tokens in redirect URLs leak through history, Referer headers, logs and scripts. They are not bound to a client,
    so an attacker can inject or reuse them.

Fix
    Allow only ``response_type=code`` with PKCE and turn off the implicit, hybrid-with-token and password grants
    (Keycloak: ``implicitFlowEnabled`` and ``directAccessGrantsEnabled`` to false). Answer
    ``unsupported_response_type`` or ``unsupported_grant_type`` otherwise. Make codes single-use and valid for at
    most 60 seconds. Replace ``implicit`` and ``password`` flows in OpenAPI with ``authorizationCode``.

Traps
    - id_token-only responses (form_post sign-in) do not leak access tokens: report as note, not failure.
    - Documented but disabled flows in an OpenAPI file are stale documentation: confirm live.
    - A library constant does not mean the flow is used.
"""

from __future__ import annotations

from ostiary.controls.oauth.code_flow_only.live import audit_live
from ostiary.controls.oauth.code_flow_only.mobile import audit_mobile
from ostiary.controls.oauth.code_flow_only.source import audit_source
from ostiary.controls.oauth.code_flow_only.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.MOBILE: audit_mobile, Kind.SOURCE: audit_source},
    attest=(
        "Which OAuth grants and response types may each client use (attach the grant list or client export from the"
        " authorization server)?"
    ),
    reach="cannot: the authorization server decides which grants it has",
    enforced_by="ostiary.identity.oauth.steps",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("10.4.2", "10.4.3", "10.4.4", "10.6.1"),
        cwe=(522, 598),
        standards=("RFC 9700 §2.1.2, §2.4", "draft-ietf-oauth-v2-1-16", "RFC 8414"),
    ),
)
