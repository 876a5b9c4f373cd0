"""A running instance is security-tested automatically and on a regular schedule.

Why
    Faults in configuration, authentication and runtime behaviour cannot be seen in source, so they stay open until
    an attacker finds them.

Fix
    Start the real application in CI or staging, not a mock, and test it from its OpenAPI document at least weekly
    or per release, for example with ``zap-api-scan.py -t openapi.json -f openapi`` or ``schemathesis run``. Use
    tokens of two different users so that cross-user access is exercised. Fail the job on new findings and keep
    intrusive tests away from production.

Traps
    - Scanning a login page without credentials tests almost nothing.
    - Scans pointed at a mock.
    - Intrusive scans against production without approval.
"""

from __future__ import annotations

from ostiary.controls.ci.dast.pipeline import QUESTION, audit_ci
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.NONE,
    strength="must",
    audits={Kind.CI: audit_ci},
    attest=QUESTION,
    reach="cannot: an audit does this, on a schedule of yours",
    maps=Maps(
        owasp_api=("API8:2023",),
        standards=("NIST SP 800-218 PW.8", "OWASP WSTG"),
    ),
)
