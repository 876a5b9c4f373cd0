"""Every endpoint needs a verified login unless it is on a short reviewed public list.

Why
    One forgotten or newly added route without the check exposes data or functions to anyone, whatever the rest of
    the API does.

Fix
    Make authentication the default and open routes one by one: ``anyRequest().authenticated()`` in Spring,
    ``FallbackPolicy`` in ASP.NET Core, ``IsAuthenticated`` in DRF ``DEFAULT_PERMISSION_CLASSES``,
    ``FastAPI(dependencies=[...])``. Set ``security`` at the top of the OpenAPI document and ``security: []`` only
    on public operations. Answer 401 with ``WWW-Authenticate`` before validating input. Test every route without a
    token in CI.

Traps
    - 404 or 422 before authentication may mean the check never ran: repeat with a valid object or body.
    - A front-end fallback page gives 200 HTML for unknown paths: compare content type.
    - GraphQL and RPC return 200 with an error object: parse the body. OPTIONS preflight, health, login, JWKS and
      well-known paths are normally public.
"""

from __future__ import annotations

from ostiary.controls.processing.all_endpoints_authenticated.guard import Settings, guard
from ostiary.controls.processing.all_endpoints_authenticated.live import audit_live
from ostiary.controls.processing.all_endpoints_authenticated.source import audit_source
from ostiary.controls.processing.all_endpoints_authenticated.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    wants_issuers=True,
    attest="Which operations are meant to be public, and who owns each (attach the reviewed list)?",
    maps=Maps(
        owasp_api=("API2:2023", "API5:2023"),
        asvs=("8.2.1", "8.3.1", "6.3.4", "13.4.5"),
        cwe=(306, 862),
        standards=("RFC 9110 §15.5.2", "RFC 6750 §3"),
    ),
)
