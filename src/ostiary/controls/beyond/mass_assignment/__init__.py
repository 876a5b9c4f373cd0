"""A write can change only the fields listed for that operation and role.

Why
    If request bodies are bound straight to records, a caller adds fields such as ``role``, ``price`` or
    ``verified`` and sets them.

Fix
    Use a separate input model per operation and copy only named fields. Reject unknown ones: Pydantic
    ``extra="forbid"``, Jackson ``FAIL_ON_UNKNOWN_PROPERTIES``, Go ``DisallowUnknownFields()``, Rails
    ``params.permit``. Set ``additionalProperties: false`` in request schemas and mark server fields ``readOnly``.
    Apply the same to PATCH and nested objects.

Traps
    - Silently ignored extras are safe but hide client bugs: note.
    - JSON Merge Patch and nested objects need the same rule.
    - Write-only audit fields may change without being visible.
"""

from __future__ import annotations

from ostiary.controls.beyond.mass_assignment.guard import Settings, guard
from ostiary.controls.beyond.mass_assignment.live import audit_live
from ostiary.controls.beyond.mass_assignment.source import audit_source
from ostiary.controls.beyond.mass_assignment.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "Which fields must clients never set, such as role, owner, price or balance (attach the list per resource "
        "and role)?"
    ),
    reach="in part: by the schema and fields you name; a field the schema allows has to be named",
    maps=Maps(
        owasp_api=("API3:2023",),
        asvs=("15.3.3", "8.2.3"),
        cwe=(915,),
        standards=("OWASP API3:2023", "JSON Schema 2020-12"),
    ),
)
