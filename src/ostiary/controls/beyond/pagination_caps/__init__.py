"""Every list operation returns pages of a size that the server caps.

Why
    A call with ``limit=1000000``, or a list with no limit at all, dumps the database. It also exhausts memory and
    makes scraping cheap.

Fix
    Give each collection a page-size parameter with ``default: 20`` and ``maximum: 100`` in the schema, and enforce
    it on the server by refusing or clamping larger values. Put a ``LIMIT`` on every query. Allow only indexed
    filter and sort fields, and sign cursors. Move bulk exports to a separate, authorised operation.

Traps
    - Small data sets hide it: use document and source.
    - Cursor tokens may embed filters: check they are signed.
    - Silent clamping is a pass.
"""

from __future__ import annotations

from ostiary.controls.beyond.pagination_caps.guard import Settings, guard
from ostiary.controls.beyond.pagination_caps.live import audit_live
from ostiary.controls.beyond.pagination_caps.source import audit_source
from ostiary.controls.beyond.pagination_caps.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "Which operations may return more than one page of data at once (attach the list of export operations and "
        "their access rules)?"
    ),
    maps=Maps(
        owasp_api=("API4:2023", "API6:2023"),
        asvs=("2.4.1", "15.2.2", "2.2.1"),
        cwe=(770, 1284),
        standards=("OWASP API4:2023", "RFC 8288"),
    ),
)
