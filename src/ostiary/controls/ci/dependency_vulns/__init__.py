"""Every direct and transitive dependency is checked for known flaws and fixed on time.

Why
    Most exploited flaws are already public and sit in a library that somebody forgot to update.

Fix
    Commit a lock file and scan it on every change and daily: ``osv-scanner``, ``pip-audit``, ``npm audit``,
    ``govulncheck`` or OWASP Dependency-Check. Turn on Dependabot or Renovate for update pull requests. Set a fix
    deadline per severity, fail the build once it passes, and record each accepted risk with an owner and an end
    date.

Traps
    - Development-only dependencies matter less: label them.
    - Distribution back-ports fix flaws without changing upstream version numbers.
    - No advisory match does not mean safe: print data age and coverage.
"""

from __future__ import annotations

from ostiary.controls.ci.dependency_vulns.pipeline import audit_pipeline
from ostiary.controls.ci.dependency_vulns.source import audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.NONE,
    audits={Kind.SOURCE: audit_source, Kind.CI: audit_pipeline},
    strength="must",
    attest=(
        "What are your fix deadlines by severity, and which known vulnerabilities are accepted (attach the policy "
        "and the accepted-risk register)?"
    ),
    reach="cannot: it happens before anything runs",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("15.1.1", "15.2.1", "15.1.4"),
        cwe=(1395, 1104),
        standards=("NIST SP 800-218 RV.1", "OWASP Top 10:2025 A03"),
    ),
)
