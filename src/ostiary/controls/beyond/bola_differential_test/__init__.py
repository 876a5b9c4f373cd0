"""Each release proves by test that no user reads or changes another user's objects.

Why
    Changing an id in a URL to another user's object is the top API attack. Schema checks and tests with one user
    never see it.

Fix
    Create two users, a lower role, another tenant and an anonymous caller in a test deployment. Create objects as
    user A, replay every operation with their ids as each other caller, and assert 403 or 404 and no change.
    Generate the cases from the OpenAPI document, report coverage and fail the build on any access. Fix findings by
    adding the owner to the query, as in ``WHERE id = ? AND owner_id = ?``.

Traps
    - Coverage must be stated: an untested operation is not a pass.
    - Eventual consistency can show stale results.
    - Non-deterministic fields must be ignored in diffs.
"""

from __future__ import annotations

from ostiary.controls.beyond.bola_differential_test.live import audit_live
from ostiary.controls.beyond.bola_differential_test.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    attest=(
        "Which roles and tenants exist and what may each one access (attach the role and tenant model and the "
        "latest cross-user test report)?"
    ),
    reach="cannot: a test finds it; userdata.ownership-check closes what it can",
    maps=Maps(
        owasp_api=("API1:2023",),
        asvs=("8.2.2", "8.4.1"),
        cwe=(639,),
        standards=("OWASP API1:2023", "OWASP Authorization Testing Automation Cheat Sheet"),
    ),
)
