"""Completing a password reset ends every active session of that account.

Why
    Otherwise an intruder who is already signed in stays in after the owner has recovered the account.

Fix
    In the transaction that stores the new hash, delete all sessions and refresh tokens of the account, and record a
    not-before time that is compared with the ``iat`` of each access token. Django ends cookie sessions itself
    through ``get_session_auth_hash``, but API tokens and JWTs need explicit revocation. Notify the owner, ask for
    sign-in again with MFA, and offer to revoke API keys.

Traps
    - The original checklist allows merely offering to end sessions: for resets treat automatic as required, for
      voluntary change accept a prompt.
    - Access tokens may live until their short expiry unless a deny mark is checked.
    - Long-lived API keys are often forgotten.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    strength="must",
    attest=(
        "What happens to API keys and personal access tokens when a password is reset (attach the documented "
        "behaviour and a test record)?"
    ),
    reach="cannot: sessions are the application's to end",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("7.4.3", "7.4.2", "6.4.3"),
        cwe=(613, 640),
        standards=("NIST SP 800-63B-4", "RFC 9700 §4.14.2"),
    ),
)
