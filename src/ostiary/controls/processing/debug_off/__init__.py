"""Debug modes, verbose errors, consoles and development servers are off wherever users can reach.

Why
    Debug pages reveal source code, settings and secrets, and an interactive console hands an attacker remote code
    execution.

Fix
    Set production values explicitly: ``DEBUG = False`` (Django), ``FLASK_DEBUG=0``, ``NODE_ENV=production``,
    ``RAILS_ENV=production``, ``ASPNETCORE_ENVIRONMENT=Production``. Run a production server instead of ``app.run``
    or ``runserver``, and do not expose actuator, profiler, metrics or phpinfo paths publicly. Return a generic
    ``application/problem+json`` body for unhandled errors and keep traces in the logs.

Traps
    - A public OpenAPI page is not debug mode: separate inventory question.
    - Stack traces in logs are fine; in responses they are not.
    - Sample traces quoted in documentation pages match signatures: require a 4xx/5xx status or non-doc path.
"""

from __future__ import annotations

from ostiary.controls.processing.debug_off.guard import Settings, guard
from ostiary.controls.processing.debug_off.host import audit_host
from ostiary.controls.processing.debug_off.live import audit_live
from ostiary.controls.processing.debug_off.mobile import audit_mobile
from ostiary.controls.processing.debug_off.source import audit_source
from ostiary.controls.processing.debug_off.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={
        Kind.LIVE: audit_live,
        Kind.SPEC: audit_spec,
        Kind.HOST: audit_host,
        Kind.MOBILE: audit_mobile,
        Kind.SOURCE: audit_source,
    },
    attest=(
        "Who may switch on diagnostics in production, and how is it time-limited (attach the procedure and the "
        "production setting values)?"
    ),
    reach="in part: it hides consoles and traces; the debug mode itself stays on behind it",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("13.4.2", "16.5.1", "16.5.4", "15.2.3"),
        cwe=(489, 215, 209),
        standards=("RFC 9457 §5", "OWASP Top 10:2025 A02, A10"),
    ),
)
