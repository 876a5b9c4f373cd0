"""Code, history, logs and images are scanned for secrets, and a leaked one is rotated at once.

Why
    Bots copy a pushed key within minutes, and it stays in the history for ever. Whoever has it can use your systems
    as you.

Fix
    Run ``gitleaks`` or ``trufflehog`` as a pre-commit hook and in CI over the full history and the images, and
    enable push protection at the code host. Read secrets from a secret store at run time, never from code or image
    layers. Rotate a leaked secret first, then clean the history. Block ``/.env``, ``/.git/`` and source maps on the
    web server.

Traps
    - Test keys and examples: allow-list with expiry.
    - Never validate by using the secret.
    - Removing from HEAD does not remove from history.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.ACTIVE,
    strength="must",
    attest=(
        "How is a leaked secret replaced and how long does it take (attach the rotation procedure and the last "
        "rotation record)?"
    ),
    reach="cannot: it happens before anything runs",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("13.3.1", "13.3.4", "13.4.1"),
        cwe=(798, 540, 527),
        standards=("NIST SP 800-218 PS.1", "OWASP Secrets Management Cheat Sheet"),
    ),
)
