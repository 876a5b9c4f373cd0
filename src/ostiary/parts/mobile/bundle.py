"""App bundles hold manifest and resources as protocol buffers: read field by field, without a schema compiler.

Source: ``Resources.proto`` of aapt2 (Android Open Source Project) for the numbers of fields, protobuf.dev's "Encoding"
for the bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ostiary.parts.mobile.cutting import Budget, Malformed
from ostiary.parts.mobile.markup import Building, Element, prefixed
from ostiary.parts.mobile.resources import Resource, Resources

MOST_FIELDS: Final = 4_000_000
_WANTED: Final = frozenset({"string", "bool", "integer", "xml", "raw", "array"})
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MOST_VARINT: Final = 10  # bytes


def fields(data: bytes, budget: Budget) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field of a message: bytes where it has a length, else a number.

    :raises Malformed: when a field does not fit, or they are too many.
    """
    at, end = 0, len(data)
    while at < end:
        budget.spend()
        key, at = _varint(data, at)
        kind = key & 7
        if kind == _VARINT:
            number, at = _varint(data, at)
            yield key >> 3, number
            continue
        if kind == _BYTES:
            size, at = _varint(data, at)
        elif kind in {_FIXED32, _FIXED64}:
            size = 4 if kind == _FIXED32 else 8
        else:
            raise Malformed(f"has a field of kind {kind}")
        if at + size > end:
            raise Malformed("has a field that does not fit")
        yield key >> 3, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = 0
    for shift in range(_MOST_VARINT):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that another follows
            return number, at
    raise Malformed("has a number without an end")


def _texts(data: bytes, budget: Budget, *wanted: int) -> tuple[str, ...]:
    """The last text of each of these fields."""
    found = {number: each for number, each in fields(data, budget) if number in wanted and isinstance(each, bytes)}
    return tuple(found.get(number, b"").decode("utf-8", "replace") for number in wanted)


def read_xml(data: bytes) -> Element:
    """The root element of an ``XmlNode``.

    :raises Malformed: when it is none, or is too much.
    """
    budget, building = Budget(MOST_FIELDS, "fields"), Building()
    stack: list[bytes | None] = [data]  # None: an element ends
    while stack:
        node = stack.pop()
        if node is None:
            building.end()
            continue
        for number, each in fields(node, budget):
            if number == 1 and isinstance(each, bytes):
                element, children = _element(each, budget)
                building.start(element)
                stack += [None, *reversed(children)]
            elif number == 2 and isinstance(each, bytes):  # noqa: PLR2004 - XmlNode.text
                building.text(each.decode("utf-8", "replace"))
    return building.result()


def _element(data: bytes, budget: Budget) -> tuple[Element, list[bytes]]:
    tag, attributes, children = "", {}, []
    for number, each in fields(data, budget):
        if not isinstance(each, bytes):
            continue
        if number == 3:  # noqa: PLR2004 - XmlElement.name
            tag = each.decode("utf-8", "replace")
        elif number == 4:  # noqa: PLR2004 - XmlElement.attribute
            uri, name, text = _texts(each, budget, 1, 2, 3)
            attributes[prefixed(uri, name)] = text
        elif number == 5:  # noqa: PLR2004 - XmlElement.child
            children.append(each)
    return Element(tag=tag, attributes=attributes), children


def read_resources(data: bytes) -> Resources:
    """The table of ``resources.pb``.

    :raises Malformed: when it is none.
    """
    budget, resources = Budget(MOST_FIELDS, "fields"), Resources()
    for package in _messages(data, budget, 2):
        for kind in _messages(package, budget, 3):
            (name,) = _texts(kind, budget, 2)
            if name in _WANTED:
                for entry in _messages(kind, budget, 3):
                    (key,) = _texts(entry, budget, 2)
                    resources.add(Resource(name, key, tuple(_values(entry, budget))))
    return resources


def _messages(data: bytes, budget: Budget, *wanted: int) -> Iterator[bytes]:
    return (each for number, each in fields(data, budget) if number in wanted and isinstance(each, bytes))


def _values(entry: bytes, budget: Budget) -> Iterator[str]:
    """An entry's values; of the two places that they have had in the schema, the newer is 6."""
    for config in [*_messages(entry, budget, 6)] or [*_messages(entry, budget, 4)]:
        for value in _messages(config, budget, 2):
            items = [*_messages(value, budget, 4)]
            for compound in _messages(value, budget, 5):
                for array in _messages(compound, budget, 4):
                    for element in _messages(array, budget, 1):
                        items += _messages(element, budget, 3)
            for item in items:
                yield _item(item, budget)


def _item(data: bytes, budget: Budget) -> str:
    """A value as text: a text, a file's path, a reference by name, a number or a switch."""
    for number, each in fields(data, budget):
        if not isinstance(each, bytes):
            continue
        if number in {2, 3, 4, 5}:  # String, RawString, StyledString, FileReference: their first field is the text
            return _texts(each, budget, 1)[0]
        if number == 1:
            name = _texts(each, budget, 3)[0]
            return f"@{name}" if name else ""
        if number == 7:  # noqa: PLR2004 - Primitive
            return _primitive(each, budget)
    return ""


def _primitive(data: bytes, budget: Budget) -> str:
    for number, each in fields(data, budget):
        if number == 8 and isinstance(each, int):  # noqa: PLR2004 - boolean_value
            return "true" if each else "false"
        if number in {6, 7} and isinstance(each, int):  # int_decimal_value, int_hexadecimal_value
            return str(each - (1 << 64) if each >> 63 else each)
    return ""
