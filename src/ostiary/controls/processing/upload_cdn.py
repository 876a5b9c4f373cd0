"""Files uploaded by users are served from a separate CDN host, never from the API origin.

Why
    A user file served from the API host can run script with the origin and cookies of the API, and heavy file
    traffic can exhaust the service.

Fix
    Store uploads in a private bucket and serve them through a CDN on its own registrable domain that carries no
    cookies. Let clients upload and download with short-lived signed URLs. Send ``Content-Disposition: attachment``,
    ``X-Content-Type-Options: nosniff`` and ``Content-Security-Policy: sandbox`` with every file.

Traps
    - A CDN in front of the same hostname does not isolate origins.
    - Private files need signed URLs: a public CDN path is worse than none.
    - Internal tools with tiny files: severity low.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.LOW,
    probe=Probe.INTRUSIVE,
    strength="should",
    attest=(
        "Which CDN and host name serve user files, who can reach the origin bucket, and how is a file purged "
        "(attach the CDN and bucket configuration)?"
    ),
    reach="cannot: where files are served from is decided when they are stored",
    maps=Maps(
        owasp_api=("API4:2023", "API8:2023"),
        asvs=("3.5.4", "3.2.1", "5.3.1"),
        cwe=(434, 79),
        standards=("RFC 9111", "RFC 6266"),
    ),
)
