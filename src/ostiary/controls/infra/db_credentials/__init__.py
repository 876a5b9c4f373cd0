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

from __future__ import annotations

from ostiary.controls.infra.db_credentials.host import audit_host
from ostiary.controls.infra.db_credentials.pipeline import audit_ci
from ostiary.controls.infra.db_credentials.source import audit_source
from ostiary.evidence import Http
from ostiary.model import Control, Evidence, Finding, Kind, Maps, Probe, Severity, attest, failed, passed, unknown
from ostiary.parts.seen import services


async def audit_live(http: Http) -> Finding:
    """Ask each usual data store on the target's own host one question that a protected one refuses; no login is tried."""
    if not http.intrusive:
        return unknown("needs --intrusive: data stores on the target's host are spoken to")
    opened, shut = list[services.Store](), list[services.Store]()
    for store in services.STORES:
        if store.port == http.port:
            continue
        answer = await services.told(http, store.port, store.question)
        verdict = None if answer is None else services.opens(store, answer)
        if verdict is not None:
            (opened if verdict else shut).append(store)
    if opened:
        names = ", ".join(f"{each.name} on port {each.port}" for each in opened)
        return failed(
            f"a data store asks nobody who they are: {names}",
            *[
                Evidence(what=f"{each.name} did what a protected one refuses", where=f"{http.host}:{each.port}")
                for each in opened[:4]
            ],
            severity=Severity.MEDIUM if services.is_loopback(http.host) else None,
            proof="it answered one question without credentials as only an unprotected one does; nothing was read",
            facts={"ports": [each.port for each in opened]},
        )
    if shut:
        names = ", ".join(each.name for each in shut)
        return passed(f"{names} asks for credentials", Evidence(what=f"{names}: refused without", where=http.host))
    return attest(f"No data store answers on the usual ports of {http.host}. {control.attest}")


control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.INTRUSIVE,
    strength="must",
    audits={Kind.LIVE: audit_live, Kind.HOST: audit_host, Kind.SOURCE: audit_source, Kind.CI: audit_ci},
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
