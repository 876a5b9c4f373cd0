"""The running API offers exactly the documented operations; retired versions are off.

Why
    Forgotten test, internal and old-version endpoints lack current checks. Attackers look for them first.

Fix
    Generate the OpenAPI document from the code or the routes from the document, and fail the build on a difference.
    Answer 404 for every other path, and switch off debug, docs and old versions in production. Give each version an
    owner and an end date, and announce it with ``Deprecation`` and ``Sunset`` headers. Compare access-log paths
    with the document regularly.

Traps
    - HEAD, OPTIONS and redirects are implied operations.
    - Public docs may be intended.
    - Wildcard routes make everything look documented.
"""

from __future__ import annotations

from ostiary.controls.beyond.api_inventory.guard import Settings, guard
from ostiary.controls.beyond.api_inventory.live import audit_live
from ostiary.controls.beyond.api_inventory.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    attest=(
        "Who owns each API version and when does it end (attach the version list with owner, retirement date and "
        "public address)?"
    ),
    maps=Maps(
        owasp_api=("API9:2023",),
        asvs=("13.4.5", "15.2.3", "6.3.4"),
        cwe=(912, 749),
        standards=("OpenAPI 3.1", "RFC 9745", "RFC 8594", "OWASP API9:2023"),
    ),
)
