"""Every caller has a request rate limit, and calls above it are refused cheaply with 429.

Why
    Unlimited calls let a single client brute-force, scrape, drive up costs or bring the service down.

Fix
    Put a limiter in front of all routes, keyed by user or API key and by address: nginx ``limit_req``,
    ``express-rate-limit``, slowapi, Bucket4j, ASP.NET ``AddRateLimiter``. Keep counters in Redis when several
    workers run. Answer 429 with ``Retry-After``. Trust ``X-Forwarded-For`` only from your own proxies (nginx
    ``set_real_ip_from``, Express ``trust proxy``), so forged values do not reset the limit.

Traps
    - Not tripping the limit within 60 calls is 'not observed', not proof of absence.
    - Loopback and allow-listed auditors are often exempt.
    - Per-process counters pass in development and multiply by workers in production.
"""

from __future__ import annotations

from ostiary.controls.access.throttling.guard import Settings, guard
from ostiary.controls.access.throttling.live import audit_live
from ostiary.controls.access.throttling.source import audit_source
from ostiary.controls.access.throttling.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "What request rate limits apply to each tier, and where are they enforced (attach the limiter configuration"
        " or the published limits)?"
    ),
    maps=Maps(
        owasp_api=("API4:2023",),
        asvs=("2.4.1", "6.3.1"),
        cwe=(770, 799),
        standards=("RFC 6585 §4", "RFC 9110 §10.2.3", "draft-ietf-httpapi-ratelimit-headers-11"),
    ),
)
