"""Access, login, permission and error events are logged, tamper-protected and kept a set time.

Why
    Without records a breach is neither noticed nor scoped. An attacker who can edit the logs on the host erases the
    traces.

Fix
    Write structured JSON logs with UTC time, request id, user, operation, object id, decision and reason. Never log
    ``Authorization``, ``Cookie``, passwords or full bodies, and encode line breaks in values. Ship logs at once to
    a separate store that the API can append to but not delete from. Set retention and synchronise clocks with NTP.

Traps
    - Bodies and Authorization headers in logs turn logging into a leak: scan samples.
    - Sampling drops exactly the rare security event.
    - Local time without zone.
"""

from __future__ import annotations

from ostiary.controls.infra.logging.host import audit_host
from ostiary.controls.infra.logging.pipeline import QUESTION, audit_ci
from ostiary.controls.infra.logging.source import audit_source
from ostiary.evidence import Http
from ostiary.model import Control, Finding, Kind, Maps, Probe, Severity, attest


async def audit_live(http: Http) -> Finding:
    """Send one request that cannot be overlooked, for the operator to find in the log."""
    mark = "/ostiary-shall-be-in-your-log"
    answer = await http.send("GET", mark, identity="")
    return attest(f"GET {mark} was answered {answer.status}: show its line in the log. {control.attest}")


control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.HOST: audit_host, Kind.CI: audit_ci, Kind.SOURCE: audit_source},
    attest=QUESTION,
    reach="in part: it logs access and refusals; keeping them safe is your log's",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("16.1.1", "16.2.1", "16.2.2", "16.2.5", "16.3.1", "16.3.2", "16.4.1", "16.4.2", "16.4.3"),
        cwe=(778, 532, 117),
        standards=("NIST SP 800-92", "OWASP Logging Cheat Sheet", "RFC 9110 §17.8"),
    ),
)
