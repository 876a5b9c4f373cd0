"""Foreign bytes are cut by offset and length, and what lies outside of them is `Malformed`, never an exception of Python's."""

from __future__ import annotations

import struct
from typing import Final

from ostiary.errors import Unanswerable

_U16: Final = struct.Struct("<H")
_U32: Final = struct.Struct("<I")
_MOST_ULEB: Final = 5  # bytes of a 32-bit number, seven bits each


class Malformed(Unanswerable):
    """Bytes that are not of the format they are said to be of."""


class Budget:
    """How much may still be made of a file: characters decoded, elements built, entries followed.

    :param most: how many there may be in all.
    :param what: what they are, for the message.
    """

    __slots__ = ("_left", "_what")

    def __init__(self, most: int, what: str) -> None:
        self._left = most
        self._what = what

    def spend(self, amount: int = 1) -> None:
        """Take some of it.

        :raises Malformed: when it is used up.
        """
        self._left -= amount
        if self._left < 0:
            raise Malformed(f"holds too many {self._what}")


def u16(data: bytes, at: int) -> int:
    """Two bytes, the lowest first.

    :raises Malformed: when they lie outside.
    """
    try:
        found: int = _U16.unpack_from(data, at)[0] if at >= 0 else -1
    except struct.error:
        found = -1
    if found < 0:
        raise Malformed(f"ends before offset {at}")
    return found


def u32(data: bytes, at: int) -> int:
    """Four bytes, the lowest first.

    :raises Malformed: when they lie outside.
    """
    try:
        found: int = _U32.unpack_from(data, at)[0] if at >= 0 else -1
    except struct.error:
        found = -1
    if found < 0:
        raise Malformed(f"ends before offset {at}")
    return found


def many(data: bytes, at: int, count: int, size: int) -> tuple[int, ...]:
    """``count`` numbers of ``size`` bytes (2 or 4) in a row.

    :raises Malformed: when they are more than there are bytes.
    """
    if at < 0 or count < 0 or at + count * size > len(data):
        raise Malformed(f"names {count} entries at offset {at}, more than it has")
    return struct.unpack_from(f"<{count}{'H' if size == 2 else 'I'}", data, at)  # noqa: PLR2004 - bytes


def uleb(data: bytes, at: int) -> tuple[int, int]:
    """A number of variable length (LEB128, unsigned, 32 bits), and where it ends.

    :raises Malformed: when it has no end.
    """
    value = 0
    for shift in range(_MOST_ULEB):
        if not 0 <= at < len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that another follows
            return value & 0xFFFFFFFF, at
    raise Malformed(f"has no number at offset {at}")
