"""All server volumes, boot disks and snapshots are encrypted.

Why
    A shared snapshot or a stolen or discarded disk otherwise reveals everything that was on the host.

Fix
    Turn on encryption by default in the cloud account, for example ``aws ec2 enable-ebs-encryption-by-default``,
    and set ``encrypted = true`` for root and data volumes in Terraform. Replace old volumes through an encrypted
    snapshot copy. On your own hardware use LUKS with a TPM, swap included.

Traps
    - Provider encryption is invisible inside the guest: absence of dm-crypt is not failure.
    - Swap and temporary disks.
    - Encryption at rest does nothing against a live intruder.
"""

from __future__ import annotations

from ostiary.controls.infra.volumes_encrypted.host import audit_host
from ostiary.controls.infra.volumes_encrypted.pipeline import audit_ci
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.LOW,
    probe=Probe.NONE,
    strength="should",
    audits={Kind.HOST: audit_host, Kind.CI: audit_ci},
    attest=(
        "Are all volumes, boot disks and snapshots encrypted (attach the provider's volume list or account default,"
        " or the disk encryption status)?"
    ),
    reach="cannot: disks are below everything",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("14.2.4", "11.3.2"),
        cwe=(312,),
        standards=("NIST SP 800-111", "CIS AWS Foundations"),
    ),
)
