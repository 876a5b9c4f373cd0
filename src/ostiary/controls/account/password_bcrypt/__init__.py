"""Passwords are stored only as slow, salted hashes made by a password-hashing library.

Why
    After a database leak, fast or unsalted hashes are cracked in bulk and the passwords are tried on other sites.

Fix
    Hash with Argon2id (at least 19 MiB memory, 2 iterations, parallelism 1) or bcrypt with cost 10 or more, and let
    the library create the salt: ``argon2-cffi``, ``bcrypt``, Spring ``Argon2PasswordEncoder``, PHP
    ``password_hash``. Plain bcrypt uses only 72 bytes: refuse longer input, or pre-hash with a keyed HMAC-SHA-384
    in base64, never truncate silently. Rehash older formats at the next login.

Traps
    - bcrypt ignores bytes after 72 in many libraries; bcrypt 5.0 for Python was seen to raise ValueError at 73
      bytes, so an upgrade can break logins: test both behaviours.
    - Pre-hashing with raw SHA-2 before bcrypt risks NUL bytes and password shucking: prefer HMAC-SHA-384 base64
      with a key.
    - Low cost in test settings is normal: check the production profile.
    - What may be a password is asked here as well, graded lower: five characters, or ``12345678``, should be refused.
"""

from __future__ import annotations

from ostiary.controls.account.password_bcrypt.live import audit_live
from ostiary.controls.account.password_bcrypt.source import audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.INTRUSIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source},
    attest=(
        "Which password hash, parameters and pepper are used in production, and how are old hashes migrated (attach"
        " the setting and the plan)?"
    ),
    reach="cannot: passwords are hashed where they are stored",
    enforced_by="ostiary.identity.flows.passwords",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("11.4.2", "6.2.8", "6.2.9"),
        cwe=(916, 759, 257),
        standards=("NIST SP 800-63B-4 §3.1.1.2", "RFC 9106", "OWASP Password Storage Cheat Sheet"),
    ),
)
