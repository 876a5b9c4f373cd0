"""Every deployment can be quickly undone by a tested way back, configuration and data included.

Why
    Without a way back, a bad or compromised release becomes a long outage or a forced hot-fix under pressure.

Fix
    Deploy immutable images with unique tags or digests, never ``latest`` alone, and keep the previous release ready
    (blue/green, canary, ``kubectl rollout undo``). Write database migrations as expand-then-contract so that the
    old version still runs. Version configuration with the code and rehearse a rollback at least every 180 days. Fix
    security releases forward so that a rollback does not restore a hole.

Traps
    - A git revert is not a rollback of data or secrets.
    - Rolling back may restore a vulnerable version: require a forward-fix rule for security releases.
    - Mobile apps cannot be rolled back on devices.
"""

from __future__ import annotations

from ostiary.controls.ci.rollback.pipeline import QUESTION, audit_ci
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.NONE,
    strength="must",
    audits={Kind.CI: audit_ci},
    attest=QUESTION,
    reach="cannot: deployments are yours",
    maps=Maps(
        standards=("NIST SP 800-128", "NIST SP 800-34r1"),
    ),
)
