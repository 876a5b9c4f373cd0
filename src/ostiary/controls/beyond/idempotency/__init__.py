"""A repeated create or payment request with the same key takes effect only once.

Why
    Network retries and parallel requests create duplicate orders or charges. Attackers use the same race to pass
    limits.

Fix
    Require an ``Idempotency-Key`` header on POST and PATCH operations where a duplicate hurts. Store caller, key,
    body hash and response under a unique constraint in a shared database, in the same transaction as the effect.
    Repeat the stored answer for the same body, answer 422 for a different body and 409 while the first is running.
    Do not store transient failures.

Traps
    - Keys must be scoped per caller or they leak others' responses.
    - Failures that should be retried must not be frozen.
    - In-memory stores break with several workers.
"""

from __future__ import annotations

from ostiary.controls.beyond.idempotency.guard import Settings, guard
from ostiary.controls.beyond.idempotency.live import audit_live
from ostiary.controls.beyond.idempotency.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.INTRUSIVE,
    strength="should",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    attest=(
        "How long are idempotency keys kept and are they separate per caller (attach the retention setting and the "
        "list of operations covered)?"
    ),
    maps=Maps(
        owasp_api=("API6:2023",),
        asvs=("2.3.3", "2.3.4", "15.4.2"),
        cwe=(837, 362),
        standards=("draft-ietf-httpapi-idempotency-key-header-07 (expired)", "RFC 9110 §9.2.2"),
    ),
)
