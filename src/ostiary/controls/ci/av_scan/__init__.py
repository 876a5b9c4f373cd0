"""Every artefact is scanned for malware before release, third-party parts included.

Why
    Poisoned packages and infected build outputs reach production through channels everyone trusts.

Fix
    Scan the final image or package and the full dependency tree in CI, for example with ``clamscan -r --infected``
    after ``freshclam``, and fail the release on a finding. Add a malicious-package check such as OSV ``MAL-``
    advisories. Install from pinned hashes (``pip install --require-hashes``, ``npm ci --ignore-scripts``) and keep
    the report with the release.

Traps
    - EICAR strings and exploit samples in test data trigger alarms: allow-list by hash.
    - A green scan with month-old signatures is not evidence.
    - Signature engines miss most malicious packages: do not let AV alone satisfy supply-chain concerns.
"""

from __future__ import annotations

from ostiary.controls.ci.av_scan.host import audit_host
from ostiary.controls.ci.av_scan.pipeline import audit_pipeline
from ostiary.controls.ci.av_scan.source import audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.NONE,
    audits={Kind.SOURCE: audit_source, Kind.CI: audit_pipeline, Kind.HOST: audit_host},
    strength="must",
    attest=(
        "Which scanner checks release artefacts, how old are its signatures at scan time, and what does it cover "
        "(attach the latest scan report)?"
    ),
    reach="cannot: it happens before anything runs",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("15.2.4", "5.4.3"),
        cwe=(506, 829),
        standards=("NIST SP 800-218 PW.4", "OWASP Top 10:2025 A03"),
    ),
)
