"""Ports that other machines can reach, with who listens: stores and debuggers have no business there, the rest is a list's."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.machine import Listening, Machine
from ostiary.model import Evidence, Finding, Outcome, failed, not_applicable, passed, unknown
from ostiary.parts.seen.services import RISKY

QUESTION: Final = "Which ports may be reachable on this host (attach the approved list)?"
_STORES: Final = frozenset({
    "redis-server", "valkey-server", "postgres", "mysqld", "mariadbd", "mongod", "memcached", "etcd", "influxd", "beam.smp",
})  # fmt: skip
_SHOWN: Final = 12


async def audit_host(machine: Machine) -> Finding:
    """Compare what listens with what nobody but the application should reach."""
    if not machine.local:
        return not_applicable(f"one port was named ({machine.port}): audit the machine itself (--host, there)")
    listening = [each for each in machine.listening() if each.protocol == "tcp" or each.port in RISKY]
    wide = [each for each in listening if each.public]
    risky = [each for each in wide if each.port in RISKY or each.process in _STORES]
    shown = [Evidence(what=_told(each), where=each.where) for each in (risky or wide)[:4]]
    if not wide:
        return passed(
            f"of {len(listening)} ports that somebody listens on, none is bound to an address that others reach"
        )
    listed = ", ".join(_told(each) for each in wide[:_SHOWN]) + (
        f" and {len(wide) - _SHOWN} more" if len(wide) > _SHOWN else ""
    )
    if risky and machine.container:
        return unknown(
            f"in a container ({machine.container}) what is published decides who reaches {_told(risky[0])}", *shown
        )
    if risky:
        return failed(
            f"{len(risky)} ports that no caller of an API needs listen for other machines: {', '.join(_told(each) for each in risky[:_SHOWN])}",
            *shown,
            proof="the kernel's list of sockets shows the address that each is bound to; a firewall before the machine is not looked at",
            places=tuple(dict.fromkeys(each.where for each in risky)),
            facts={"ports": sorted({each.port for each in wide})},
        )
    return Finding(
        outcome=Outcome.ATTEST,
        why=f"Other machines reach {listed}. {QUESTION}",
        evidence=tuple(shown),
        facts={"ports": sorted({each.port for each in wide})},
    )


def _told(each: Listening) -> str:
    """``5432 (postgres of postgres, on ::)``."""
    kind = "/udp" if each.protocol == "udp" else ""
    who = f"{each.process} of {each.user}" if each.process else "whose process may not be seen"
    usual = f", usually {RISKY[each.port]}" if each.port in RISKY and not each.process else ""
    return f"{each.port}{kind} ({who}{usual}, on {each.address})"
