"""All servers in the chain agree where each HTTP request ends and reject unclear ones.

Why
    If two servers disagree, an attacker hides a second request inside the first. It bypasses access rules and
    poisons other users' responses.

Fix
    Update every proxy and server, and run them in strict mode: Apache ``HttpProtocolOptions Strict``, no
    ``insecureHTTPParser`` in Node.js, no ``option accept-invalid-http-request`` in HAProxy. Answer 400 and close on
    ``Content-Length`` with ``Transfer-Encoding``, differing lengths, a space before the colon or a bare line feed.
    Use HTTP/2 to the backend where possible. Never parse HTTP with own code.

Traps
    - Never use techniques that poison shared connections in production.
    - A timeout is only a hint.
    - Some servers accept duplicate identical lengths legally.
"""

from __future__ import annotations

from ostiary.controls.beyond.request_smuggling.guard import Settings, guard
from ostiary.controls.beyond.request_smuggling.live import audit_live
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live},
    attest=(
        "Which proxies and servers does a request pass through (attach the list of hops with product, version and "
        "strictness settings)?"
    ),
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("4.2.1", "4.2.2", "4.2.3", "4.2.4"),
        cwe=(444,),
        standards=("RFC 9112 §6, §11.2", "RFC 9113 §8.2"),
    ),
)
