"""Every data store requires authentication, and no vendor default credential works.

Why
    Bots search for open MongoDB, Redis and Elasticsearch servers all day. They copy, wipe or ransom the data with
    no exploit at all.

Fix
    Turn authentication on: ``requirepass`` or ACL users in Redis, ``security.authorization: enabled`` in MongoDB,
    ``scram-sha-256`` instead of ``trust`` in ``pg_hba.conf``. Generate a unique random password per service and
    keep it in a secret store. Bind to a private address and use TLS. Remove ``ALLOW_EMPTY_PASSWORD`` and default
    passwords from Compose and Helm values.

Traps
    - Do not try default password lists against live systems without approval: at most the documented default once.
    - Loopback-only unauthenticated Redis is medium, not critical.
    - Redis answers NOAUTH to PING when protected: that is a pass.
"""

from ostiary.model import Control, Maps, Probe, Severity

control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.INTRUSIVE,
    strength="must",
    attest=(
        "Does every data store, managed ones included, refuse unauthenticated and default logins (attach the "
        "authentication settings or provider access policy)?"
    ),
    reach="cannot: the database is behind the application",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("13.2.3", "6.3.2", "13.2.2"),
        cwe=(1392, 306, 521),
        standards=("CIS Benchmarks (MongoDB, Redis, PostgreSQL)", "OWASP Database Security Cheat Sheet"),
    ),
)
