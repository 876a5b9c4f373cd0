"""A sudden burst is smoothed or refused within seconds, even with quota left.

Why
    A quota alone lets a caller spend everything in one instant. That burst overloads the back ends for everyone.

Fix
    Add a leaky bucket or GCRA limit with a small burst before the quota check. In nginx: ``limit_req_zone
    $binary_remote_addr zone=api:10m rate=10r/s;`` and ``limit_req zone=api burst=20 nodelay;`` with
    ``limit_req_status 429;``. In code use Bucket4j, ``redis-cell`` or Go ``x/time/rate``. Add a total limit for
    each back end.

Traps
    - Client-side pacing by the auditor's HTTP library can hide bursts: use one connection with pipelined awaits.
    - Autoscaling delay can look like smoothing: require 429 or an explicit policy.
    - Fixed-window limiters allow double bursts at the boundary: medium finding.
"""

from __future__ import annotations

from ostiary.controls.input.rate_spike_arrest.guard import Settings, guard
from ostiary.controls.input.rate_spike_arrest.live import audit_live
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="should",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live},
    attest="What burst threshold applies to each route (attach the spike limit configuration)?",
    maps=Maps(
        owasp_api=("API4:2023",),
        asvs=("2.4.1", "15.2.2"),
        cwe=(770, 799),
        standards=("RFC 6585 §4",),
    ),
)
