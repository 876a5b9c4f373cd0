"""User files are stored and processed away from any host that could execute them.

Why
    A file on the application host is one misconfiguration away from being run as code.

Fix
    Keep uploads in a private object store (S3, GCS, Azure Blob, MinIO) with public access blocked, for example with
    ``django-storages``, Active Storage or pre-signed ``PUT`` URLs. Convert and scan files in a separate worker or
    function without network access and secrets. If a local spool is needed, put it outside the web root on a
    ``noexec`` mount and delete files after use.

Traps
    - A mounted bucket (FUSE) inside the web root defeats the point.
    - On-premises object stores are fine: 'S3' is an example.
    - Temporary spooling to /tmp during the request is normal.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.INTRUSIVE,
    strength="should",
    attest=(
        "Where are user files stored, and how is their processing isolated from the API (attach the bucket policy "
        "and the worker configuration)?"
    ),
    reach="cannot: where files are stored is the application's",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("5.3.1", "15.2.5", "5.2.2"),
        cwe=(434, 552),
        standards=("OWASP File Upload Cheat Sheet",),
    ),
)
