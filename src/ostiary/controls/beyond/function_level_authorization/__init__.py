"""Every privileged operation checks the caller's role on the server, by any path or method.

Why
    An ordinary user guesses ``/admin`` or changes GET to DELETE and gains administrator power.

Fix
    Deny by default and declare the needed role or scope on each operation, as with Spring
    ``@PreAuthorize("hasRole('ADMIN')")``, FastAPI ``Security(..., scopes=[...])`` or ASP.NET ``FallbackPolicy``.
    Check after the path is normalised, so that case, slashes and encoding make no difference. Ignore
    ``X-HTTP-Method-Override``. Test every privileged operation with the lowest role.

Traps
    - 403 page with 200 status.
    - Hidden in UI is not protected.
    - Path normalisation differences between gateway and app are the usual bypass.
"""

from __future__ import annotations

from ostiary.controls.beyond.function_level_authorization.guard import Settings, guard
from ostiary.controls.beyond.function_level_authorization.live import audit_live
from ostiary.controls.beyond.function_level_authorization.source import audit_source
from ostiary.controls.beyond.function_level_authorization.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "Which role may call which operation (attach the role matrix and, if available, a test report for the "
        "lowest role)?"
    ),
    reach="in part: by roles in tokens, for operations that document or policy name",
    maps=Maps(
        owasp_api=("API5:2023",),
        asvs=("8.2.1", "8.3.1", "4.1.4"),
        cwe=(862, 863),
        standards=("OWASP API5:2023", "RFC 9110 §15.5.4"),
    ),
)
