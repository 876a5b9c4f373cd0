"""Of a package: native libraries and programs that ask for an executable stack, or are loaded where anybody expects them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence.package import Package
from ostiary.model import Confidence, Evidence, Finding, failed, not_applicable, passed, unknown
from ostiary.parts import elf

_SHOWN: Final = 4
_MOST: Final = 2_000  # libraries


async def audit_mobile(package: Package) -> Finding:
    """Read the headers of every native library, or of every program of an iOS app."""
    looked: list[str] = []
    silent: list[str] = []
    faults = [*(_of_elves(package, looked, silent) if package.android else _of_machos(package, looked))]
    if faults:
        return failed(
            faults[0].what,
            *faults[:_SHOWN],
            places=tuple(dict.fromkeys(each.where for each in faults)),
            confidence=Confidence.CERTAIN,
        )
    if silent:
        return unknown(f"{len(silent)} of {len(looked)} libraries do not say what stack they need ({silent[0]})")
    if not looked:
        return not_applicable("the package holds no native code")
    return passed(
        f"none of {len(looked)} native programs and libraries asks for an executable stack",
        package.show(looked[0], "no executable stack"),
    )


def _of_elves(package: Package, looked: list[str], silent: list[str]) -> Iterator[Evidence]:
    for file in [each for each in package.files if each.path.endswith(".so") and "lib/" in each.path][:_MOST]:
        try:
            data = package.data(file)
        except Unanswerable:
            silent.append(file.path)
            continue
        where = elf.table(data[: elf.HEAD])
        if where is None:
            continue
        read = elf.elf(where, data[where.offset : where.offset + where.size])
        looked.append(file.path)
        if read.stack:
            yield package.show(file.path, "asks for an executable stack")
        elif read.mixed:
            yield package.show(file.path, "has memory that is writable and executable at once")
        elif read.stack is None:
            silent.append(file.path)


def _of_machos(package: Package, looked: list[str]) -> Iterator[Evidence]:
    for binary in package.binaries:
        looked.append(binary.path)
        for each in binary.slices:
            if each.stack_may_run:
                yield package.show(binary.path, f"its {each.cpu} code asks for an executable stack")
            elif not each.pie:
                yield package.show(binary.path, f"its {each.cpu} code is loaded at a fixed address (no PIE)")
