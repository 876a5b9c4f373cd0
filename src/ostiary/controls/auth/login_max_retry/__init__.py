"""Failed sign-ins are counted per account across all sources and capped at a small limit.

Why
    Without a cap an attacker can brute-force passwords and one-time codes or try leaked credentials at full speed.
    Rotating addresses defeats a counter that only looks at the IP.

Fix
    Count consecutive failures per account in a shared store such as Redis, not only per IP. Delay answers after
    about 5 failures, stop at a fixed limit (never above 100), and refuse even the right password while blocked with
    429 and ``Retry-After``. Use a maintained library: ``django-axes`` with ``AXES_LOCKOUT_PARAMETERS =
    ['username']``, ``rate-limiter-flexible`` for Node, Devise ``:lockable``. Count one-time codes the same way.

Traps
    - A deliberately uniform 401 hides an internal lock: decide by whether the right password is refused, not by
      status code.
    - Never run this on a real account: the lock itself is a denial of service.
    - A limiter keyed only on IP passes a naive test; always rotate the claimed address and, where possible, the
      account.
"""

from __future__ import annotations

from ostiary.controls.auth.login_max_retry.guard import Settings, guard
from ostiary.controls.auth.login_max_retry.live import audit_live
from ostiary.controls.auth.login_max_retry.source import audit_source
from ostiary.controls.auth.login_max_retry.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.INTRUSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "What are the failed sign-in thresholds, what is counted, and how does a locked user recover (attach the "
        "configuration or policy)?"
    ),
    maps=Maps(
        owasp_api=("API2:2023", "API4:2023"),
        asvs=("6.1.1", "6.3.1", "6.6.3"),
        cwe=(307,),
        standards=("NIST SP 800-63B-4 §3.2.2", "RFC 6585 §4"),
    ),
)
