"""Static security analysis runs on every change, and serious findings block the merge.

Why
    Injection, unsafe deserialisation and weak cryptography slip into production, where they cost far more to find
    and fix.

Fix
    Run a security analyser that fits your language on every pull request and on a schedule: CodeQL, Semgrep, Bandit
    (Python), gosec (Go), SpotBugs with FindSecBugs (Java) or Brakeman (Rails). Make it a required check that fails
    on high severity. Write a reason next to every suppression and work off baseline files.

Traps
    - A linter is not SAST.
    - Tool configured for another language than the code.
    - Baseline files that freeze hundreds of findings for ever.
"""

from __future__ import annotations

from ostiary.controls.ci.sast.pipeline import QUESTION, audit_ci
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.NONE,
    strength="must",
    audits={Kind.CI: audit_ci},
    attest=QUESTION,
    reach="cannot: it happens before anything runs",
    maps=Maps(
        owasp_api=("API8:2023",),
        standards=("NIST SP 800-218 PW.7", "SARIF 2.1.0"),
    ),
)
