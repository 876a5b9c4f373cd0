"""Outsiders find a public page and a staffed mailbox for reporting vulnerabilities.

Why
    A finder who has no channel publishes the flaw, sells it or gives up. The hole stays open until an attacker uses
    it.

Fix
    Serve ``/.well-known/security.txt`` over HTTPS as ``text/plain`` with at least ``Contact:
    mailto:security@example.com`` and ``Expires:`` with a date less than a year ahead, plus ``Policy:``. Publish the
    policy page it points to and add a ``SECURITY.md`` to the repository. Assign people to read the mailbox and
    renew the file before it expires.

Traps
    - A 200 HTML fallback for the path is not a security.txt.
    - Audit the organisation's main domain as well as the API host.
    - A SECURITY.md without contact is empty.
"""

from __future__ import annotations

from ostiary.controls.people.report_channel.guard import Settings, guard
from ostiary.controls.people.report_channel.live import audit_live
from ostiary.controls.people.report_channel.source import audit_source
from ostiary.model import Control, Kind, Maps, Probe, Severity

control = Control(
    severity=Severity.LOW,
    probe=Probe.PASSIVE,
    strength="must",
    settings=Settings,
    guard=guard,
    audits={Kind.LIVE: audit_live, Kind.SOURCE: audit_source},
    attest=(
        "Who reads the security mailbox, and how fast are reports answered (attach the response goal and the record"
        " of the last report handled)?"
    ),
    maps=Maps(
        standards=("RFC 9116", "RFC 2142", "ISO/IEC 29147:2018"),
    ),
)
