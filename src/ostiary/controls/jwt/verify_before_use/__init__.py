"""No claim in a token is used before the server has verified that token.

Why
    Code that only base64-decodes the payload trusts data the attacker wrote. A forged subject or role then becomes
    a real privilege.

Fix
    Verify signature, ``exp``, ``iss`` and ``aud`` in one middleware that runs before routing, logging and
    authorization, and let handlers read only the verified claims it sets. Remove ``verify_signature: False``,
    ``get_unverified_claims``, ``jwt-decode`` and manual ``split('.')`` from server code; only ``kid`` may be read
    early to find the key. Strip user headers that clients send before setting your own.

Traps
    - Reading `kid` or `iss` before verification to pick a key is normal if matched against a fixed set.
    - Client-side decoding to show a name is harmless if the server never trusts it.
    - Caching a verified token by its prefix re-opens the hole: check cache keys.
"""

from __future__ import annotations

from ostiary.controls.jwt.verify_before_use.guard import Settings, Signed, guard
from ostiary.controls.jwt.verify_before_use.live import audit_live
from ostiary.controls.jwt.verify_before_use.source import audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

__all__ = ["Settings", "Signed", "control"]

control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source},
    wants_issuers=True,
    attest=(
        "Which component verifies tokens, and how do downstream services know that it did (attach a flow diagram or"
        " the verifier configuration)?"
    ),
    maps=Maps(
        owasp_api=("API2:2023", "API5:2023"),
        asvs=("9.1.1", "7.2.1", "8.3.1"),
        cwe=(347, 807),
        standards=("RFC 7519 §7.2", "RFC 8725 §3.3"),
    ),
)
