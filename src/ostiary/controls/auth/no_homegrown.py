"""Login, token and password code comes from maintained libraries, not in-house inventions.

Why
    Home-made schemes repeat solved mistakes: predictable tokens, fast or unsalted hashes, comparisons that leak
    timing, missing expiry. Attackers know these patterns and exploit them to forge tokens or crack passwords.

Fix
    Hash passwords with Argon2id or bcrypt (``argon2-cffi``, Spring ``Argon2PasswordEncoder``, PHP
    ``password_hash``). Sign tokens with a JOSE library such as PyJWT, ``jose`` for Node or Nimbus JOSE+JWT. Draw
    random values from ``secrets.token_urlsafe(32)`` or ``crypto.randomBytes(32)`` and compare them with
    ``hmac.compare_digest`` or ``crypto.timingSafeEqual``. Or hand sign-in to an OpenID Connect provider.

Traps
    - Wrapping a vetted library in a thin helper is fine; judge what the call graph ends in.
    - sha256 over a 128-bit random API key is acceptable storage, over a password it is not.
    - md5 for cache keys or ETags is noise: require a credential-named argument or sink.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.PASSIVE,
    strength="must",
    attest=(
        "Which library and version does authentication, token creation and password hashing, and who maintains each"
        " (attach the lock file or a component list)?"
    ),
    reach="cannot: it does not see whose code checks a password",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("11.2.1", "11.5.1", "11.4.2", "9.1.1"),
        cwe=(1240, 338, 916),
        standards=("RFC 8725 §3", "NIST SP 800-63B-4 §3.1.1.2", "NIST SP 800-218 PW.4"),
    ),
)
