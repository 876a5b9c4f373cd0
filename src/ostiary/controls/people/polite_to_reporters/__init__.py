"""Everyone who reports a bug gets a prompt, courteous answer without threats.

Why
    Hostile or silent replies push researchers to publish at once. Later finders then warn nobody.

Fix
    Publish a disclosure policy with safe-harbour wording, a first reply within 2 working days, status updates and
    credit. Prepare reply templates, also for spam and beg-bounty mail. Track every report until it is closed.

Traps
    - Automated acknowledgement alone is not an answer.
    - Do not machine-score sentiment of individuals.
    - Spam and beg-bounty mail need a courteous template too.
"""

from __future__ import annotations

from ostiary.controls.people.polite_to_reporters.live import audit_live
from ostiary.controls.people.polite_to_reporters.source import audit_source
from ostiary.controls.people.polite_to_reporters.words import QUESTION
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.INFO,
    probe=Probe.PASSIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source},
    attest=QUESTION,
    reach="cannot: people answer people",
    maps=Maps(
        standards=("ISO/IEC 29147:2018", "ISO/IEC 30111:2019", "OWASP Vulnerability Disclosure Cheat Sheet"),
    ),
)
