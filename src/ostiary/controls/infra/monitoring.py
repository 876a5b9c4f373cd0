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

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="must",
    attest=(
        "Who is alerted when the API fails or is attacked (attach the alert rules, the receivers and the last test "
        "alert)?"
    ),
    reach="in part: it has metrics and health; somebody has to be woken by them",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("16.3.3", "16.3.1", "16.3.2", "16.4.3"),
        cwe=(778,),
        standards=("NIST SP 800-137", "OWASP Top 10:2025 A09"),
    ),
)
