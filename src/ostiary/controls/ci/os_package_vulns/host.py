"""A machine's packages: security updates that wait, and whether its release still gets any."""

from __future__ import annotations

import datetime as dt

from ostiary.errors import Unanswerable
from ostiary.evidence.machine import Machine
from ostiary.evidence.supply import Updates
from ostiary.model import Finding, failed, passed, unknown

_STALE = dt.timedelta(days=7)  # of lists: who has not asked for updates knows of none
_SHOWN = 8


async def audit_host(machine: Machine) -> Finding:
    """Ask the package manager what it would upgrade, and the calendar about the release."""
    if not machine.local:
        return unknown("packages show on the machine alone (--host)")
    now = dt.datetime.now(dt.UTC)
    ended = _ended(machine, now.date())
    if ended:
        return failed(ended, machine.show(ended))
    updates: Updates = machine.updates()
    if updates.security:
        names = ", ".join(f"{each.name} {each.installed} -> {each.candidate}" for each in updates.security[:_SHOWN])
        return failed(
            f"{len(updates.security)} packages have flaws that the distribution has fixed, and are not updated",
            machine.show("security updates that wait", "apt-get -s dist-upgrade", names),
            places=tuple(each.name for each in updates.security[:200]),
            facts={"pending": len(updates.pending), "security": len(updates.security)},
        )
    if updates.listed is None or now - updates.listed > _STALE:
        age = "never fetched" if updates.listed is None else f"{(now - updates.listed).days} days old"
        return unknown(f"no update waits, but the lists of packages are {age}: apt-get update")
    return passed(f"no security update waits, by lists of packages of {updates.listed:%Y-%m-%d}")


def _ended(machine: Machine, today: dt.date) -> str:
    try:
        release = machine.release()
    except Unanswerable:
        return ""
    last = max((each for each in (release.ends, release.extended) if each is not None), default=None)
    return f"{release.name} got its last security update on {last}" if last is not None and last < today else ""
