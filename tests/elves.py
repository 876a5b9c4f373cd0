"""Small files in ELF, made by hand: a header and a table of program headers."""

from __future__ import annotations

import struct
from collections.abc import Sequence

LOAD, INTERP, STACK = 1, 3, 0x6474E551


def elf_file(
    headers: Sequence[tuple[int, int]], *, wide: bool = True, big: bool = False, kind: int = 3, machine: int = 62
) -> bytes:
    """A shared object (or what `kind` says) with these segments, each a type and its flags (1 executable, 2 writable)."""
    order = ">" if big else "<"
    ident = b"\x7fELF" + bytes([2 if wide else 1, 2 if big else 1, 1]) + bytes(9)
    if wide:
        head = ident + struct.pack(
            order + "HHIQQQIHHHHHH", kind, machine, 1, 0, 64, 0, 0, 64, 56, len(headers), 0, 0, 0
        )
        rows = [struct.pack(order + "IIQQQQQQ", type_, flags, 0, 0, 0, 0, 0, 16) for type_, flags in headers]
    else:
        head = ident + struct.pack(
            order + "HHIIIIIHHHHHH", kind, machine, 1, 0, 52, 0, 0, 52, 32, len(headers), 0, 0, 0
        )
        rows = [struct.pack(order + "IIIIIIII", type_, 0, 0, 0, 0, 0, flags, 16) for type_, flags in headers]
    return head + b"".join(rows)
