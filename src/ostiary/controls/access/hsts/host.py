"""Servers of this machine: the header goes out with errors too, for a year."""

from __future__ import annotations

from ostiary.evidence.machine import Machine
from ostiary.model import Finding
from ostiary.parts.deployment import clear_text
from ostiary.parts.deployment.opinion import finding, on


async def audit_host(machine: Machine) -> Finding:
    """The header goes out with errors too, for a year."""
    return finding(
        clear_text.hsts(machine.deployment),
        on(machine),
        nothing="no server under /etc ends TLS or sends the header",
        holds="configured under /etc",
    )
