"""Security updates are installed within fixed times, exploited flaws first.

Why
    Public exploits follow an advisory within hours or days. An unpatched server is then taken over by automated
    scans, as with Heartbleed and Shellshock.

Fix
    Enable ``unattended-upgrades`` or ``dnf-automatic`` for security updates and rebuild container images on a
    schedule. Restart services and kernels afterwards (check with ``needrestart``). Set limits such as 7 days for
    critical or known-exploited flaws and 30 days for high ones. Replace releases that are out of support.

Traps
    - Updated package but unrestarted process is still vulnerable.
    - Back-ported fixes keep old version numbers.
    - Pinned or held packages hide updates.
"""

from __future__ import annotations

from ostiary.controls.infra.patching.host import audit_host
from ostiary.evidence import Http
from ostiary.model import Control, Finding, Kind, Maps, Probe, Severity, attest
from ostiary.parts.seen import banners


async def audit_live(http: Http) -> Finding:
    """Read versions off typical replies: hints for whoever answers, since fixes are ported back under old numbers."""
    seen = {
        each.what
        for answer in await http.samples()
        for each in (*banners.in_headers(answer), *banners.in_body(answer))
        if any(c.isdigit() for c in each.what)
    }
    hint = f"Replies name versions: {'; '.join(sorted(seen)[:4])}. " if seen else ""
    return attest(hint + control.attest)


control = Control(
    severity=Severity.HIGH,
    probe=Probe.PASSIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.HOST: audit_host},
    attest=(
        "How fast are security updates applied per severity (attach the patch policy, the date of the last update "
        "and the last emergency exercise)?"
    ),
    reach="cannot: updates are installed on hosts",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("15.1.1", "15.2.1"),
        cwe=(1395, 1104),
        standards=("NIST SP 800-40r4", "CISA KEV", "CIS Controls v8.1 §7"),
    ),
)
