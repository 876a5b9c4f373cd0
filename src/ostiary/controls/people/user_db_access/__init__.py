"""Only named, least-privileged people and services reach user data, and their access is logged.

Why
    An insider, a stolen laptop or an over-privileged service can copy the whole user database. With shared accounts
    nobody can tell who did it.

Fix
    Create separate database roles for migrations, the application (no DDL) and read-only use; never connect as
    ``root``, ``postgres`` or ``sa``. Give people individual, time-limited access through single sign-on and log
    their queries, for example with ``pgaudit``. Keep the database on a private network. Review all access, replicas
    and support tools included, every 180 days.

Traps
    - Application account with DDL rights needed only for migrations.
    - Read replicas and analytics copies.
    - Support tools that proxy queries.
"""

from __future__ import annotations

from ostiary.controls.people.user_db_access.host import audit_host
from ostiary.controls.people.user_db_access.source import QUESTION, audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.HIGH,
    probe=Probe.NONE,
    strength="must",
    audits={Kind.SOURCE: audit_source, Kind.HOST: audit_host},
    attest=QUESTION,
    reach="cannot: the database is behind the application",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("13.2.2", "13.3.2", "14.2.4"),
        cwe=(250,),
        standards=("NIST SP 800-53r5 AC-6", "CIS Controls v8.1 §6"),
    ),
)
