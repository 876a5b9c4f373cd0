"""Every data store that listens is entered as a stranger would try first, once for each pair; nothing in it is read."""

from __future__ import annotations

from ostiary.evidence.machine import Database, Machine
from ostiary.model import Confidence, Evidence, Finding, Severity, failed, not_applicable, passed, unknown


async def audit_host(machine: Machine) -> Finding:
    """What opened to nobody in particular is a fault, wherever it listens."""
    found = await machine.databases()
    if not found:
        return not_applicable(
            "no data store that is known listens here"
            if machine.local
            else f"port {machine.port} is no data store that is known"
        )
    opened = [each for each in found if each.opened]
    if opened:
        return _failed(opened)
    open_ends = [each for each in found if each.undecided]
    if open_ends:
        return unknown("; ".join(f"{each.engine} on {each.where}: {each.undecided}" for each in open_ends[:4]))
    shown = [Evidence(what=f"{_told(each)} refused {' and '.join(each.tried)}", where=each.where) for each in found[:4]]
    names = ", ".join(f"{each.engine} on {each.where}" for each in found[:6])
    return passed(f"{names}: nobody gets in without a password or with a default one that was tried", *shown)


def _failed(opened: list[Database]) -> Finding:
    near = all(each.loopback for each in opened)
    return failed(
        "; ".join(f"{each.engine} on {each.where} opens {each.opened}" for each in opened[:4]),
        *[Evidence(what=f"{_told(each)} opened {each.opened}", where=each.where) for each in opened[:4]],
        severity=Severity.MEDIUM if near else None,  # whoever has a shell here, or makes the application ask, is in
        proof="it did what it refuses whoever did not sign in; nothing in it was read or changed",
        places=tuple(each.where for each in opened),
        facts={"engines": sorted({each.engine for each in opened})},
        confidence=Confidence.CERTAIN,
    )


def _told(each: Database) -> str:
    return f"{each.engine} {each.version}".strip()
