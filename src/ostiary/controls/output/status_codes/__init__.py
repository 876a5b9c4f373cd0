"""Every outcome is reported with its proper HTTP status and a consistent error body.

Why
    Wrong codes hide failures from clients, caches and monitoring, and inconsistent ones reveal which accounts or
    objects exist.

Fix
    Return ``401`` without valid credentials, ``403`` or an identical ``404`` when access is denied, ``400`` or
    ``422`` for bad input and ``429`` for limits; never ``200`` with an error inside. Use one RFC 9457
    ``application/problem+json`` format. Give the same answer and timing for foreign and missing objects, and for
    known and unknown accounts in login, sign-up and reset. Map unhandled client errors to 4xx, not 500.

Traps
    - 400 and 422 are both acceptable for validation.
    - 404 instead of 403 to hide an object is allowed by HTTP and often preferable.
    - A gateway's 502 in tests is environment noise: retry.
    - Whether an account exists is asked with an account of the audit's own and two names that nobody has: the two must
      be answered alike, the own one otherwise, twice. Replies alike in every letter are then compared by their times,
      by rank, with the two unknown groups as control. Sign-up counts only where addresses are registered, and low.
"""

from __future__ import annotations

from ostiary.controls.output.status_codes.accounts import audit_live
from ostiary.controls.output.status_codes.guard import Settings, guard
from ostiary.controls.output.status_codes.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    attest=(
        "Which operations deviate on purpose from standard status codes, such as for legacy clients or GraphQL "
        "(attach the documented list and the reasons)?"
    ),
    reach="in part: it completes 401, 405 and errors; which status is true the application knows",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("16.5.1", "16.5.3", "6.3.8"),
        cwe=(393, 204),
        standards=("RFC 9110 §15", "RFC 9457", "RFC 6585"),
    ),
)
