"""A small team has compared a managed platform with own servers and recorded its choice.

Why
    Servers that nobody owns stop being patched, and automated attacks find them first.

Fix
    Write a dated decision record that compares a managed platform (containers as a service, serverless or PaaS)
    with self-run servers. Name an owner and state who patches the operating system, the runtime and the database.
    Review it when the team or the platform changes.

Traps
    - Using a PaaS does not by itself pass other infra controls.
    - Do not score size of business as a weakness.
    - Shared-responsibility gaps: the provider does not configure your access rules.
"""

from ostiary.controls.infra.evaluate_paas.pipeline import QUESTION, audit_ci
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.INFO,
    audits={Kind.CI: audit_ci},
    probe=Probe.NONE,
    strength="may",
    attest=QUESTION,
    reach="cannot: a decision of people",
    maps=Maps(
        standards=("CSA shared responsibility model", "NIST SP 800-146"),
    ),
)
