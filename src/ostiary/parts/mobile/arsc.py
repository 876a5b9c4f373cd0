"""A resource table (``resources.arsc``) gives its texts, switches, numbers and files by name; styles and drawings are left out.

Source: ``ResourceTypes.h`` of the Android Open Source Project, ``ResTable_package``, ``ResTable_type`` and ``ResTable_entry``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ostiary.parts.mobile.chunks import NONE, STRING_POOL, Chunk, Pool, chunk, inside, pool, value
from ostiary.parts.mobile.cutting import Budget, Malformed, many, u16, u32
from ostiary.parts.mobile.resources import Resource, Resources

WANTED: Final = frozenset({"string", "bool", "integer", "xml", "raw", "array"})
MOST_ENTRIES: Final = 1_000_000
MOST_IN_A_BAG: Final = 10_000
_TABLE: Final = 0x0002
_PACKAGE: Final = 0x0200
_TYPE: Final = 0x0201
_SPARSE, _OFFSETS16 = 0x01, 0x02  # flags of a type
_COMPLEX, _COMPACT = 0x0001, 0x0008  # flags of an entry
_NO_ENTRY16: Final = 0xFFFF


def read(data: bytes) -> Resources:
    """The table; what cannot be read of it is told by ``broken``.

    :raises Malformed: when it is none.
    """
    if u16(data, 0) != _TABLE:
        raise Malformed("is no resource table")
    whole = chunk(data, 0, len(data))
    resources, texts = Resources(), None
    budget = Budget(MOST_ENTRIES, "resources")
    for found in inside(data, whole.body, whole.end):
        if found.type == STRING_POOL and texts is None:
            texts = pool(data, found)
        elif found.type == _PACKAGE and texts is not None:
            try:
                _package(data, found, texts, resources, budget)
            except Malformed as error:
                resources.broken = str(error)
    return resources


def _package(data: bytes, where: Chunk, texts: Pool, resources: Resources, budget: Budget) -> None:
    number = u32(data, where.start + 8) & 0xFF
    types = pool(data, chunk(data, where.start + u32(data, where.start + 268), where.end))
    keys = pool(data, chunk(data, where.start + u32(data, where.start + 276), where.end))
    defaults: list[tuple[int, Resource]] = []
    others: list[tuple[int, Resource]] = []
    for found in inside(data, where.body, where.end):
        if found.type != _TYPE:
            continue
        kind = data[found.start + 8]
        name = types[kind - 1]
        if name not in WANTED:
            continue
        into = defaults if _is_default(data, found) else others
        for index, key, values in _entries(data, found, texts, budget):
            into.append((number << 24 | kind << 16 | index, Resource(name, keys[key], values)))
    for each, resource in (*defaults, *others):
        resources.add(resource, each)


def _is_default(data: bytes, where: Chunk) -> bool:
    """Whether a type's configuration says nothing but its own size."""
    at = where.start + 20
    size = u32(data, at)
    return not any(data[at + 4 : min(at + size, where.body)])


def _entries(data: bytes, where: Chunk, texts: Pool, budget: Budget) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Index, name's index and values of each entry of a type."""
    begin = where.start + u32(data, where.start + 16)
    for index, offset in _offsets(data, where):
        budget.spend()
        at = begin + offset
        if at + 8 > where.end:
            continue
        flags = u16(data, at + 2)
        if flags & _COMPACT:
            yield index, u16(data, at), (value(flags >> 8, u32(data, at + 4), texts),)
        elif flags & _COMPLEX:
            yield index, u32(data, at + 4), tuple(_bag(data, at, where.end, texts, budget))
        elif at + 16 <= where.end:
            yield index, u32(data, at + 4), (value(data[at + 11], u32(data, at + 12), texts),)


def _bag(data: bytes, at: int, end: int, texts: Pool, budget: Budget) -> Iterator[str]:
    """The elements of an array."""
    count = u32(data, at + 12)
    first = at + u16(data, at)
    if count > MOST_IN_A_BAG or first + 12 * count > end:
        return
    for number in range(count):
        budget.spend()
        item = first + 12 * number
        yield value(data[item + 7], u32(data, item + 8), texts)


def _offsets(data: bytes, where: Chunk) -> Iterator[tuple[int, int]]:
    """Index and offset of each entry that there is."""
    flags, count = data[where.start + 9], u32(data, where.start + 12)
    if flags & _SPARSE:
        for pair in many(data, where.body, count, 4):
            yield pair & 0xFFFF, (pair >> 16) * 4
    elif flags & _OFFSETS16:
        for index, offset in enumerate(many(data, where.body, count, 2)):
            if offset != _NO_ENTRY16:
                yield index, offset * 4
    else:
        for index, offset in enumerate(many(data, where.body, count, 4)):
            if offset != NONE:
                yield index, offset
