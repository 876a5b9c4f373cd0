"""Shareable responses are cached at the edge and private ones never reach another caller.

Why
    Without caching a traffic spike can take the API down. Careless caching serves one user's private data to others
    and allows cache poisoning or deception.

Fix
    Send ``Cache-Control: no-store`` by default and for anything that depends on the caller. For public GET
    operations opt in with ``Cache-Control: public, max-age=60``, an ``ETag`` and a correct ``Vary``. Put every
    input that changes the answer into the cache key (nginx ``proxy_cache_key``) and skip requests that carry
    ``Authorization`` (``proxy_cache_bypass`` and ``proxy_no_cache``). Never cache by file suffix.

Traps
    - Absence of caching is a performance note, never a vulnerability.
    - private, no-cache and no-store mean different things.
    - ETags derived from internal ids may leak: info only.
"""

from __future__ import annotations

from ostiary.controls.input.gateway_caching.live import audit_live
from ostiary.controls.input.gateway_caching.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="should",
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    attest=(
        "Which operations are cached at the edge, for how long, and under which key (attach the cache policy for "
        "each operation)?"
    ),
    reach="in part: it keeps nothing and marks private replies; what a CDN keeps is up to the CDN",
    maps=Maps(
        owasp_api=("API4:2023", "API8:2023"),
        asvs=("14.2.2", "14.2.5", "14.3.2"),
        cwe=(524, 525),
        standards=("RFC 9111", "RFC 9211", "RFC 5861"),
    ),
)
