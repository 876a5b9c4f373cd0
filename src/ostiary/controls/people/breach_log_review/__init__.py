"""After a suspected breach, data access logs are preserved and searched for what was taken.

Why
    If nobody knows what was read, victims cannot be told. The intruder may still be inside.

Fix
    Log user, object id and operation for every access to personal data, keep the logs off the host and retain them
    for at least 180 days. Write an incident runbook that starts with a legal hold on logs and contains ready
    queries for who accessed record X. Exercise it every year and note how long the answer took.

Traps
    - Logs on the breached host are untrustworthy.
    - Application logs without object ids cannot scope exposure.
    - Seed wording 'before data access' means earlier access records.
"""

from __future__ import annotations

from ostiary.controls.people.breach_log_review.source import QUESTION, audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.NONE,
    strength="must",
    audits={Kind.SOURCE: audit_source},
    attest=QUESTION,
    reach="cannot: people read the logs; it writes them",
    maps=Maps(
        asvs=("16.3.2", "16.2.1", "16.4.2"),
        cwe=(778,),
        standards=("NIST SP 800-61r3", "NIST SP 800-92"),
    ),
)
