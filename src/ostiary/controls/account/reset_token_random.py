"""Password-reset tokens are unpredictable, or short codes behind strict attempt limits.

Why
    A predictable token lets an attacker reset anybody's password without access to the mailbox.

Fix
    Create tokens with a cryptographic generator: ``secrets.token_urlsafe(32)`` (Python), ``crypto.randomBytes(32)``
    (Node.js), ``SecureRandom`` (Java, Ruby), ``random_bytes(32)`` (PHP). Never use timestamps, user ids,
    ``Math.random`` or MD5 of known data. Store only a SHA-256 hash, bound to account and purpose. If you use short
    codes, allow at most 5 tries per code and a short life.

Traps
    - Ten samples cannot prove randomness: they can only disprove it, so pair with source.
    - Signed tokens (JWT or itsdangerous) are structured but unforgeable: judge the signature.
    - uuid4 gives 122 bits and is commonly accepted: pass with note (ASVS asks 128).
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    attest=(
        "How is the reset token generated, and how many random bits does it hold (attach the code extract or the "
        "vendor documentation)?"
    ),
    reach="in part: it limits how often codes are tried; the application has to make better ones",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("11.5.1", "6.4.1", "6.5.3"),
        cwe=(640, 338, 340),
        standards=("NIST SP 800-63B-4", "OWASP Forgot Password Cheat Sheet"),
    ),
)
