"""A threat model, blocking tools and a rehearsed plan for hostile users exist in advance.

Why
    Improvised reactions to scraping, fraud, credential stuffing or extortion are slow. They often lock out real
    users while the attacker adapts.

Fix
    Write a short threat model for this API and an abuse runbook that names who may act. Prepare tested levers:
    block an account or address range, demand a challenge, disable a route, freeze a tenant. Give each block an
    expiry and an audit entry so that mistakes can be undone. Rehearse once a year.

Traps
    - A provider's DDoS product does not cover business abuse.
    - Levers without expiry create permanent false bans.
    - A generic corporate threat model that never mentions this API.
"""

from __future__ import annotations

from ostiary.controls.infra.abuse_readiness.guard import Settings, guard
from ostiary.controls.infra.abuse_readiness.source import QUESTION, audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.LOW,
    probe=Probe.NONE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.SOURCE: audit_source},
    attest=QUESTION,
    reach="in part: it has the levers; plan and rehearsal are people's",
    maps=Maps(
        owasp_api=("API6:2023", "API4:2023"),
        asvs=("6.1.1", "2.4.1", "2.1.3"),
        cwe=(799,),
        standards=("OWASP Threat Modeling Cheat Sheet", "NIST SP 800-61r3", "OWASP API6:2023"),
    ),
)
