"""Each HTTP method does what its definition says, and reading never changes data.

Why
    State changes behind GET are triggered by prefetchers, crawlers, caches, image tags and links on other sites.
    They also slip past controls that go by method.

Fix
    Move every change off GET and HEAD: POST to create, PUT or PATCH to update, DELETE to remove. Rename routes such
    as ``GET /users/5/delete`` to ``DELETE /users/5``. Ignore ``X-HTTP-Method-Override`` and ``_method``. Run GET
    handlers on a read-only database connection so that an accidental write fails, and document any exception such
    as search over POST.

Traps
    - Search or calculation via POST is normal when input is large or private.
    - Access logs and last-seen timestamps written by a GET are incidental, not a violation.
    - Seed A omits PATCH, seed B includes it: accept both PUT and PATCH.
"""

from __future__ import annotations

from ostiary.controls.input.method_semantics.guard import Settings, guard
from ostiary.controls.input.method_semantics.live import audit_live
from ostiary.controls.input.method_semantics.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.INTRUSIVE,
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    strength="must",
    attest=(
        "Which operations use a method against its meaning, such as search over POST, and why (attach the list of "
        "exceptions with reasons)?"
    ),
    reach="in part: it refuses overrides; an application whose GET writes has to be mended",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("3.5.3", "4.1.4"),
        cwe=(650,),
        standards=("RFC 9110 §9.2.1, §9.3", "RFC 5789", "RFC 9205"),
    ),
)
