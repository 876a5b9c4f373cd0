"""Every webhook is signed over body and time, and verified before it is used.

Why
    Anyone who knows the receiving URL can fake a payment or event. An old genuine delivery can be replayed for a
    second effect.

Fix
    Sign ``id.timestamp.body`` with HMAC-SHA256 and one secret per receiver (Standard Webhooks) or use RFC 9421. On
    receipt, verify the raw bytes before parsing, with a constant-time compare such as ``hmac.compare_digest`` or
    ``crypto.timingSafeEqual``. Refuse timestamps more than 5 minutes off and ids already seen. Answer 401 without
    side effects, and rotate secrets with an overlap.

Traps
    - Framework body parsing changes bytes: verify the raw body.
    - IP allow-lists are not signatures.
    - Providers differ in timestamp tolerance.
"""

from __future__ import annotations

from ostiary.controls.beyond.webhook_signatures.guard import Settings, guard
from ostiary.controls.beyond.webhook_signatures.live import audit_live
from ostiary.controls.beyond.webhook_signatures.source import audit_source
from ostiary.controls.beyond.webhook_signatures.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "How is each webhook signed and how are its secrets rotated (attach the scheme per provider and the last "
        "rotation date)?"
    ),
    maps=Maps(
        owasp_api=("API10:2023", "API2:2023"),
        asvs=("4.1.5", "11.2.4"),
        cwe=(353, 347, 294),
        standards=("RFC 9421", "RFC 9530", "Standard Webhooks"),
    ),
)
