"""A reset token works once, and using it cancels all others of that account.

Why
    A link that can be reused lets anyone who sees it later take over the account again.

Fix
    Redeem the token with one conditional update such as ``UPDATE reset SET used_at = now() WHERE hash = ? AND
    used_at IS NULL`` and continue only if one row changed. Delete all other tokens of the account in the same
    transaction as the new password. Redeem on ``POST`` only, because mail scanners prefetch links with ``GET``.
    Test two parallel submissions of one token.

Traps
    - Mail scanners prefetch links: a GET must not consume the token, only the POST.
    - An identical success message for a repeated submit may be idempotent display: check whether the password
      changed.
    - Race tests on shared hosts need several tries.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    strength="must",
    reach="cannot: reset tokens are made and checked by the application",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("6.5.1", "6.4.1", "15.4.2"),
        cwe=(640, 294, 367),
        standards=("NIST SP 800-63B-4", "OWASP Forgot Password Cheat Sheet"),
    ),
)
