"""Nobody, including their bots, can approve a change they wrote or pushed last.

Why
    Self-approval makes review a formality, so one stolen account or rogue agent can ship code alone.

Fix
    In GitHub branch protection enable ``Require approval of the most recent reviewable push`` and ``Dismiss stale
    pull request approvals``, and allow no bypass for administrators. In GitLab enable ``Prevent approval by merge
    request creator`` and ``Prevent approvals by users who add commits``. Do not count an approval by a bot or
    coding agent that the author controls.

Traps
    - Co-authored commits: a co-author is not an independent reviewer.
    - An AI reviewer run by the author's account is not a second person.
    - Admins merging without review appear as bypass events, not approvals.
"""

from __future__ import annotations

from ostiary.controls.ci.no_self_approval.pipeline import QUESTION, audit_ci
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.NONE,
    strength="must",
    audits={Kind.CI: audit_ci},
    attest=QUESTION,
    reach="cannot: it happens before anything runs",
    maps=Maps(
        standards=("SLSA v1.2 Source L4 two-party review", "NIST SP 800-218 PS.1"),
    ),
)
