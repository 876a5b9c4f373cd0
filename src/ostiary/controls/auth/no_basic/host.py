"""Servers of this machine: none asks for HTTP Basic."""

from __future__ import annotations

from ostiary.evidence.machine import Machine
from ostiary.model import Finding
from ostiary.parts.deployment import basic_auth
from ostiary.parts.deployment.opinion import finding, on


async def audit_host(machine: Machine) -> Finding:
    """None asks for HTTP Basic."""
    return finding(
        basic_auth.basic(machine.deployment),
        on(machine),
        nothing="no server for the web is configured under /etc",
        holds="configured under /etc",
    )
