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

from __future__ import annotations

from ostiary.controls.infra.open_ports.host import audit_host
from ostiary.controls.infra.open_ports.pipeline import audit_ci
from ostiary.evidence import Http
from ostiary.model import Control, Evidence, Finding, Kind, Maps, Probe, Severity, attest, failed, passed, unknown
from ostiary.parts.seen import services


async def audit_live(http: Http) -> Finding:
    """Connect once to each port of a fixed list, on the target's own host and address; nothing is sent."""
    if not http.intrusive:
        return unknown("needs --intrusive: ports of the target's host are connected to")
    if await services.told(http, http.port, seconds=0.2) is None:
        return unknown("not even the target's own port could be connected to: closed ports would prove nothing")
    ports = [each for each in services.RISKY if each != http.port]
    found = [each for each in ports if await services.told(http, each, seconds=0.1) is not None]
    named = ", ".join(f"{each} ({services.RISKY[each]})" for each in found)
    if found and services.is_loopback(http.host):
        return attest(f"The target is on loopback, where {named} can be reached as well. {control.attest}")
    if found:
        return failed(
            f"ports that no caller of an API needs can be reached on its host: {named}",
            *[
                Evidence(
                    what=f"port {each}, where {services.RISKY[each]} usually is, takes connections",
                    where=f"{http.host}:{each}",
                )
                for each in found[:4]
            ],
            proof=f"of {len(ports)} ports that were connected to, {len(found)} took the connection",
            facts={"ports": found},
        )
    return passed(f"none of {len(ports)} ports that no caller needs takes connections from here")


control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.HOST: audit_host, Kind.CI: audit_ci},
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
