"""Health, errors, latency and security events are watched, and a person is alerted on trouble.

Why
    Attacks and outages go on unnoticed. Breaches in unwatched systems last for months.

Fix
    Export metrics and traces with OpenTelemetry or Prometheus for errors, latency, failed logins and refused
    requests. Define at least one alert for availability and one for security that reach a person on call, and test
    them. Keep ``/metrics`` and health details off the public network.

Traps
    - A dashboard without alerts.
    - Public /metrics is a leak: fail another control.
    - Synthetic checks against a cached page.
"""

from __future__ import annotations

from typing import Final

from ostiary.controls.infra.monitoring.host import audit_host
from ostiary.controls.infra.monitoring.pipeline import QUESTION, audit_ci
from ostiary.controls.infra.monitoring.source import audit_source
from ostiary.errors import Unanswerable
from ostiary.evidence import Http
from ostiary.model import Control, Finding, Kind, Maps, Probe, Severity, attest
from ostiary.parts.seen.nowhere import NOWHERE

PLACES: Final = ("/metrics", "/actuator/prometheus", "/api/metrics")
_SHUT: Final = frozenset({401, 403})


async def audit_live(http: Http) -> Finding:
    """See whether metrics are there and shut; who is woken by them, only people can tell."""
    shut, public = [], []
    nothing = await http.send("GET", f"/{NOWHERE}", identity="")
    for path in PLACES:
        try:
            answer = await http.send("GET", path, identity="")
        except Unanswerable:
            continue
        if answer.status in _SHUT and nothing.status not in _SHUT:
            shut.append(path)
        elif answer.status == 200 and ("# HELP" in answer.text[:4000] or "# TYPE" in answer.text[:4000]):  # noqa: PLR2004
            public.append(path)
    if public:
        return attest(f"{public[0]} shows metrics to anybody (processing.debug-off). {control.attest}")
    hint = f"{shut[0]} is there and shut to strangers. " if shut else "No metrics are shown to strangers. "
    return attest(hint + control.attest)


control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.HOST: audit_host, Kind.CI: audit_ci, Kind.SOURCE: audit_source},
    attest=QUESTION,
    reach="in part: it has metrics and health; somebody has to be woken by them",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("16.3.3", "16.3.1", "16.3.2", "16.4.3"),
        cwe=(778,),
        standards=("NIST SP 800-137", "OWASP Top 10:2025 A09"),
    ),
)
