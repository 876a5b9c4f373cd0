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

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.LOW,
    probe=Probe.PASSIVE,
    strength="should",
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
