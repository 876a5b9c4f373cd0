"""Security rests on cryptography done by the server, never on browser or app code alone.

Why
    Client-side schemes ship their keys and code to the attacker and are skipped by calling the API directly. A
    password hashed in the client simply becomes the password.

Fix
    Send the password itself over TLS and hash it on the server with Argon2id or bcrypt; remove hashing or
    encryption in the client (CryptoJS, forge) that the server relies on, and fields such as ``passwordHash``.
    Encrypt stored data on the server with keys in a KMS. Recompute prices, signatures and integrity checks on the
    server. End-to-end encryption may be added on top.

Traps
    - End-to-end encryption, WebAuthn signatures, DPoP proofs, JWE to the server's public key and PAKE are
      legitimate client-side cryptography: they add to server checks.
    - TLS is performed by the client too: do not report it.
    - Client-side k-anonymity lookups are fine.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.INTRUSIVE,
    strength="must",
    attest=(
        "What is each use of cryptography in the browser or app for (attach the list with the server-side "
        "protection behind each one)?"
    ),
    reach="cannot: cryptography is the application's",
    maps=Maps(
        owasp_api=("API8:2023", "API2:2023"),
        asvs=("8.3.1", "2.2.2", "11.4.2", "7.2.1"),
        cwe=(602, 603),
        standards=("NIST SP 800-63B-4 §3.1.1.2", "RFC 7516"),
    ),
)
