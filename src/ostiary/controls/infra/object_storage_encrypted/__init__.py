"""Buckets that hold business or user data are encrypted with keys under your control.

Why
    A stolen disk, a misdirected replica or an access mistake then exposes the stored files in clear text.

Fix
    Set default encryption with a customer-managed key on every bucket, for example ``SSEAlgorithm: aws:kms`` with
    your key id in S3. Deny clear-text access with a bucket policy on ``aws:SecureTransport`` = ``false`` and block
    public access. Re-encrypt old objects and include replica and log buckets.

Traps
    - S3 encrypts new objects by default since 2023: the meaningful question is key control and old objects.
    - Encrypted but public is still a breach.
    - Replicas and logs buckets are often missed.
"""

from __future__ import annotations

from ostiary.controls.infra.object_storage_encrypted.pipeline import audit_ci
from ostiary.evidence import Http
from ostiary.model import Control, Finding, Kind, Maps, Probe, Severity, attest, passed


async def audit_live(http: Http) -> Finding:
    """Look for replies of an object store, and what they say of encryption."""
    stores = [
        each
        for each in await http.samples()
        if each.accepted
        and (each.head("x-amz-request-id") or each.head("x-ms-blob-type") or each.head("x-goog-storage-class"))
    ]
    for each in stores:
        sealed = each.head("x-amz-server-side-encryption") or each.head("x-goog-encryption-algorithm") or ""
        if sealed or (each.head("x-ms-server-encrypted") or "").lower() == "true":
            return passed(
                f"an object store says that what it keeps is encrypted ({sealed or 'by the provider'})",
                http.show(each, "its reply"),
            )
    hint = "Replies come from an object store, and do not say how it keeps them. " if stores else ""
    return attest(hint + control.attest)


control = Control(
    severity=Severity.LOW,
    probe=Probe.PASSIVE,
    strength="should",
    audits={Kind.LIVE: audit_live, Kind.CI: audit_ci},
    attest=(
        "Is object storage encrypted, and who owns the keys (attach the bucket encryption and public-access "
        "settings or a provider report)?"
    ),
    reach="cannot: storage lies behind the application",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("14.2.4", "11.3.2", "11.1.1"),
        cwe=(312,),
        standards=("NIST SP 800-111", "CIS AWS Foundations"),
    ),
)
