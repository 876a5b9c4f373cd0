"""SSH access to servers works only with keys; password login is switched off.

Why
    Internet-facing SSH that takes passwords is brute-forced all the time. One weak or reused password gives a shell
    on the server.

Fix
    Put ``PasswordAuthentication no``, ``KbdInteractiveAuthentication no`` and ``PermitRootLogin prohibit-password``
    (or ``no``) in a file under ``/etc/ssh/sshd_config.d/``. Reload and confirm with ``sshd -T``, because ``Match``
    blocks and cloud-init can turn passwords back on. Prefer short-lived SSH certificates or hardware-backed
    ``ed25519-sk`` keys.

Traps
    - Match blocks can re-enable passwords for some users.
    - keyboard-interactive may be a second factor: inspect PAM.
    - cloud-init can rewrite sshd settings on boot.
"""

from __future__ import annotations

from typing import Final

from ostiary.controls.infra.ssh_keys_only.host import audit_host
from ostiary.evidence import Http
from ostiary.model import Control, Evidence, Finding, Kind, Maps, Probe, Severity, attest, failed, passed, unknown
from ostiary.parts.seen import services

PORTS: Final = (22, 2222)
_PASSWORDS: Final = frozenset({"password", "keyboard-interactive"})


async def audit_live(http: Http) -> Finding:
    """Where SSH listens on the target's own host, ask once how a stranger may sign in."""
    if not http.intrusive:
        return unknown("needs --intrusive: SSH on the target's host is spoken to")
    for port in PORTS:
        banner = b"" if port == http.port else await services.told(http, port) or b""
        if not banner.startswith(b"SSH-"):
            continue
        offered = await http.ssh_methods(port)
        shown = Evidence(
            what=f"SSH offers {', '.join(offered)}", where=f"{http.host}:{port}", reply=banner[:100].decode("latin-1")
        )
        if "password" in offered:
            return failed(
                f"SSH on port {port} takes passwords",
                shown,
                proof="a try without credentials was answered with the methods that may follow, and password is one",
                facts={"port": port, "methods": list(offered)},
            )
        if _PASSWORDS & set(offered):
            return attest(
                f"SSH on port {port} offers keyboard-interactive, which may be a second factor or a password. {control.attest}"
            )
        return passed(f"SSH on port {port} offers strangers {', '.join(offered)} and no password", shown)
    return attest(
        f"SSH does not answer on ports {' and '.join(str(each) for each in PORTS)} of {http.host}. {control.attest}"
    )


control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.HOST: audit_host},
    attest=(
        "How do administrators log in to the servers, and are passwords refused (attach the output of sshd -T or "
        "the provider's session access policy)?"
    ),
    reach="cannot: SSH does not pass through it",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("12.3.1", "13.2.1"),
        cwe=(308, 1390),
        standards=("RFC 4252", "CIS Benchmarks", "NIST IR 7966"),
    ),
)
