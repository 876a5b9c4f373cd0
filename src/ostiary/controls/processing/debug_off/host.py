"""Processes that listen are judged by the switches in their environment and by how they were started."""

from __future__ import annotations

from ostiary.evidence.machine import Machine, Process
from ostiary.model import Evidence, Finding, Severity, failed, not_applicable, passed, unknown
from ostiary.parts.machines.workshop import signs, sound


async def audit_host(machine: Machine) -> Finding:
    """Only what serves somebody counts: a developer's shell may hold what it likes."""
    if not machine.local:
        return not_applicable(f"one port was named ({machine.port}): how it was started does not show in it")
    by_pid = {each.pid: each for each in machine.processes()}
    serving: dict[int, bool] = {}  # processes that listen, and whether others can reach them
    ports: dict[int, str] = {}
    for socket in machine.listening():
        for pid in socket.pids if socket.protocol == "tcp" else ():
            serving[pid] = serving.get(pid, False) or socket.public
            ports[pid] = socket.where
    seen = {pid: by_pid[pid] for pid in serving if pid in by_pid}
    faulty = {pid: found for pid, each in seen.items() if (found := signs(each.environment, each.argv))}
    if faulty:
        return _failed(seen, faulty, serving, ports)
    if not seen:
        return not_applicable("no process that may be seen listens on a port")
    hidden = [each for each in seen.values() if each.environment is None]
    if len(hidden) == len(seen):
        return unknown(
            f"the environment of {hidden[0].name} and {len(hidden) - 1} more may not be read: the audit needs to be root"
        )
    good = [
        f"{each.name} ({pid}): {', '.join(found)}" for pid, each in seen.items() if (found := sound(each.environment))
    ]
    note = f"; of {len(hidden)} more the environment may not be read" if hidden else ""
    return passed(
        f"{len(seen) - len(hidden)} processes that listen have no switch for debugging on{note}",
        *[Evidence(what=each) for each in good[:4]],
    )


def _failed(
    seen: dict[int, Process], faulty: dict[int, list[str]], serving: dict[int, bool], ports: dict[int, str]
) -> Finding:
    names = [f"{seen[pid].name} ({pid})" for pid in faulty]
    wide = any(serving[pid] for pid in faulty)
    first = next(iter(faulty))
    return failed(
        f"{names[0]} runs with {', '.join(faulty[first][:3])}"
        + (f", and {len(names) - 1} more like it" if len(names) > 1 else ""),
        *[
            Evidence(
                what=f"{seen[pid].name} on {ports[pid]}: {', '.join(found[:4])}",
                where=f"process {pid}",
                extract=" ".join(seen[pid].argv)[:200],
            )
            for pid, found in list(faulty.items())[:4]
        ],
        severity=None if wide else Severity.MEDIUM,  # on loopback a proxy may or may not lead to it
        proof="read from the environment and the command line of a process that listens",
        places=tuple(names),
    )
