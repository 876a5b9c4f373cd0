"""Identifiers that clients see are random UUIDs, not counters or guessable numbers.

Why
    Counters reveal business volumes. They also let an attacker enumerate every record in seconds wherever an
    authorization check is missing.

Fix
    Give each exposed object a UUIDv4 from a library: ``uuid.uuid4()``, ``crypto.randomUUID()``, PostgreSQL
    ``gen_random_uuid()``; avoid version 1. Keep the integer key internal, add a unique ``public_id`` column, and
    return and look up by that. Declare ``format: uuid`` on id parameters in OpenAPI. A UUID is not a secret, so
    keep the ownership check on every lookup.

Traps
    - Internal integer keys that never leave the server are fine.
    - Short public codes (invoice numbers, country codes) are not object handles when lookups also need ownership.
    - v7 ids sort by time and reveal creation time: note, not failure.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.MEDIUM,
    probe=Probe.PASSIVE,
    strength="should",
    attest=(
        "Which sequential or integer ids are exposed to clients, and why (attach the list with the reason for each)?"
    ),
    reach="cannot: ids are made and stored by the application",
    maps=Maps(
        owasp_api=("API1:2023",),
        asvs=("8.2.2", "11.5.1"),
        cwe=(340, 639),
        standards=("RFC 9562 (obsoletes 4122)",),
    ),
)
