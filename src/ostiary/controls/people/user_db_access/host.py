"""The application's own account asks its database what it may do: one question, in a session that cannot write."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.machine import Machine
from ostiary.evidence.machine_facts import Rights
from ostiary.model import Confidence, Evidence, Finding, Severity, failed, passed

_TABLES: Final = "creates and changes tables"


async def audit_host(machine: Machine) -> Finding:
    """An application that rules its database makes every flaw in it the database's."""
    rights = await machine.rights()
    shown = Evidence(
        what=f"{rights.user} in {rights.engine}: "
        + (", ".join(rights.powers[:8]) or "nothing besides reading and writing"),
        where=machine.name,
    )
    if rights.superuser:
        return _failed(f"the application signs in to its database as {rights.user}, who may do everything", shown)
    ruling = [
        each for each in rights.powers if not each.startswith(_TABLES) and each != "creates schemas in this database"
    ]
    if ruling:
        return _failed(f"the application's account {rights.user} {', '.join(ruling[:4])}", shown)
    if rights.powers:
        return _failed(
            f"the application's account {rights.user} {rights.powers[0]}, which only migrations need",
            shown,
            Severity.MEDIUM,
        )
    return passed(
        f"the application's account {rights.user} rules nothing and changes no tables{_others(rights)}", shown
    )


def _others(rights: Rights) -> str:
    count = len(rights.others)
    return f"; {count} other accounts may do everything" if count else ""


def _failed(why: str, shown: Evidence, severity: Severity | None = None) -> Finding:
    return failed(
        why,
        shown,
        severity=severity,
        proof="the database itself was asked, by that account, in one question that reads no data of anybody",
        confidence=Confidence.CERTAIN,
    )
