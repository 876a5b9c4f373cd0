"""Every sensitive data element is encrypted where it is stored and wherever it is sent.

Why
    A stolen disk, backup, database dump or packet capture otherwise gives up personal data and secrets directly.
    The attacker never needs to break the application.

Fix
    List each sensitive element with its class, storage place, cipher and key owner. Turn on encryption for volumes,
    buckets, databases and backups (``storage_encrypted = true`` in Terraform) and TLS on internal links
    (``sslmode=verify-full``, ``rediss://``). Encrypt the most sensitive fields in the application with AES-256-GCM
    or ChaCha20-Poly1305 and keep the keys in a KMS. Hash passwords instead of encrypting them.

Traps
    - base64 or hex is encoding, not encryption.
    - Passwords must be hashed, not encrypted.
    - Disk encryption does not protect against a compromised running application: do not let it alone satisfy
      field-level classes.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.PASSIVE,
    strength="must",
    attest=(
        "Which data elements are sensitive, and where, with which cipher and whose key is each one encrypted "
        "(attach the data inventory with key rotation dates)?"
    ),
    reach="cannot: what is stored lies behind the application",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("14.1.1", "14.1.2", "14.2.4", "11.3.2", "11.3.3", "12.3.1"),
        cwe=(312, 319),
        standards=("NIST SP 800-57", "BCP 195", "NIST SP 800-111"),
    ),
)
