"""Compiled resources are chunks with a header each, and texts in pools that are decoded when they are asked for.

Source: ``ResourceTypes.h`` of the Android Open Source Project, ``ResChunk_header``, ``ResStringPool`` and ``Res_value``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ostiary.parts.mobile.cutting import Budget, Malformed, many, u16, u32

STRING_POOL: Final = 0x0001
NONE: Final = 0xFFFFFFFF
MOST_CHARACTERS: Final = 32 * 1024 * 1024  # decoded of one pool, so that a long text named often costs no more
_UTF8: Final = 1 << 8
_HEADER: Final = 8


@dataclass(frozen=True, slots=True)
class Chunk:
    """Where a chunk lies: ``body`` is the offset after its header, ``end`` the one after its last byte."""

    type: int
    start: int
    body: int
    end: int


def chunk(data: bytes, at: int, end: int) -> Chunk:
    """The chunk at an offset.

    :raises Malformed: when it does not fit in.
    """
    kind, header, size = u16(data, at), u16(data, at + 2), u32(data, at + 4)
    if header < _HEADER or size < header or at + size > min(end, len(data)):
        raise Malformed(f"has a chunk at offset {at} that does not fit")
    return Chunk(kind, at, at + header, at + size)


def inside(data: bytes, at: int, end: int) -> Iterator[Chunk]:
    """The chunks between two offsets; a last one that does not fit is left out, as Android's own reader does."""
    while at + _HEADER <= end:
        try:
            found = chunk(data, at, end)
        except Malformed:
            return
        yield found
        at = found.end


class Pool:
    """The texts of a pool, by their index; indexes that are not there are empty texts."""

    def __init__(self, data: bytes, where: Chunk) -> None:
        count, flags = u32(data, where.start + 8), u32(data, where.start + 16)
        begin = where.start + u32(data, where.start + 20)
        if count > (where.end - where.start) // 4:
            raise Malformed("names more texts than it has")
        self._offsets = many(data, where.start + 28, count, 4)
        self._data = data
        self._begin = begin
        self._end = where.end
        self._utf8 = bool(flags & _UTF8)
        self._known: dict[int, str] = {}
        self._budget = Budget(MOST_CHARACTERS, "characters")

    def __len__(self) -> int:
        return len(self._offsets)

    def __getitem__(self, index: int) -> str:
        found = self._known.get(index)
        if found is None:
            try:
                found = self._decoded(index)
            except (IndexError, struct.error):
                found = ""
            self._budget.spend(len(found) + 1)
            self._known[index] = found
        return found

    def _decoded(self, index: int) -> str:
        if not 0 <= index < len(self._offsets):
            return ""
        at = self._begin + self._offsets[index]
        if at >= self._end:
            return ""
        if self._utf8:
            _, at = self._length(at, 1)
            size, at = self._length(at, 1)
            return self._data[at : min(at + size, self._end)].decode("utf-8", "replace")
        size, at = self._length(at, 2)
        return self._data[at : min(at + 2 * size, self._end)].decode("utf-16-le", "replace")

    def _length(self, at: int, size: int) -> tuple[int, int]:
        """A length of one or two units; the highest bit of the first says that another follows."""
        first = self._data[at] if size == 1 else u16(self._data, at)
        high = 0x80 if size == 1 else 0x8000
        if not first & high:
            return first, at + size
        second = self._data[at + 1] if size == 1 else u16(self._data, at + 2)
        return (first & (high - 1)) << (8 * size) | second, at + 2 * size


def pool(data: bytes, where: Chunk) -> Pool:
    """A pool of texts.

    :raises Malformed: when the chunk is none.
    """
    if where.type != STRING_POOL:
        raise Malformed("has no pool of texts where one belongs")
    return Pool(data, where)


def value(kind: int, number: int, texts: Pool) -> str:
    """A typed value as text; references that are not resolved are ``@0x7f040001`` or ``?0x7f040001``."""
    match kind:
        case 0x01 | 0x07:
            return f"@0x{number:08x}" if number else "@null"
        case 0x02 | 0x08:
            return f"?0x{number:08x}"
        case 0x03:
            return texts[number]
        case 0x04:
            return repr(struct.unpack("<f", struct.pack("<I", number))[0])
        case 0x10:
            return str(number - (1 << 32) if number >> 31 else number)
        case 0x11:
            return f"0x{number:x}"
        case 0x12:
            return "true" if number else "false"
        case kind if 0x1C <= kind <= 0x1F:  # noqa: PLR2004 - the four ways to write a colour
            return f"#{number:08x}"
        case _:
            return ""
