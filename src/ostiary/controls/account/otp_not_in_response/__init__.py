"""One-time codes reach users by their own channel and never appear in an API response.

Why
    A returned code lets whoever calls the operation pass the second step without owning the phone or mailbox.

Fix
    Return only an opaque random challenge id from the operations that create or resend a code, and send the code by
    the separate channel. Remove the code from response models, headers, errors and debug output; a plain hash of
    six digits counts as the code. Store only a keyed hash (HMAC-SHA-256 with a server key) and remove test switches
    that echo codes in production.

Traps
    - An unsalted hash of a 6-digit code is equivalent to the code.
    - Debug environments often echo codes: confirm the target profile.
    - TOTP enrolment must return a seed once: not this control.
    - The secret of a password reset is a code as well, also inside a link. Beside a code that is mailed, a token in the
      reply only says which reset is meant.
"""

from __future__ import annotations

from ostiary.controls.account.otp_not_in_response.guard import Settings, guard
from ostiary.controls.account.otp_not_in_response.live import audit_live
from ostiary.controls.account.otp_not_in_response.source import audit_source
from ostiary.controls.account.otp_not_in_response.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.INTRUSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "Through which channels are one-time codes delivered, and which test numbers or bypass codes exist (attach "
        "the list and the production settings)?"
    ),
    reach="in part: in fields and texts that look like codes, of operations with a known role",
    maps=Maps(
        owasp_api=("API2:2023", "API3:2023"),
        asvs=("6.6.2", "6.5.5", "16.2.5"),
        cwe=(201, 522),
        standards=("NIST SP 800-63B-4 §3.1.3",),
    ),
)
