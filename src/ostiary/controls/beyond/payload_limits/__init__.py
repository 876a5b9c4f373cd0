"""Requests over set limits for size, depth or item count are refused before processing.

Why
    One oversized, deeply nested or compressed request can use up memory and CPU and stop the service.

Fix
    Set limits on the proxy and in the app: nginx ``client_max_body_size 1m;``, ``large_client_header_buffers 4
    8k;``, ``client_body_timeout 10s;``. Count bytes while reading, as chunked bodies carry no ``Content-Length``,
    and cap decompressed size, JSON depth, array items and multipart parts. Answer 413, 414, 431 or 400. Put
    ``maxLength``, ``maxItems`` and ``maxProperties`` in the schemas.

Traps
    - Chunked bodies without Content-Length bypass naive checks.
    - Multipart spooling to disk.
    - A proxy limit hides a missing app limit: note defence depth.
"""

from __future__ import annotations

from ostiary.controls.beyond.payload_limits.guard import Settings, guard
from ostiary.controls.beyond.payload_limits.host import audit_host
from ostiary.controls.beyond.payload_limits.live import audit_live
from ostiary.controls.beyond.payload_limits.source import audit_source
from ostiary.controls.beyond.payload_limits.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source, Kind.HOST: audit_host},
    strength="must",
    attest=(
        "What is the largest legitimate request to this API (attach the expected maximum per operation and the "
        "configured limits)?"
    ),
    maps=Maps(
        owasp_api=("API4:2023",),
        asvs=("5.2.1", "5.2.3", "4.2.5", "15.2.2"),
        cwe=(770, 409, 674),
        standards=("RFC 9110 §15.5.14, §17.5", "RFC 6585 §5"),
    ),
)
