"""Clients get only scopes registered for them, and each operation checks the scope it needs.

Why
    Otherwise any registered app can ask for more and escalate. A token issued for a trivial purpose would also work
    on administrative operations.

Fix
    Keep an allowed scope list per client and grant only the overlap with the request, or answer ``invalid_scope``.
    List the needed scope on each OpenAPI operation and check it in code: ``Security(user, scopes=['orders:read'])``
    in FastAPI, ``hasAuthority('SCOPE_orders:read')`` in Spring. When it is missing, answer 403 with
    ``WWW-Authenticate: Bearer error="insufficient_scope"``.

Traps
    - A 404 for a missing object masks the scope check: use an object that exists.
    - Reduced grants are fine if the response says so.
    - Scope is client delegation, not user permission: do not accept it as proof of object ownership.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    attest=(
        "Which scope does each operation need, and which scopes may each client hold (attach the scope to operation"
        " matrix)?"
    ),
    maps=Maps(
        owasp_api=("API5:2023",),
        asvs=("10.3.2", "10.4.11", "8.2.1"),
        cwe=(863, 862),
        standards=("RFC 6749 §3.3", "RFC 6750 §3.1", "RFC 8707", "RFC 9700 §2.3"),
    ),
)
