"""Tokens stay small, and oversized ones are refused before any signature check.

Why
    Bloated tokens break behind proxies with smaller header limits and cause outages. Oversized ones give an
    anonymous caller a cheap way to burn memory and CPU.

Fix
    Keep issued tokens under half of the smallest header limit on the path, about 4 KiB: move group lists and
    permission trees out of the claims. Check the length of ``Authorization`` before parsing and answer 431 above
    the cap. Align the limits, for example nginx ``large_client_header_buffers 4 8k;``, Apache
    ``LimitRequestFieldSize 8190``, Node ``--max-http-header-size=16384``.

Traps
    - Default servers may accept far more than expected: uvicorn 0.54 with h11 accepted a 70,000-byte Authorization
      value in our probe.
    - A 401 for an oversize garbage token means it was parsed; look at latency and status 431 separately.
    - Cookies have a 4096-byte browser cap: count name plus value.
"""

from __future__ import annotations

from ostiary.controls.jwt.size_bounded.guard import Settings, guard
from ostiary.controls.jwt.size_bounded.live import audit_live
from ostiary.model import Control, Kind, Maps, Probe, Severity

__all__ = ["Settings", "control"]

control = Control(
    severity=Severity.LOW,
    probe=Probe.ACTIVE,
    strength="should",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live},
    attest=(
        "What is the smallest request header limit on the way to the API, from CDN to application (attach the "
        "setting for each hop)?"
    ),
    maps=Maps(
        owasp_api=("API4:2023",),
        asvs=("3.3.5", "4.2.5"),
        cwe=(770,),
        standards=("RFC 6585 §5", "RFC 9110 §5.4", "RFC 10025"),
    ),
)
