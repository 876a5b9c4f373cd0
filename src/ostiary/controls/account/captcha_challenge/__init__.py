"""Attempts that look automated must solve a challenge before more guesses are accepted.

Why
    Guessing spread over many accounts and addresses stays below per-account limits and goes on unhindered.

Fix
    After repeated failures or risk signals, require a challenge such as proof of work (ALTCHA), Turnstile, hCaptcha
    or device attestation. Verify the answer on the server before checking the password, accept each answer once,
    bind it to the action and let it expire in minutes. Enforce it in the API, not only on the page. Offer an
    accessible alternative and check that no test keys are live.

Traps
    - A widget on the page proves nothing: test the API.
    - Always-on CAPTCHA harms users without need: not required for a pass.
    - Test keys left in production accept everything.
"""

from __future__ import annotations

from ostiary.controls.account.captcha_challenge.guard import Settings, guard
from ostiary.controls.account.captcha_challenge.live import audit_live
from ostiary.controls.account.captcha_challenge.source import audit_source
from ostiary.controls.account.captcha_challenge.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.INTRUSIVE,
    strength="should",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "Which challenge provider is used, what triggers it, and what is the accessible alternative (attach the "
        "configuration and the trigger policy)?"
    ),
    maps=Maps(
        owasp_api=("API2:2023", "API6:2023"),
        asvs=("2.4.1", "6.1.1"),
        cwe=(804, 799),
        standards=("NIST SP 800-63B-4 §3.2.2", "WCAG 2.2 §3.3.8"),
    ),
)
