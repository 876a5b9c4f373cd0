"""Input reaches database queries only as bound parameters and cannot change them.

Why
    Query injection reads, changes or destroys any data the database account can touch. It often leads on to code
    execution.

Fix
    Bind every value: ``cursor.execute('SELECT * FROM t WHERE id = %s', (id,))``, JDBC ``PreparedStatement``, or ORM
    filters. Remove string building around ``raw()``, ``text()`` and ``extra()``, and take column names and sort
    order from an allow-list. In MongoDB accept only scalars, not objects with ``$`` keys, and turn off ``$where``.
    Give the database account only the rights it needs.

Traps
    - A 500 on a quote is a validation bug until a differential pair proves injection.
    - Dynamic column names from a fixed map are safe.
    - WAF blocks (403) hide the flaw: note that the fix is masked, not made.
"""

from __future__ import annotations

from ostiary.controls.input.injection_sql.guard import Settings, guard
from ostiary.controls.input.injection_sql.live import audit_live
from ostiary.controls.input.injection_sql.source import audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.CRITICAL,
    probe=Probe.INTRUSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source},
    attest=(
        "Which stored procedures or legacy modules build queries outside the source tree (attach their code or the "
        "last review)?"
    ),
    reach="in part: it refuses structure and known shapes in fields you name; the queries stay as they are",
    maps=Maps(
        owasp_api=("API8:2023",),
        asvs=("1.2.4", "1.3.3"),
        cwe=(89, 943),
        standards=("OWASP Top 10:2025 A05", "NIST SP 800-218 PW.5"),
    ),
)
