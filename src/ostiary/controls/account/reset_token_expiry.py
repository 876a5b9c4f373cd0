"""A password-reset token works only for a short, stated time.

Why
    Old messages in mailboxes, backups and logs would otherwise stay keys to the account.

Fix
    Store an expiry time with each token and check it on the server at the moment of use: 20 minutes is a good
    default, 60 the maximum, 10 for short codes. Django: ``PASSWORD_RESET_TIMEOUT = 1200``; Devise:
    ``config.reset_password_within = 20.minutes``; itsdangerous: ``loads(token, max_age=1200)``. Delete expired
    tokens regularly and state the same lifetime in the message.

Traps
    - Text in the e-mail may claim an expiry that code does not enforce.
    - Clock-skew tolerance of minutes is fine.
    - Signed tokens without max_age never expire.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    strength="must",
    attest=(
        "What is the configured lifetime of reset tokens and codes, and why (attach the setting and the reason for "
        "any value above 60 minutes)?"
    ),
    reach="cannot: reset tokens are made and checked by the application",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("6.5.5", "6.4.1"),
        cwe=(613, 640),
        standards=("NIST SP 800-63B-4 §4.2", "OWASP Forgot Password Cheat Sheet"),
    ),
)
