"""Security-sensitive code is reviewed by a trained person other than its author.

Why
    Normal review looks at function and style. Flaws in login, permissions, crypto or parsing then reach production
    unseen.

Fix
    List the sensitive paths in ``CODEOWNERS`` with a security group, for example ``/src/auth/ @org/security``, and
    require code owner review in branch protection. Train the members in secure coding and have more than one. Give
    them a short abuse-case checklist for each review.

Traps
    - A single overloaded security reviewer rubber-stamps: look at time and comments.
    - External audit once a year does not replace change review.
    - Tools do not count as eyes.
"""

from __future__ import annotations

from ostiary.controls.people.security_minded_review.pipeline import QUESTION, audit_ci
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.NONE,
    strength="should",
    audits={Kind.CI: audit_ci},
    attest=QUESTION,
    reach="cannot: it happens before anything runs",
    maps=Maps(
        standards=("NIST SP 800-218 PW.7, PO.2", "OWASP Secure Code Review Cheat Sheet"),
    ),
)
