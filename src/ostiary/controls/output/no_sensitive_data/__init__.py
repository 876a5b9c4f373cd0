"""Responses carry only the fields meant for that caller, never secrets or internal details.

Why
    When whole records are serialised, clients hide the extra fields on screen but attackers read password hashes,
    tokens and personal data from the raw reply.

Fix
    Serialise through explicit response models: ``response_model`` in FastAPI, ``fields`` lists in Django REST
    framework, DTOs in Java or .NET - never ``__all__`` or the raw entity. Mark passwords as ``writeOnly`` in the
    OpenAPI schema. Strip submitted input from validation errors; the default 422 body of FastAPI echoes it. Send
    ``Cache-Control: no-store`` where a token must be returned.

Traps
    - Login, refresh and key-creation operations must return a token: allow-list them and require no-store.
    - FastAPI's default 422 body echoes the submitted input: our probe got the password back when another field was
      missing.
    - Public keys, CSRF tokens, ETags and hashes of content look like secrets.
"""

from __future__ import annotations

from ostiary.controls.output.no_sensitive_data.guard import Settings, guard
from ostiary.controls.output.no_sensitive_data.live import audit_live
from ostiary.controls.output.no_sensitive_data.source import audit_source
from ostiary.controls.output.no_sensitive_data.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "Which operations must return a secret or token, and is each shown only once and marked no-store (attach "
        "the list with the reason for each)?"
    ),
    reach="in part: it drops fields that the schema or the policy names; others it cannot know",
    maps=Maps(
        owasp_api=("API3:2023",),
        asvs=("15.3.1", "8.2.3", "14.2.6", "16.5.1"),
        cwe=(201, 213, 209),
        standards=("OWASP API3:2023", "RFC 9457 §5"),
    ),
)
