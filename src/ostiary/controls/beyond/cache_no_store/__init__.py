"""Private responses carry Cache-Control: no-store unless a reviewed exception exists.

Why
    A shared proxy, CDN or browser cache keeps private data. It then serves that data to the next user.

Fix
    Send ``Cache-Control: no-store`` by default from a middleware for every authenticated, token, error and download
    response, and for every response with ``Set-Cookie``. Note that ``private`` and ``no-cache`` still allow
    storage. Check that the proxy or CDN does not override it, for example with nginx ``proxy_ignore_headers
    Cache-Control``. List each cacheable exception with a reason.

Traps
    - private without no-store still stores in browsers.
    - no-cache allows storage.
    - Token endpoint responses must always be no-store.
"""

from __future__ import annotations

from ostiary.controls.beyond.cache_no_store.guard import Settings, guard
from ostiary.controls.beyond.cache_no_store.live import audit_live
from ostiary.controls.beyond.cache_no_store.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.PASSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    attest=(
        "Which private responses may be cached, and who approved it (attach the list of exceptions with reason and "
        "reviewer)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("14.3.2", "14.2.2", "14.2.5"),
        cwe=(525, 524),
        standards=("RFC 9111 §5.2.2.5", "RFC 6749 §5.1"),
    ),
)
