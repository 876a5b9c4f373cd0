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

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
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
