"""The API sits behind a network that absorbs floods, and its origin cannot be reached around it.

Why
    A flood that fills the link in front of the server takes it offline, whatever rate limits the application has.
    If the origin address is public, attackers simply bypass the protection.

Fix
    Put the API behind a provider with DDoS mitigation. Let the origin firewall admit only that provider's address
    ranges or require client certificates from it (mutual TLS). Set short limits on the server, for example nginx
    ``client_header_timeout 10s;`` and ``limit_conn``, and ``net.ipv4.tcp_syncookies=1`` on the host. Write a
    runbook with the provider's emergency contact.

Traps
    - CDN in front but origin address public.
    - Absence of CDN headers does not prove absence of network-level scrubbing.
    - Never generate load to test.
"""

from __future__ import annotations

from ostiary.controls.infra.ddos_protection.live import audit_live
from ostiary.controls.infra.ddos_protection.pipeline import QUESTION, audit_ci
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.PASSIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.CI: audit_ci},
    attest=QUESTION,
    reach="in part: it sheds load; a flood of the line has to be absorbed before it",
    maps=Maps(
        owasp_api=("API4:2023",),
        asvs=("13.1.3", "2.4.1"),
        cwe=(770,),
        standards=("NIST SP 800-189r1", "RFC 4732"),
    ),
)
