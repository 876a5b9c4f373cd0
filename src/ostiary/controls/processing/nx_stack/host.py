"""What runs is judged by the headers of its files and by what the kernel has mapped for it."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.machine import Machine
from ostiary.model import Confidence, Evidence, Finding, failed, not_applicable, passed, unknown

_COMPILES: Final = re.compile(  # runtimes that write code as they run
    r"(?:node|nodejs|java|pypy3?|luajit|dotnet|chrom|firefox|qemu|php|ruby|julia|deno|bun|mono|R|erl|beam|nginx|openresty|wine)"
)


async def audit_host(machine: Machine) -> Finding:
    """An executable stack is a fault; memory that may be written and run is one to explain."""
    if not machine.local:
        return not_applicable(f"one port was named ({machine.port}): what runs does not show in it")
    found = machine.binaries()
    if found.executable or found.stacks:
        return failed(
            _faults(found.executable, found.stacks),
            *[
                Evidence(what="its header asks for an executable stack (PT_GNU_STACK: RWE)", where=each)
                for each in found.executable[:3]
            ],
            *[
                Evidence(what=f"the stack of {each} may be executed (rwx in its maps)", where=each)
                for each in found.stacks[:2]
            ],
            proof="read from the headers of what is mapped, and from the kernel's own list of what may be executed",
            places=(*found.executable, *found.stacks),
            confidence=Confidence.CERTAIN,
        )
    if not found.read:
        return unknown(
            f"{found.unread} processes may not be looked into, and no other runs: the audit needs to be root"
        )
    odd = [each for each in found.mixed if not _COMPILES.match(each)]
    if odd:
        return unknown(
            f"{', '.join(odd[:4])} has memory that may be written and executed: a compiler at run time does that, and so does an attack",
            *[Evidence(what="a mapping that is rwx", where=each) for each in odd[:4]],
        )
    notes = f"; {len(found.silent)} do not say, and get what the loader gives" if found.silent else ""
    notes += f"; {', '.join(found.mixed[:3])} compiles as it runs" if found.mixed else ""
    if found.unread:
        return unknown(
            f"{found.unread} processes may not be looked into; of {found.read} programs and libraries that may, none has an"
            " executable stack: the audit needs to be root"
        )
    shown = [Evidence(what="has no PT_GNU_STACK", where=each) for each in found.silent[:2]]
    return passed(
        f"{found.read} programs and libraries that run ({found.machine}) have no executable stack{notes}", *shown
    )


def _faults(files: tuple[str, ...], stacks: tuple[str, ...]) -> str:
    words = (
        [f"{len(files)} programs or libraries that run ask for an executable stack: {', '.join(files[:4])}"]
        if files
        else []
    )
    words += [f"{', '.join(stacks[:4])} has one"] if stacks else []
    return "; ".join(words)
