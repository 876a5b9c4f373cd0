"""A source that hits the sign-in limit is blocked automatically for a growing, self-ending time.

Why
    A plain counter only slows one window: the attacker resumes as soon as it resets. Without automatic release,
    blocked users pile up as support tickets.

Fix
    When the limit trips, store a block for the account plus source address (IPv6 by /64) with an expiry that grows,
    for example 1, 5, 30 minutes. Keep it in Redis (``SET jail:key 1 EX 300``) or the database so restarts and other
    workers see it. Check it before any password hashing and answer 429 with ``Retry-After``. Take the client
    address only from your own proxy, never from a client-sent ``X-Forwarded-For``.

Traps
    - Shared NAT and IPv6: jail /64 prefixes and pairs, not single v6 addresses or whole carriers.
    - Trusting a client-sent forwarding header lets an attacker jail somebody else.
    - Loopback or allow-listed auditors may be exempt: check from a non-exempt source.
"""

from __future__ import annotations

from ostiary.controls.auth.login_jail.guard import Settings, guard
from ostiary.controls.auth.login_jail.live import audit_live
from ostiary.controls.auth.login_jail.source import audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source},
    attest=(
        "How long is a source blocked after failed sign-ins, how does the term grow and end, and who may release it"
        " early (attach the block rule or configuration)?"
    ),
    maps=Maps(
        owasp_api=("API2:2023", "API4:2023"),
        asvs=("6.1.1", "6.3.1", "2.4.1", "6.3.5"),
        cwe=(307, 799),
        standards=("NIST SP 800-63B-4 §3.2.2", "RFC 9110 §10.2.3"),
    ),
)
