"""GraphQL queries have limits on depth, aliases, batches and cost; the schema is not public.

Why
    One small nested query triggers millions of resolver calls. Hundreds of aliases in one request try passwords or
    codes past the rate limit.

Fix
    Set limits for depth (such as 10), aliases, batch size and cost with GraphQL Armor, ``graphql-depth-limit`` or
    the server's own options. Set ``introspection: false`` and ``allowBatchedHttpRequests: false`` in Apollo Server,
    and hide field suggestions. Cap every list field. Count each aliased operation against the rate limit, or accept
    only persisted queries.

Traps
    - Introspection on a deliberately public schema is fine.
    - Errors come with status 200.
    - Cost limits may allow 50 cheap aliases: judge by policy.
"""

from __future__ import annotations

from ostiary.controls.beyond.graphql_limits.guard import guard
from ostiary.controls.beyond.graphql_limits.live import audit_live
from ostiary.controls.beyond.graphql_limits.settings import Settings
from ostiary.controls.beyond.graphql_limits.source import audit_source
from ostiary.controls.beyond.graphql_limits.spec import audit_spec
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.ACTIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SPEC: audit_spec, Kind.SOURCE: audit_source},
    attest=(
        "Who is meant to use GraphQL introspection, and which query limits apply (attach the server settings or the"
        " partner agreement)?"
    ),
    maps=Maps(
        owasp_api=("API4:2023", "API2:2023"),
        asvs=("4.3.1", "4.3.2"),
        cwe=(770, 674),
        standards=("GraphQL over HTTP", "OWASP GraphQL Cheat Sheet"),
    ),
)
