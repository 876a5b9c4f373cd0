"""A method the resource does not support gets 405 and an exact Allow list.

Why
    Loose method handling exposes hidden handlers and lets an attacker dodge access rules by changing the verb.
    TRACE can reflect headers and credentials.

Fix
    Register each route with explicit methods and remove ``methods=['*']``, ``any()`` and catch-all routes. For any
    other method answer 405 with the exact list, for example ``Allow: GET, HEAD, OPTIONS``; in Express add
    ``.all()`` after the real handlers to do so. Turn TRACE off with ``TraceEnable off`` in Apache. Answer 501 to
    unknown methods.

Traps
    - FastAPI 0.165 / Starlette 1.10 was seen returning `allow: GET` although POST existed, and 405 to HEAD: status
      is right, header is wrong: report as low.
    - 401 or 404 before routing may hide the method check: test authenticated and on a real object.
    - CORS preflight OPTIONS answers are not undeclared methods.
"""

from __future__ import annotations

from ostiary.controls.input.method_405.guard import Settings, guard
from ostiary.controls.input.method_405.live import audit_live
from ostiary.controls.input.method_405.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    strength="must",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("4.1.4", "13.4.4"),
        cwe=(749,),
        standards=("RFC 9110 §15.5.6, §10.2.1, §9.1, §15.6.2",),
    ),
)
