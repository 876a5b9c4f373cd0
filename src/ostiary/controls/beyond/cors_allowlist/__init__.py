"""Only listed web origins may read responses or send cookie-authenticated writes.

Why
    With careless CORS any website reads a logged-in user's data. Without an origin check on cookie requests it also
    acts as that user.

Fix
    Compare ``Origin`` exactly with a fixed list and echo it in ``Access-Control-Allow-Origin`` together with
    ``Vary: Origin``. Never allow ``null``, reflect any origin, use unanchored patterns or combine ``*`` with
    private data. For cookie-authenticated writes, refuse a foreign ``Origin`` or ``Sec-Fetch-Site: cross-site``
    with 403. Set CORS headers in one place, not in both proxy and app.

Traps
    - ACAO * on public data is fine.
    - Missing CORS headers are secure by default.
    - Bearer-token APIs are not exposed to classic request forgery.
"""

from __future__ import annotations

from ostiary.controls.beyond.cors_allowlist.guard import Settings, guard
from ostiary.controls.beyond.cors_allowlist.live import audit_live
from ostiary.controls.beyond.cors_allowlist.source import audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source},
    attest=(
        "Which web origins are trusted to call this API from a browser (attach the origin list with owner and reason)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("3.4.2", "3.5.1", "3.5.2", "3.5.8"),
        cwe=(942, 346, 352),
        standards=("WHATWG Fetch", "W3C Fetch Metadata"),
    ),
)
