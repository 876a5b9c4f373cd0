"""Updates that wait, how they are applied, what still runs of replaced files, and whether the release gets any."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from ostiary.errors import Unanswerable
from ostiary.evidence.machine import Machine
from ostiary.evidence.supply import Updates
from ostiary.model import Evidence, Finding, Severity, failed, passed, unknown

_IN_TIME = dt.timedelta(days=7)  # for what closes flaws, where nobody says how bad they are
_SHOWN = 8


async def audit_host(machine: Machine) -> Finding:
    """Ask the package manager, the kernel and the calendar."""
    if not machine.local:
        return unknown("updates show on the machine alone (--host)")
    now = dt.datetime.now(dt.UTC)
    ended = _ended(machine, now.date())
    if ended:
        return failed(ended, machine.show(ended))
    updates: Updates = machine.updates()
    faults = [*_overdue(machine, updates, now), *_running(machine, updates)]
    if faults:
        why = "; ".join(each.what for each in faults)
        severity = None if updates.security else Severity.MEDIUM
        places = tuple(each.name for each in updates.security) or tuple(each.process for each in updates.stale)
        facts = {"pending": len(updates.pending), "security": len(updates.security), "stale": len(updates.stale)}
        return failed(why, *faults[:4], severity=severity, places=places[:200], facts=facts)
    if updates.listed is None or now - updates.listed > _IN_TIME:
        age = "never fetched" if updates.listed is None else f"{(now - updates.listed).days} days old"
        return unknown(f"no update is known to wait, but the lists of packages are {age}: apt-get update")
    if updates.security:
        return unknown(
            f"{len(updates.security)} security updates wait; they are installed by themselves, and since when they wait is not told"
        )
    if updates.unseen:
        return unknown(f"no update waits, but {updates.unseen} processes may not be looked at: run as root")
    by = "unattended-upgrades installs them" if updates.automatic else "they are installed by hand"
    return passed(
        f"no security update waits, by lists of {updates.listed:%Y-%m-%d}; nothing runs of replaced files; {by}"
    )


def _overdue(machine: Machine, updates: Updates, now: dt.datetime) -> Iterator[Evidence]:
    recent = updates.upgraded is not None and now - updates.upgraded <= _IN_TIME
    if not updates.security or (updates.automatic and recent):
        return
    held = sum(each.held for each in updates.security)
    how = (
        "unattended-upgrades is on, and installed nothing for a week"
        if updates.automatic
        else "nothing installs them by itself"
    )
    names = ", ".join(f"{each.name} {each.installed} -> {each.candidate}" for each in updates.security[:_SHOWN])
    kept = f", {held} of them held back" if held else ""
    yield machine.show(
        f"{len(updates.security)} security updates wait{kept}, and {how}", "apt-get -s dist-upgrade", names
    )


def _running(machine: Machine, updates: Updates) -> Iterator[Evidence]:
    if updates.stale:
        names = ", ".join(dict.fromkeys(f"{each.process} ({each.files[0]})" for each in updates.stale[:_SHOWN]))
        yield machine.show(
            f"{len(updates.stale)} processes run files that were replaced since they started", "/proc/*/maps", names
        )
    if updates.reboot:
        yield machine.show("the system asks to be restarted", "/run/reboot-required")
    elif updates.kernels:
        yield machine.show(f"a newer kernel is installed than the one that runs: {updates.kernels[0]}", "/boot")


def _ended(machine: Machine, today: dt.date) -> str:
    try:
        release = machine.release()
    except Unanswerable:
        return ""
    last = max((each for each in (release.ends, release.extended) if each is not None), default=None)
    return f"{release.name} got its last security update on {last}" if last is not None and last < today else ""
