"""Long or large jobs run in background workers while the request returns at once.

Why
    Heavy work inside a request ties up server workers, so a few calls, malicious or not, stop the API for everyone.

Fix
    Put exports, imports, reports and bulk jobs on a queue (Celery, Sidekiq, BullMQ, SQS) and answer ``202
    Accepted`` with a ``Location`` header that points to a status resource. Let only the caller who started the job
    read that resource. Cap worker concurrency and retries, set a request timeout below 10 s, and never make
    blocking calls in async handlers.

Traps
    - Cold start and shared test hardware distort one-off timings: repeat and compare ratios.
    - Streaming responses are long by design.
    - 202 without authorisation on the status resource creates a new leak.
"""

from __future__ import annotations

from ostiary.controls.processing.async_heavy_work.live import audit_live
from ostiary.controls.processing.async_heavy_work.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.ACTIVE,
    strength="should",
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec},
    attest=(
        "Which operations can run long, and is each handled by a queue or inside the request (attach the list with "
        "typical and worst durations)?"
    ),
    reach="cannot: only the application can hand its work to others",
    maps=Maps(
        owasp_api=("API4:2023",),
        asvs=("15.1.3", "15.2.2", "13.1.3"),
        cwe=(1322, 1088, 770),
        standards=("RFC 9110 §15.3.3", "RFC 7240"),
    ),
)
