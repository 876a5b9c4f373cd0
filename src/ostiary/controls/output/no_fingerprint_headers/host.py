"""Servers of this machine: they are told not to name themselves."""

from __future__ import annotations

from ostiary.evidence.machine import Machine
from ostiary.model import Finding
from ostiary.parts.deployment import fingerprints
from ostiary.parts.deployment.opinion import finding, on


async def audit_host(machine: Machine) -> Finding:
    """They are told not to name themselves."""
    return finding(
        fingerprints.banners(machine.deployment),
        on(machine),
        nothing="no server for the web is configured under /etc",
        holds="configured under /etc",
    )
