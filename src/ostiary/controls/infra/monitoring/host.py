"""Whether something watches this machine, and whether what it sees leads to a person; that alerts arrive, people say."""

from __future__ import annotations

from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence.machine import Machine
from ostiary.model import Evidence, Finding, attest, not_applicable, passed
from ostiary.parts.machines.watchers import ALERTERS, WATCHERS, reaches_somebody, running

QUESTION: Final = (
    "Who is alerted when the API fails or is attacked (attach the alert rules, the receivers and the last test alert)?"
)
_ROUTES: Final = (
    "/etc/prometheus/alertmanager.yml",
    "/etc/alertmanager/alertmanager.yml",
    "/etc/alertmanager/config.yml",
)


async def audit_host(machine: Machine) -> Finding:
    """Agents by their processes, alerts by where Alertmanager sends them."""
    if not machine.local:
        return not_applicable(f"one port was named ({machine.port}): who watches does not show in it")
    processes = machine.processes()
    watchers, alerters = running(processes, WATCHERS), running(processes, ALERTERS)
    route = _route(machine) if "Alertmanager" in alerters else ""
    if route:
        shown = [Evidence(what=f"{title} runs", where=where) for title, where in (alerters | watchers).items()]
        return passed(
            "Alertmanager runs and has receivers outside of it", Evidence(what="receivers", where=route), *shown[:3]
        )
    if watchers:
        return attest(f"{', '.join(watchers)} runs here; whom it alerts does not show. {QUESTION}")
    where = f"In a container ({machine.container}) nothing" if machine.container else "Nothing"
    return attest(f"{where} is seen that watches this machine. {QUESTION}")


def _route(machine: Machine) -> str:
    for path in _ROUTES:
        try:
            if reaches_somebody(machine.text(path)):
                return path
        except Unanswerable:
            continue
    return ""
