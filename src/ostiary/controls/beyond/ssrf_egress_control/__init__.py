"""The server fetches caller-supplied URLs only from allowed schemes, hosts and ports.

Why
    An attacker makes the server call cloud metadata, internal consoles or loopback. The answer can hand out cloud
    credentials.

Fix
    Allow-list scheme, host and port, resolve the name once, refuse private, loopback, link-local and multicast
    addresses (IPv6 too) and connect to the checked address. Turn redirects off, as with ``allow_redirects=False``
    in requests, and cap size and time. Send such calls through an egress proxy such as Smokescreen and deny other
    outbound traffic. On AWS require IMDSv2 with hop limit 1.

Traps
    - DNS rebinding defeats check-then-fetch.
    - IPv6-mapped, decimal, octal forms, and NAT64.
    - A DNS lookup alone is weak evidence: medium.
"""

from __future__ import annotations

from ostiary.controls.beyond.ssrf_egress_control.guard import guard
from ostiary.controls.beyond.ssrf_egress_control.live import audit_live
from ostiary.controls.beyond.ssrf_egress_control.settings import Settings
from ostiary.controls.beyond.ssrf_egress_control.source import audit_source
from ostiary.controls.beyond.ssrf_egress_control.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "Which outside destinations may the API call (attach the list of outbound destinations and the egress "
        "firewall or proxy rules)?"
    ),
    reach="in part: for fields that hold URLs; a name may answer differently a moment later",
    maps=Maps(
        owasp_api=("API7:2023", "API10:2023"),
        asvs=("1.3.6", "13.2.4", "13.2.5", "15.3.2"),
        cwe=(918,),
        standards=("OWASP API7:2023", "RFC 6890"),
    ),
)
