"""The number of requests in flight is capped per caller and per back end.

Why
    A few slow parallel calls can use up all workers, connections or memory while staying below any per-second rate.

Fix
    Cap parallel requests per caller: ``limit_conn_zone $binary_remote_addr zone=c:10m;`` and ``limit_conn c 10;``
    in nginx, ``AddConcurrencyLimiter`` in ASP.NET Core, Resilience4j ``Bulkhead``, or a semaphore released in
    ``finally``. Count HTTP/2 streams too. Bound connection pools and set timeouts on every call. Answer 429 for the
    caller's cap and 503 with ``Retry-After`` when a back end is full.

Traps
    - HTTP/2 multiplexing hides concurrency behind one connection: count streams.
    - Latency noise on shared machines: compare ratios over repeats.
    - Semaphore leaks on client disconnect make the cap stick: test abort.
"""

from __future__ import annotations

from ostiary.controls.input.rate_concurrency.guard import Settings, guard
from ostiary.controls.input.rate_concurrency.live import audit_live
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="should",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live},
    attest=(
        "How many parallel requests may each caller and each dependency have (attach the concurrency budget or the "
        "pool and limiter settings)?"
    ),
    maps=Maps(
        owasp_api=("API4:2023",),
        asvs=("13.1.2", "13.2.6", "15.2.2", "15.4.4"),
        cwe=(770, 410),
        standards=("RFC 9110 §15.6.4",),
    ),
)
