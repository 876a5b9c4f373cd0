"""What the header of a program or library in ELF asks of its loader (System V gABI, chapter 5); nothing else of it is read."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

MAGIC: Final = b"\x7fELF"
HEAD: Final = 64  # bytes of the longest file header
_EXEC, _DYN = 2, 3
_LOAD, _INTERP, _STACK, _RELRO = 1, 3, 0x6474E551, 0x6474E552
_X, _W = 1, 2
_MOST_ENTRIES: Final = 4096
_MACHINES: Final = {
    3: "x86", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm", 62: "x86-64", 183: "aarch64", 243: "riscv",
    258: "loongarch",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Where the table of program headers stands in the file."""

    offset: int
    size: int  # bytes
    entry: int  # bytes of one
    wide: bool  # 64 bits
    big: bool  # big-endian
    kind: int
    machine: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Elf:
    """A program (``EXEC``, or ``DYN`` with an interpreter) or a shared object; None for ``stack``: it does not say."""

    machine: str  # "x86-64", or a number
    program: bool
    stack: bool | None  # whether it asks for an executable stack
    mixed: bool  # a segment is loaded writable and executable
    pie: bool
    relro: bool


def table(head: bytes) -> Table | None:
    """Find the program headers.

    :param head: the file's first `HEAD` bytes.
    :returns: None for what is no ELF, or no program and no shared object (objects, core dumps), or is damaged.
    """
    if len(head) < 52 or not head.startswith(MAGIC) or head[4] not in {1, 2} or head[5] not in {1, 2}:  # noqa: PLR2004 - the shortest header
        return None
    wide, big = head[4] == 2, head[5] == 2  # noqa: PLR2004 - ELFCLASS64, ELFDATA2MSB
    order = ">" if big else "<"
    kind, machine = struct.unpack_from(order + "HH", head, 16)
    if kind not in {_EXEC, _DYN} or (wide and len(head) < HEAD):
        return None
    offset = struct.unpack_from(order + ("Q" if wide else "I"), head, 32 if wide else 28)[0]
    entry, count = struct.unpack_from(order + "HH", head, 54 if wide else 42)
    if not offset or entry != (56 if wide else 32) or count > _MOST_ENTRIES:
        return None
    return Table(offset=offset, size=entry * count, entry=entry, wide=wide, big=big, kind=kind, machine=machine)


def elf(where: Table, entries: bytes) -> Elf:
    """Read program headers.

    :param entries: the bytes of the table.
    """
    order = ">" if where.big else "<"
    flagged = struct.Struct(order + "II") if where.wide else struct.Struct(order + "I20xI")
    stack: bool | None = None
    mixed = interpreted = relro = False
    for at in range(0, min(len(entries), where.size) - where.entry + 1, where.entry):
        kind, flags = flagged.unpack_from(entries, at)
        if kind == _STACK:
            stack = bool(flags & _X)
        elif kind == _LOAD:
            mixed |= flags & (_X | _W) == _X | _W
        elif kind == _INTERP:
            interpreted = True
        elif kind == _RELRO:
            relro = True
    return Elf(
        machine=_MACHINES.get(where.machine, str(where.machine)),
        program=where.kind == _EXEC or interpreted,
        stack=stack,
        mixed=mixed,
        pie=where.kind == _DYN and interpreted,
        relro=relro,
    )


def of(data: bytes) -> Elf | None:
    """Read a file's beginning; None: it is none, or its headers stand further behind than `data` goes."""
    where = table(data[:HEAD])
    if where is None or len(data) < where.offset + where.size:
        return None
    return elf(where, data[where.offset : where.offset + where.size])
