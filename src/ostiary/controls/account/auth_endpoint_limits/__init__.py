"""Login and one-time-code verify, resend and create each have their own per-account limit.

Why
    Six-digit codes fall to brute force in minutes, and unlimited sends flood users and run up messaging bills.

Fix
    Count attempts per target account in a shared store such as Redis, not only per IP: 5 tries per code, one resend
    per 60 s, 5 per hour, and growing waits after failed logins. Limit resends per phone number or address too.
    Never reset the counter when a new code is issued, and bind each code to one challenge. Answer ``429`` with
    ``Retry-After``.

Traps
    - Limits per IP only.
    - A new code that resets the attempt counter multiplies guesses: count across codes.
    - Resend limits must also cover the destination number, not just the account.
    - An operation that sends may say yes and keep silent: only a new code or challenge each time shows that it does not.
    - Codes that run out silently are answered as before: where no right code can be tried, a finding is tentative.
"""

from __future__ import annotations

from ostiary.controls.account.auth_endpoint_limits.guard import Settings, guard
from ostiary.controls.account.auth_endpoint_limits.live import audit_live
from ostiary.controls.account.auth_endpoint_limits.source import audit_source
from ostiary.controls.account.auth_endpoint_limits.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.INTRUSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "What spending cap and sending limits are set at your SMS or e-mail provider (attach the provider settings "
        "and the alert threshold)?"
    ),
    maps=Maps(
        owasp_api=("API2:2023", "API4:2023", "API6:2023"),
        asvs=("6.6.3", "6.3.1", "6.6.4", "6.5.5"),
        cwe=(307, 799),
        standards=("NIST SP 800-63B-4 §3.2.2, §3.1.4", "RFC 6238 §5.2", "RFC 4226 §7.3"),
    ),
)
