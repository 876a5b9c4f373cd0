"""Security and compliance terms of business customers are recorded and followed.

Why
    Missed contract or legal duties lead to penalties and late breach notices. They also leave data where a customer
    forbade it.

Fix
    Keep a file that lists each customer clause and regime (such as GDPR, PCI DSS, SOC 2 or ISO 27001) with owner
    and status. Link each clause to the technical measure and the evidence that meets it. Record every exception
    with approval and expiry, and review the file for each new contract.

Traps
    - Certification of the provider does not transfer.
    - Passing this catalogue is not legal compliance: say so in the report.
    - Outdated clause lists.
"""

from __future__ import annotations

from ostiary.controls.infra.compliance_requirements.source import QUESTION, audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.INFO,
    probe=Probe.NONE,
    strength="must",
    audits={Kind.SOURCE: audit_source},
    attest=QUESTION,
    reach="cannot: contracts are people's",
    maps=Maps(
        asvs=("14.1.1", "14.1.2"),
        standards=("ISO/IEC 27001:2022", "SOC 2", "GDPR Art. 28, 32", "PCI DSS 4.0.1"),
    ),
)
