"""Every release has a component list and signed provenance that are verified before deployment.

Why
    A tampered or swapped build or dependency reaches production unseen. When a flaw becomes public, nobody can say
    which releases contain it.

Fix
    Create a CycloneDX or SPDX list from the built artefact, for example with ``syft``, and sign artefact and
    provenance with ``cosign`` or ``actions/attest-build-provenance``. Pin actions by commit hash, images by digest
    and packages by hash (``npm ci``, ``pip install --require-hashes``). Run ``cosign verify-attestation`` or ``gh
    attestation verify`` before each deployment and refuse on failure.

Traps
    - SBOM from manifest misses OS and vendored code.
    - Signature without verification at deploy is decoration.
    - Tags are mutable: pin digests.
"""

from __future__ import annotations

from ostiary.controls.beyond.sbom_and_provenance.pipeline import audit_pipeline
from ostiary.controls.beyond.sbom_and_provenance.source import audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.NONE,
    audits={Kind.SOURCE: audit_source, Kind.CI: audit_pipeline},
    strength="should",
    attest=(
        "Where are the component lists and provenance of each release kept, and for how long (attach them for the "
        "latest release)?"
    ),
    reach="cannot: it happens before anything runs",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("15.1.2", "15.2.4", "15.2.1"),
        cwe=(1395, 829, 494),
        standards=("SLSA v1.2", "CycloneDX", "SPDX 3.0", "NIST SP 800-218 PS.3", "OWASP Top 10:2025 A03"),
    ),
)
