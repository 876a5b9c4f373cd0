"""Each consumer has an hourly, daily or monthly quota that is enforced when used up.

Why
    Short rate limits alone still allow slow scraping of everything and unbounded spending on metered back ends.

Fix
    Count calls per API key, user or tenant over an hour, day or month in durable storage, for example a Redis
    ``INCR`` on ``quota:key:2025-01`` with an expiry, or the usage plan of your cloud API service. When the
    allowance is spent, answer 429 with ``Retry-After`` until the reset. Show what is left in ``RateLimit`` or
    ``X-RateLimit-Remaining`` headers and document the plans.

Traps
    - A per-minute limiter is not a quota.
    - Counters that reset on deploy are not durable.
    - Headers can be decorative: check that the number changes.
"""

from __future__ import annotations

from ostiary.controls.input.rate_quota.guard import Settings, guard
from ostiary.controls.input.rate_quota.live import audit_live
from ostiary.controls.input.rate_quota.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.PASSIVE,
    strength="should",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    attest="What long-window quota does each plan or consumer have (attach the quota table and where it is enforced)?",
    maps=Maps(
        owasp_api=("API4:2023", "API6:2023"),
        asvs=("2.4.1", "2.1.3"),
        cwe=(770,),
        standards=("RFC 6585 §4", "draft-ietf-httpapi-ratelimit-headers-11"),
    ),
)
