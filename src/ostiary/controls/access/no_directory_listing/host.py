"""Servers of this machine: none lists the files of a folder."""

from __future__ import annotations

from ostiary.evidence.machine import Machine
from ostiary.model import Finding
from ostiary.parts.deployment import directory_listing
from ostiary.parts.deployment.opinion import finding, on


async def audit_host(machine: Machine) -> Finding:
    """None lists the files of a folder."""
    return finding(
        directory_listing.listing(machine.deployment),
        on(machine),
        nothing="no server for the web is configured under /etc",
        holds="configured under /etc",
    )
