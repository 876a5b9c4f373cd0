"""Automated tests check security behaviour as well as features on every change.

Why
    Controls that no test covers silently disappear in the next refactor, and nobody notices until they are abused.

Fix
    Write negative tests for each operation: no token, wrong scope, another user's object, wrong method, oversized
    and malformed input. Run them on every pull request as a required check, without ``continue-on-error`` or ``||
    true``. Measure coverage and fail the build when it drops.

Traps
    - A high line-coverage number says nothing about security: require negative cases.
    - continue-on-error or `|| true` makes a gate decorative.
    - Generated but never executed test files.
"""

from __future__ import annotations

from ostiary.controls.ci.security_tests.pipeline import QUESTION, audit_ci
from ostiary.controls.ci.security_tests.source import audit_source
from ostiary.evidence import Spec
from ostiary.model import Control, Finding, Kind, Maps, Probe, Severity, attest, unknown


async def audit_spec(spec: Spec) -> Finding:
    """Count what tests should cover; which of it they do cover, a document does not tell."""
    declared = [each for each in spec.api.operations if each.declared]
    if not declared:
        return unknown("the document declares no operation")
    guarded = sum(bool(each.security) for each in declared)
    return attest(
        f"{len(declared)} operations, {guarded} of them with credentials: does a test that must be refused cover each? {control.attest}"
    )


control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.NONE,
    strength="must",
    audits={Kind.SPEC: audit_spec, Kind.SOURCE: audit_source, Kind.CI: audit_ci},
    attest=QUESTION,
    reach="cannot: it happens before anything runs",
    maps=Maps(
        owasp_api=("API8:2023",),
        standards=("NIST SP 800-218 PW.8", "OWASP SAMM Verification"),
    ),
)
