"""A Mach-O binary tells what it imports, which texts it holds, how it is protected, and whether it is encrypted.

Source: ``loader.h``, ``nlist.h``, ``fat.h`` and ``fixup-chains.h`` of Apple's open sources.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ostiary.parts.mobile.cutting import Malformed, uleb

MOST_COMMANDS: Final = 10_000
MOST_SECTIONS: Final = 5_000
MOST_SYMBOLS: Final = 500_000
MOST_TEXTS: Final = 500_000
MOST_SLICES: Final = 16
_LONGEST: Final = 4_096  # bytes of a symbol's name
_FAT: Final = {b"\xca\xfe\xba\xbe": 20, b"\xca\xfe\xba\xbf": 32}  # bytes that tell of a slice
_THIN: Final = {
    b"\xce\xfa\xed\xfe": False,
    b"\xcf\xfa\xed\xfe": True,
}  # whether it is of 64 bits; little-endian, as all of Apple's
_SEGMENT, _SEGMENT64, _SYMTAB, _DYLIB, _WEAK_DYLIB = 0x01, 0x19, 0x02, 0x0C, 0x80000018
_ENCRYPTION, _ENCRYPTION64, _INFO, _INFO_ONLY, _CHAINED = 0x21, 0x2C, 0x22, 0x80000022, 0x80000034
_STACK_MAY_RUN, _PIE = 0x20000, 0x200000
_ARM64, _EXECUTE = 0x0100000C, 2
_STAB, _EXTERNAL, _KIND = 0xE0, 0x01, 0x0E
_TEXT_SECTIONS: Final = frozenset({"__cstring", "__objc_methname", "__objc_classname", "__const", "__swift5_reflstr"})
CPUS: Final = {0x0100000C: "arm64", 0x0200000C: "arm64_32", 12: "arm", 0x01000007: "x86_64", 7: "i386"}


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its names and where its bytes lie in the slice."""

    segment: str
    name: str
    offset: int
    size: int


@dataclass(slots=True, kw_only=True)
class Slice:
    """The code for one kind of processor."""

    cpu: str
    executable: bool  # a program, not a library
    flags: int
    libraries: tuple[str, ...] = ()
    imports: frozenset[str] = frozenset()
    sections: tuple[Section, ...] = ()
    encrypted: bool = False  # as the App Store delivers it: texts and code cannot be read
    data: bytes = field(default=b"", repr=False)

    @property
    def pie(self) -> bool:
        """Whether it is loaded at an address that cannot be foretold; libraries always are."""
        return not self.executable or bool(self.flags & _PIE)

    @property
    def stack_may_run(self) -> bool:
        """Whether it asks for a stack whose bytes can be executed."""
        return bool(self.flags & _STACK_MAY_RUN)

    def texts(self) -> Iterator[str]:
        """Constant texts, names of methods and classes left out."""
        left = MOST_TEXTS
        for section in self.sections:
            if section.name == "__cstring" or (section.name == "__const" and section.segment == "__TEXT"):
                parts = self.data[section.offset : section.offset + section.size].split(b"\0", left)
                left = max(0, left - len(parts))
                yield from (found for each in parts if len(each) > 2 and (found := _printable(each)))  # noqa: PLR2004
            elif section.name == "__ustring":
                raw = self.data[section.offset : section.offset + section.size]
                yield from (each for each in raw.decode("utf-16-le", "replace").split("\0") if len(each) > 2)  # noqa: PLR2004

    def names(self) -> frozenset[str]:
        """Names of methods that code here has or calls, and of classes that it has."""
        found: set[str] = set()
        for section in self.sections:
            if section.name in {"__objc_methname", "__objc_classname"}:
                raw = self.data[section.offset : section.offset + section.size]
                found.update(each.decode("ascii", "replace") for each in raw.split(b"\0", MOST_TEXTS) if each)
        return frozenset(found)

    @property
    def classes(self) -> frozenset[str]:
        """Objective-C classes of other libraries that it uses."""
        prefix = "_OBJC_CLASS_$_"
        return frozenset(each.removeprefix(prefix) for each in self.imports if each.startswith(prefix))


def is_macho(data: bytes) -> bool:
    """Whether bytes begin as a Mach-O binary does (Java's classes begin as fat ones do: those have a number over 16)."""
    if data[:4] in _THIN:
        return True
    return data[:4] in _FAT and len(data) > 8 and 0 < int.from_bytes(data[4:8], "big") <= MOST_SLICES  # noqa: PLR2004


def read(data: bytes) -> tuple[Slice, ...]:
    """The slices of a fat binary, or the one of a thin one.

    :raises Malformed: when it is none.
    """
    if not is_macho(data):
        raise Malformed("is no Mach-O binary")
    try:
        if data[:4] in _THIN:
            return (_slice(data),)
        size = _FAT[data[:4]]
        found = []
        for number in range(int.from_bytes(data[4:8], "big")):
            begin, length = struct.unpack_from(">QQ" if size == 32 else ">II", data, 8 + number * size + 8)  # noqa: PLR2004
            found.append(_slice(data[begin : begin + length]))
    except (struct.error, IndexError, OverflowError) as error:
        raise Malformed("is a Mach-O binary whose tables do not fit") from error
    return tuple(found)


def _slice(data: bytes) -> Slice:
    if data[:4] not in _THIN:
        raise Malformed("holds a slice that is no Mach-O binary")
    wide = _THIN[data[:4]]
    cpu, _, kind, count, _, flags = struct.unpack_from("<6I", data, 4)
    found = Slice(cpu=CPUS.get(cpu, hex(cpu)), executable=kind == _EXECUTE, flags=flags, data=data)
    libraries: list[str] = []
    imports: set[str] = set()
    sections: list[Section] = []
    for command, at, size in _commands(data, 32 if wide else 28, count):
        if command in {_SEGMENT, _SEGMENT64}:
            sections += _sections(data, at, at + size, command == _SEGMENT64)
        elif command == _SYMTAB:
            imports.update(_undefined(data, at, wide))
        elif command in {_DYLIB, _WEAK_DYLIB}:
            libraries.append(_name(data, at + struct.unpack_from("<I", data, at + 8)[0], at + size))
        elif command in {_ENCRYPTION, _ENCRYPTION64}:
            found.encrypted |= struct.unpack_from("<I", data, at + 16)[0] != 0
        elif command in {_INFO, _INFO_ONLY}:
            for field_at in (16, 24, 32):  # bound at once, weakly, and when first used
                imports.update(_bound(data, *struct.unpack_from("<II", data, at + field_at)))
        elif command == _CHAINED:
            imports.update(_chained(data, *struct.unpack_from("<II", data, at + 8)))
    found.libraries, found.imports = tuple(libraries), frozenset(imports)
    found.sections = tuple(sections[:MOST_SECTIONS])
    return found


def _commands(data: bytes, at: int, count: int) -> Iterator[tuple[int, int, int]]:
    for _ in range(min(count, MOST_COMMANDS)):
        command, size = struct.unpack_from("<II", data, at)
        if size < 8 or at + size > len(data):  # noqa: PLR2004 - its own two numbers
            raise Malformed("has a load command that does not fit")
        yield command, at, size
        at += size


def _sections(data: bytes, at: int, end: int, wide: bool) -> Iterator[Section]:  # noqa: FBT001 - of 64 bits or of 32
    (count,) = struct.unpack_from("<I", data, at + (64 if wide else 48))
    first, size = at + (72 if wide else 56), 80 if wide else 68
    for number in range(min(count, MOST_SECTIONS)):
        one = first + number * size
        if one + size > end:
            return
        name, segment = (_fixed(data[one + k : one + k + 16]) for k in (0, 16))
        if wide:
            length, offset = struct.unpack_from("<QI", data, one + 40)
        else:
            length, offset = struct.unpack_from("<II", data, one + 36)
        if offset and offset + length <= len(data):
            yield Section(segment, name, offset, length)


def _undefined(data: bytes, at: int, wide: bool) -> Iterator[str]:  # noqa: FBT001 - as above
    """Symbols that the table names and nothing here defines."""
    symbols, count, texts, length = struct.unpack_from("<4I", data, at + 8)
    size = 16 if wide else 12
    table = data[symbols : symbols + size * min(count, MOST_SYMBOLS)]
    end = min(texts + length, len(data))
    for one in range(0, len(table) - size + 1, size):
        name, kind = struct.unpack_from("<IB", table, one)
        if kind & _EXTERNAL and not kind & (_STAB | _KIND) and (found := _name(data, texts + name, end)):
            yield found


def _bound(data: bytes, at: int, size: int) -> Iterator[str]:
    """Symbols that the loader's own program of bindings names."""
    end = min(at + size, len(data))
    while at < end:
        head = data[at]
        at += 1
        op = head & 0xF0
        if op == 0x40:  # noqa: PLR2004 - set symbol
            name = _name(data, at, end)
            at += len(name.encode("utf-8", "surrogateescape")) + 1
            yield name
        elif op in {0x20, 0x60, 0x70, 0x80, 0xA0}:  # each followed by one number
            at = _over(data, at)
        elif op == 0xC0:  # noqa: PLR2004 - times and distance
            at = _over(data, _over(data, at))


def _over(data: bytes, at: int) -> int:
    """Where a number of variable length ends."""
    for _ in range(10):
        if at >= len(data) or data[at] < 0x80:  # noqa: PLR2004 - the bit that says that another follows
            return at + 1
        at += 1
    return uleb(data, at)[1]


def _chained(data: bytes, at: int, size: int) -> Iterator[str]:
    """Symbols of the table of imports that chained fixups name."""
    _, _, imports, texts, count, kind, packed = struct.unpack_from("<7I", data, at)
    width = {1: 4, 2: 8, 3: 16}.get(kind, 0)
    if not width or packed:
        return
    end = min(at + size, len(data))
    for number in range(min(count, MOST_SYMBOLS)):
        one = at + imports + number * width
        if one + width > end:
            return
        raw = int.from_bytes(data[one : one + 8 if width == 16 else one + 4], "little")  # noqa: PLR2004 - 64-bit form
        if name := _name(data, at + texts + (raw >> (32 if width == 16 else 9)), end):  # noqa: PLR2004 - as above
            yield name


def _name(data: bytes, at: int, end: int) -> str:
    stop = data.find(b"\0", at, min(end, at + _LONGEST))
    return data[at:stop].decode("utf-8", "surrogateescape") if 0 <= at < stop else ""


def _fixed(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("ascii", "replace")


def _printable(raw: bytes) -> str:
    try:
        found = raw.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return found if found.replace("\n", "").replace("\t", "").replace("\r", "").isprintable() else ""
