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

from __future__ import annotations

from typing import Final

from ostiary.controls.account.reset_token_random.source import audit_source
from ostiary.errors import Unanswerable
from ostiary.evidence import Http
from ostiary.model import (
    Confidence,
    Control,
    Finding,
    Kind,
    Maps,
    Probe,
    Severity,
    failed,
    not_applicable,
    passed,
    unknown,
)
from ostiary.parts.seen import resettings
from ostiary.parts.seen.resettings import ENOUGH, Secret, bits, is_code, structure

SAMPLES: Final = 4  # resets of one account
# Requests: 4, and three reads of a mailbox each, where the API has one for developers; one registration.


async def audit_live(http: Http) -> Finding:
    """Ask for resets of an account of our own; where the secret shows, look for a pattern in several."""
    if not resettings.has_reset(http):
        return not_applicable("the document knows no password reset")
    account = await http.throwaway()
    found: list[Secret] = []
    try:
        while len(found) < SAMPLES:
            found.append(await resettings.asked(http, account))
    except Unanswerable as stop:
        if not found:
            return unknown(f"{stop} (to be asked of the operator: how is it made, and how long is it?)")
    first = found[0]
    place = (first.operation.key,)
    shown = http.show(first.answer, f"the secret of a reset, in {first.where}")
    pattern = structure(found, account)
    size = min(bits(each.text) for each in found)
    facts = {"operation": first.operation.key, "bits": round(size), "samples": len(found), "where": first.where}
    if pattern:
        return failed(
            f"the secret of a password reset can be worked out: {pattern}", shown, proof=f"In {len(found)} resets: {pattern}.",
            places=place, facts={**facts, "pattern": pattern}, confidence=Confidence.CERTAIN,
        )  # fmt: skip
    if is_code(first.text):
        return unknown(
            "resets go by a short code: how often it may be tried decides (account.auth-endpoint-limits)", shown
        )
    if size < ENOUGH:
        return failed(
            f"the secret of a password reset has {size:.0f} bits at the most", shown, places=place, facts=facts
        )
    return passed(f"{len(found)} secrets of resets show no pattern, and have room for {size:.0f} bits", shown)


control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source},
    attest=(
        "How is the reset token generated, and how many random bits does it hold (attach the code extract or the "
        "vendor documentation)?"
    ),
    reach="in part: it limits how often codes are tried; the application has to make better ones",
    enforced_by="ostiary.identity.ids",
    maps=Maps(
        owasp_api=("API2:2023",),
        asvs=("11.5.1", "6.4.1", "6.5.3"),
        cwe=(640, 338, 340),
        standards=("NIST SP 800-63B-4", "OWASP Forgot Password Cheat Sheet"),
    ),
)
