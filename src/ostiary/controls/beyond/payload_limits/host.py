"""Servers of this machine: bodies are bounded before an application sees them."""

from __future__ import annotations

from ostiary.evidence.machine import Machine
from ostiary.model import Finding
from ostiary.parts.deployment import limits
from ostiary.parts.deployment.opinion import finding, on


async def audit_host(machine: Machine) -> Finding:
    """Bodies are bounded before an application sees them."""
    return finding(
        limits.bodies(machine.deployment),
        on(machine),
        nothing="no server under /etc is told of a bound for bodies",
        holds="configured under /etc",
    )
