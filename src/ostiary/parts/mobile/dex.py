"""A Dalvik executable's tables: texts, classes with their fields and constants, methods and where their code lies.

Source: "Dalvik executable format" of the Android Open Source Project.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from ostiary.parts.mobile.cutting import Budget, Malformed, many, u16, u32, uleb

MOST_CHARACTERS: Final = 64 * 1024 * 1024  # decoded of one file
MOST_MEMBERS: Final = 2_000_000  # fields and methods of one file
MOST_VALUES: Final = 200_000  # constants of one file
_LITTLE: Final = 0x12345678
_NONE: Final = 0xFFFFFFFF
_DEEP: Final = 16  # arrays in arrays


@dataclass(frozen=True, slots=True)
class Method:
    """A method with code: its place in the table of methods, its flags, and where its code lies."""

    index: int
    flags: int
    code: int


@dataclass(slots=True, eq=False)
class Class:
    """A class that is defined here."""

    name: str  # "com.example.app.Main"
    flags: int
    parent: str
    interfaces: tuple[str, ...] = ()
    constants: dict[str, Any] = field(default_factory=dict)  # static fields with a value: text, number, bool or None
    methods: tuple[Method, ...] = ()


class Dex:
    """One ``classes.dex``.

    :param data: its bytes.
    :raises Malformed: when it is none, or its tables do not fit.
    """

    def __init__(self, data: bytes) -> None:
        if data[:4] != b"dex\n" or u32(data, 0x28) != _LITTLE:
            raise Malformed("is no Dalvik executable")
        self.data = data
        self._strings = many(data, u32(data, 0x3C), u32(data, 0x38), 4)
        self._types = many(data, u32(data, 0x44), u32(data, 0x40), 4)
        self._fields = many(data, u32(data, 0x54), 4 * u32(data, 0x50), 2)
        self._methods = many(data, u32(data, 0x5C), 4 * u32(data, 0x58), 2)
        self._protos = (u32(data, 0x4C), u32(data, 0x48))
        self._classes = many(data, u32(data, 0x64), 8 * u32(data, 0x60), 4)
        self._known: dict[int, str] = {}
        self._budget = Budget(MOST_CHARACTERS, "characters")
        self._members = Budget(MOST_MEMBERS, "members")
        self._values = Budget(MOST_VALUES, "constants")

    @property
    def strings(self) -> int:
        """How many texts there are."""
        return len(self._strings)

    @property
    def methods(self) -> int:
        """How many methods are named, defined here or called."""
        return len(self._methods) // 4

    def text(self, index: int) -> str:
        """A text by its index; empty when there is none."""
        found = self._known.get(index)
        if found is None:
            found = self._decoded(index)
            self._budget.spend(len(found) + 1)
            self._known[index] = found
        return found

    def _decoded(self, index: int) -> str:
        if not 0 <= index < len(self._strings):
            return ""
        _, at = uleb(self.data, self._strings[index])
        end = self.data.find(b"\0", at)
        raw = self.data[at : end if end >= 0 else at]
        if raw.isascii():
            return raw.decode("ascii")
        units = raw.replace(b"\xc0\x80", b"\0").decode("utf-8", "surrogatepass" if _is_paired(raw) else "replace")
        return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def type(self, index: int) -> str:
        """A type's name as Java writes it; arrays keep their brackets in front."""
        return dotted(self.text(self._types[index])) if 0 <= index < len(self._types) else ""

    def field(self, index: int) -> tuple[str, str]:
        """Class and name of a field."""
        at = 4 * index
        if not 0 <= at < len(self._fields):
            return "", ""
        return self.type(self._fields[at]), self.text(self._fields[at + 2] | self._fields[at + 3] << 16)

    def method(self, index: int) -> tuple[str, str]:
        """Class and name of a method."""
        at = 4 * index
        if not 0 <= at < len(self._methods):
            return "", ""
        return self.type(self._methods[at]), self.text(self._methods[at + 2] | self._methods[at + 3] << 16)

    def shape(self, index: int) -> str:
        """A method's short form: what it returns, then what it takes, a letter each (``ZLI``)."""
        at, (begin, count) = 4 * index, self._protos
        if not 0 <= at < len(self._methods) or self._methods[at + 1] >= count:
            return ""
        return self.text(u32(self.data, begin + 12 * self._methods[at + 1]))

    def classes(self) -> Iterator[Class]:
        """Every class that is defined here; one whose members cannot be read comes without them."""
        for at in range(0, len(self._classes), 8):
            kind, flags, parent, interfaces, _, _, members, values = self._classes[at : at + 8]
            found = Class(self.type(kind), flags, self.type(parent) if parent != _NONE else "")
            try:
                found.interfaces = tuple(self.type(each) for each in self._list(interfaces))
                if members:
                    self._fill(found, members, values)
            except (Malformed, IndexError, struct.error):
                self._members.spend()
            yield found

    def _list(self, at: int) -> tuple[int, ...]:
        if not at:
            return ()
        found = many(self.data, at + 4, u32(self.data, at), 2)
        self._members.spend(len(found))
        return found

    def _fill(self, found: Class, at: int, values: int) -> None:
        counts = []
        for _ in range(4):
            count, at = uleb(self.data, at)
            self._members.spend(count)
            counts.append(count)
        index, names = 0, []
        for number in range(counts[0] + counts[1]):
            step, at = uleb(self.data, at)
            _, at = uleb(self.data, at)
            index = step if number == counts[0] else index + step
            if number < counts[0]:
                names.append(index)
        methods = []
        for number in range(counts[2] + counts[3]):
            step, at = uleb(self.data, at)
            flags, at = uleb(self.data, at)
            code, at = uleb(self.data, at)
            index = step if number in {0, counts[2]} else index + step
            if code:
                methods.append(Method(index, flags, code))
        found.methods = tuple(methods)
        if values:
            for each, value in zip(names, self._array(values), strict=False):
                found.constants[self.field(each)[1]] = value

    def _array(self, at: int) -> Iterator[Any]:
        count, at = uleb(self.data, at)
        for _ in range(count):
            self._values.spend()
            value, at = self._value(at, 0)
            yield value

    def _value(self, at: int, depth: int) -> tuple[Any, int]:
        """An encoded value (a text, a number, a bool, or None for all others), and where it ends."""
        head = self.data[at]
        kind, more = head & 0x1F, head >> 5
        at += 1
        if kind == 0x1C and depth < _DEEP:  # noqa: PLR2004 - an array
            count, at = uleb(self.data, at)
            for _ in range(count):
                self._values.spend()
                _, at = self._value(at, depth + 1)
            return None, at
        if kind in {0x1C, 0x1D}:
            raise Malformed("has a constant that is an annotation")
        if kind == 0x1E:  # noqa: PLR2004 - null, no bytes
            return None, at
        if kind == 0x1F:  # noqa: PLR2004 - a truth value
            return bool(more), at
        raw = self.data[at : at + more + 1]
        at += more + 1
        if kind in {0x00, 0x02, 0x04, 0x06}:
            return int.from_bytes(raw, "little", signed=True), at
        if kind == 0x17:  # noqa: PLR2004 - a text by its index
            return self.text(int.from_bytes(raw, "little")), at
        return None, at

    def code(self, at: int) -> tuple[int, ...]:
        """The code units of a method.

        :raises Malformed: when they do not fit.
        """
        u16(self.data, at)
        return many(self.data, at + 16, u32(self.data, at + 12), 2)


def dotted(descriptor: str) -> str:
    """``Lcom/example/Main;`` as ``com.example.Main``."""
    if descriptor.startswith("L") and descriptor.endswith(";"):
        return descriptor[1:-1].replace("/", ".")
    return descriptor


def _is_paired(raw: bytes) -> bool:
    """Whether surrogates, three bytes each, can be decoded; anything else that is wrong is replaced."""
    try:
        raw.replace(b"\xc0\x80", b"\0").decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True
