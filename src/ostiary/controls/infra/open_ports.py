"""Only ports that a documented service needs can be reached on each host.

Why
    Scanners find forgotten databases, debug ports and admin consoles within hours of exposure. Many of them give
    full control without a login.

Fix
    List listeners with ``ss -tulpn`` (IPv4 and IPv6), stop what is not needed and bind databases and caches to
    ``127.0.0.1`` or a private network. Set the firewall to deny by default. Docker publishes ports past ``ufw``, so
    write ``127.0.0.1:5432:5432`` instead of ``5432:5432`` in Compose files. Keep the approved port list in the
    repository.

Traps
    - Docker publishes ports past ufw rules.
    - IPv6 listeners.
    - A filtered result from the auditor's network may be open elsewhere.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    strength="must",
    attest=(
        "Which ports may be reachable on each production host (attach the approved port list and a recent scan or "
        "listener listing)?"
    ),
    reach="cannot: other ports of a host do not pass through it",
    maps=Maps(
        owasp_api=("API8:2023", "API9:2023"),
        asvs=("13.4.5", "15.2.3"),
        cwe=(1327,),
        standards=("CIS Controls v8.1 §4, §12", "NIST SP 800-41r1"),
    ),
)
