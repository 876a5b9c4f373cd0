"""File systems and swap lie on dm-crypt or they do not; what a provider does below a guest cannot be seen in it."""

from __future__ import annotations

from typing import Final

from ostiary.evidence.machine import Machine
from ostiary.evidence.machine_facts import Volume
from ostiary.model import Evidence, Finding, failed, not_applicable, passed, unknown

_STARTS: Final = ("/boot", "/boot/efi", "/efi")  # what starts the machine has to be readable before a key is there


async def audit_host(machine: Machine) -> Finding:
    """Every volume but the one that starts the machine."""
    if not machine.local:
        return not_applicable(f"one port was named ({machine.port}): disks do not show in it")
    found = [each for each in machine.volumes() if each.mount not in _STARTS]
    if machine.container:
        return unknown(
            f"in a container ({machine.container}): the disks are those of the machine below, which encrypts them or not"
        )
    if not found:
        return unknown("nothing is mounted from a disk that is listed here")
    plain = [each for each in found if each.encrypted is False and not each.provided]
    hidden = [each for each in found if not each.encrypted and each not in plain]
    shown = [Evidence(what=_told(each), where=each.mount) for each in (plain or hidden or found)[:4]]
    if plain:
        return failed(
            f"{len(plain)} of {len(found)} volumes are not encrypted: {', '.join(_told(each) for each in plain[:6])}",
            *shown,
            proof="none of the layers below them is one of dm-crypt, by the kernel's own list",
            places=tuple(each.mount for each in plain),
        )
    if hidden:
        return unknown(
            f"{_told(hidden[0])} is on a disk that may be encrypted below this machine, where it cannot be seen: its provider says",
            *shown,
        )
    return passed(f"all {len(found)} volumes lie on dm-crypt", *shown)


def _told(each: Volume) -> str:
    return f"{each.mount} ({each.kind} on {each.device})" if each.mount != "swap" else f"swap on {each.device}"
