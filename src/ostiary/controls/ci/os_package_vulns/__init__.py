"""Hosts and container images are scanned for vulnerable OS packages like application code.

Why
    An unpatched OpenSSL or glibc under a perfect application is still a way in.

Fix
    Scan every built image with ``trivy image`` or ``grype``, fail on fixable high and critical findings, and rescan
    running images daily. Base images on a supported release pinned by digest; rebuild and redeploy when the base
    changes. On hosts enable ``unattended-upgrades`` (Debian, Ubuntu) or ``dnf-automatic``. Use an SBOM where the
    image has no package database.

Traps
    - Scanner counts inflate with unfixed low-severity items: judge by fix available and deadline.
    - Distroless or static images have no package database: use SBOM.
    - A new image that is not redeployed changes nothing: compare running digest.
"""

from __future__ import annotations

from ostiary.controls.ci.os_package_vulns.host import audit_host
from ostiary.controls.ci.os_package_vulns.pipeline import audit_pipeline
from ostiary.controls.ci.os_package_vulns.source import audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.NONE,
    audits={Kind.SOURCE: audit_source, Kind.CI: audit_pipeline, Kind.HOST: audit_host},
    strength="must",
    attest=(
        "Who patches the operating system under the API, and how fast (attach the provider's or your own patch "
        "policy and the latest scan result)?"
    ),
    reach="cannot: it happens below the application",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("15.2.1", "15.1.1"),
        cwe=(1395, 1104),
        standards=("NIST SP 800-190", "CIS Benchmarks"),
    ),
)
