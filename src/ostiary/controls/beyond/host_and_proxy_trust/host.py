"""Servers of this machine: only known proxies are believed about a client's address."""

from __future__ import annotations

from ostiary.evidence.machine import Machine
from ostiary.model import Finding
from ostiary.parts.deployment import limits
from ostiary.parts.deployment.opinion import finding, on


async def audit_host(machine: Machine) -> Finding:
    """Only known proxies are believed about a client's address."""
    return finding(
        limits.trust(machine.deployment),
        on(machine),
        nothing="no server under /etc is told of proxies in front of it",
        holds="configured under /etc",
    )
