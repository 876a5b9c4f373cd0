"""Every change to the protected branch passes a documented review by a person.

Why
    Without a second reader, flaws and malicious changes that the author cannot or will not see go straight to
    production.

Fix
    Protect the main branch: require a pull request with at least one approval, require review from ``CODEOWNERS``,
    forbid direct and force pushes, and include administrators. Write down a short security checklist for reviewers.
    Let a bot merge its own updates only under a recorded policy with passing checks.

Traps
    - Squash merges hide reviewers in git alone: ask the forge.
    - Bot dependency updates may be auto-merged by policy: check for human or policy gate.
    - Protection configured but bypassable by many admins.
"""

from __future__ import annotations

from ostiary.controls.ci.code_review.pipeline import QUESTION, audit_ci
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.NONE,
    strength="must",
    audits={Kind.CI: audit_ci},
    attest=QUESTION,
    reach="cannot: it happens before anything runs",
    maps=Maps(
        standards=("SLSA v1.2 Source Track", "NIST SP 800-218 PW.7, PS.1"),
    ),
)
