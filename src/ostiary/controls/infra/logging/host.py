"""Whether something carries logs off the machine, and whether its clock is kept; what the logs hold is asked of people."""

from __future__ import annotations

from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence.machine import Machine
from ostiary.model import Evidence, Finding, attest, not_applicable, passed
from ostiary.parts.machines.watchers import CARRIERS, CLOCKS, WRITERS, forwards, running

QUESTION: Final = (
    "Are security events logged, protected and retained (attach redacted sample entries, the retention setting and the "
    "list of people with access)?"
)


async def audit_host(machine: Machine) -> Finding:
    """Agents by their processes, rsyslog by its configuration."""
    if not machine.local:
        return not_applicable(f"one port was named ({machine.port}): logs do not show in it")
    processes = machine.processes()
    carriers = running(processes, CARRIERS)
    writers = running(processes, WRITERS)
    if "rsyslog" in writers and (file := _forwarding(machine)):
        carriers["rsyslog"] = file
    clock = running(processes, CLOCKS)
    kept = f"its clock is kept by {next(iter(clock))}" if clock else "nothing is seen that keeps its clock"
    if carriers:
        shown = [Evidence(what=f"{title} carries logs away", where=where) for title, where in carriers.items()]
        return passed(f"logs leave this machine ({', '.join(carriers)}), and {kept}", *shown[:4])
    if machine.container:
        return attest(
            f"In a container ({machine.container}) logs are collected from outside, which does not show in it. {QUESTION}"
        )
    here = f"written here ({', '.join(writers)})" if writers else "not seen to be written by a system's logger"
    return attest(f"Logs are {here}; nothing is seen that carries them off this machine, and {kept}. {QUESTION}")


def _forwarding(machine: Machine) -> str:
    for path in ("/etc/rsyslog.conf", *machine.matching("/etc/rsyslog.d/*.conf")):
        try:
            if forwards(machine.text(path)):
                return path
        except Unanswerable:
            continue
    return ""
