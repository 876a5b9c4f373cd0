"""Small files of mobile packages, put together byte by byte: binary XML, resource tables, Dalvik code, Mach-O, bundles."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from ostiary.parts.mobile.axml import KNOWN

ANDROID = "http://schemas.android.com/apk/res/android"
NUMBERS = {name: number for number, name in KNOWN.items()}
NONE = 0xFFFFFFFF


def chunk(kind: int, head: bytes, body: bytes) -> bytes:
    return struct.pack("<HHI", kind, 8 + len(head), 8 + len(head) + len(body)) + head + body


def pool(texts: Sequence[str], *, wide: bool = False) -> bytes:
    offsets, data = [], b""
    for text in texts:
        offsets.append(len(data))
        if wide:
            data += struct.pack("<H", len(text)) + text.encode("utf-16-le") + b"\0\0"
        else:
            raw = text.encode()
            data += (
                b"".join(bytes([0x80 | n >> 8, n & 0xFF]) if n > 127 else bytes([n]) for n in (len(text), len(raw)))
                + raw
                + b"\0"
            )
    data += b"\0" * (-len(data) % 4)
    begin = 28 + 4 * len(texts)
    head = struct.pack("<5I", len(texts), 0, 0 if wide else 0x100, begin, 0)
    return chunk(1, head, struct.pack(f"<{len(texts)}I", *offsets) + data)


class Texts:
    """Texts by their index, in the order in which they were asked for."""

    def __init__(self, first: Sequence[str] = ()) -> None:
        self.all = list(first)

    def __call__(self, text: str) -> int:
        if text not in self.all:
            self.all.append(text)
        return self.all.index(text)


def typed(text: str, texts: Texts) -> tuple[int, int]:
    if text in {"true", "false"}:
        return 0x12, NONE if text == "true" else 0
    if text.startswith("@0x"):
        return 0x01, int(text[3:], 16)
    return (0x10, int(text)) if text.isdigit() else (0x03, texts(text))


def axml(text: str, *, numbered: bool = True, wide: bool = False) -> bytes:
    """Binary XML of an XML text; without a resource map, names alone tell what attributes are."""
    root = ET.fromstring(text)
    names = [key.rpartition("}")[2] for each in root.iter() for key in each.attrib if key.startswith(f"{{{ANDROID}}}")]
    known = [name for name in dict.fromkeys(names) if name in NUMBERS] if numbered else []
    texts = Texts(known)
    body = b"".join(events(root, texts, known))
    table = chunk(0x180, b"", struct.pack(f"<{len(known)}I", *(NUMBERS[name] for name in known))) if known else b""
    return chunk(3, b"", pool(texts.all, wide=wide) + table + body)


def events(element: Any, texts: Texts, known: list[str], line: int = 1) -> Any:
    attributes = b""
    for key, value in element.attrib.items():
        uri, _, name = key[1:].rpartition("}") if key.startswith("{") else ("", "", key)
        kind, number = typed(value, texts)
        raw = number if kind == 3 else NONE
        named = known.index(name) if uri == ANDROID and name in known else texts(name)
        attributes += struct.pack("<3IHBBI", texts(uri) if uri else NONE, named, raw, 8, 0, kind, number)
    head = struct.pack("<II", line, NONE)
    start = struct.pack("<II6H", NONE, texts(element.tag), 20, 20, len(element.attrib), 0, 0, 0)
    yield chunk(0x102, head, start + attributes)
    if (element.text or "").strip():
        yield chunk(
            0x104, head, struct.pack("<I", texts(element.text)) + struct.pack("<HBBI", 8, 0, 3, texts(element.text))
        )
    for child in element:
        line += 1
        yield from events(child, texts, known, line)
    yield chunk(0x103, head, struct.pack("<II", NONE, texts(element.tag)))


def arsc(values: Mapping[tuple[str, str], str | Sequence[str]]) -> bytes:
    """A table of one package; its numbers are 0x7fTTEEEE in the order given."""
    texts, keys, types = Texts(), Texts(), Texts()
    for kind, name in values:
        types(kind)
        keys(name)
    chunks = b""
    for kind in types.all:
        own = [(name, value) for (each, name), value in values.items() if each == kind]
        entries, offsets = b"", []
        for name, value in own:
            offsets.append(len(entries))
            if isinstance(value, str):
                entries += struct.pack("<HHIHBBI", 8, 0, keys(name), 8, 0, *typed(value, texts))
            else:
                entries += struct.pack("<HHIII", 16, 1, keys(name), 0, len(value))
                for number, each in enumerate(value):
                    entries += struct.pack("<IHBBI", 0x02000000 + number, 8, 0, *typed(each, texts))
        config = struct.pack("<I", 28) + bytes(24)
        head = struct.pack("<BBHII", types(kind) + 1, 0, 0, len(own), 20 + 28 + 4 * len(own)) + config
        chunks += chunk(0x201, head, struct.pack(f"<{len(own)}I", *offsets) + entries)
    type_pool, key_pool = pool(types.all), pool(keys.all)
    called = "com.example".encode("utf-16-le").ljust(256, b"\0")
    head = struct.pack("<I", 0x7F) + called + struct.pack("<5I", 288, 0, 288 + len(type_pool), 0, 0)
    package = chunk(0x200, head, type_pool + key_pool + chunks)
    return chunk(2, struct.pack("<I", 1), pool(texts.all) + package)


def uleb(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


class DexMaker:
    """A Dalvik executable; its texts are not sorted as a compiler would sort them."""

    def __init__(self) -> None:
        self.texts, self.types = Texts(), Texts()
        self.fields: list[tuple[int, int]] = []
        self.methods: list[tuple[int, int]] = []
        self.made: list[dict[str, Any]] = []

    def type(self, name: str) -> int:
        self.texts(f"L{name.replace('.', '/')};")
        return self.types(f"L{name.replace('.', '/')};")

    def field(self, owner: str, name: str) -> int:
        return self._of(self.fields, owner, name)

    def method(self, owner: str, name: str) -> int:
        return self._of(self.methods, owner, name)

    def _of(self, table: list[tuple[int, int]], owner: str, name: str) -> int:
        pair = (self.type(owner), self.texts(name))
        if pair not in table:
            table.append(pair)
        return table.index(pair)

    def add(
        self,
        name: str,
        *,
        interfaces: Sequence[str] = (),
        statics: Mapping[str, Any] | None = None,
        methods: Mapping[str, Sequence[tuple[Any, ...]]] | None = None,
    ) -> DexMaker:
        code = {
            self.method(name, each): [unit for op in ops for unit in self.units(op)]
            for each, ops in (methods or {}).items()
        }
        self.made.append(
            {
                "type": self.type(name),
                "interfaces": [self.type(each) for each in interfaces],
                "statics": {self.field(name, each): value for each, value in (statics or {}).items()},
                "values": [self.texts(each) if isinstance(each, str) else each for each in (statics or {}).values()],
                "code": code,
            }
        )
        return self

    def units(self, op: tuple[Any, ...]) -> list[int]:
        match op:
            case ("text", register, text):
                return [register << 8 | 0x1A, self.texts(text)]
            case ("small", register, number):
                return [(number & 0xF) << 12 | register << 8 | 0x12]
            case ("call", owner, name, *registers):
                packed = sum(each << 4 * place for place, each in enumerate(registers[:4]))
                return [len(registers) << 12 | 0x6E, self.method(owner, name), packed]
            case ("result", register):
                return [register << 8 | 0x0C]
            case ("store", register, owner, name):
                return [register << 8 | 0x69, self.field(owner, name)]
            case ("return", register):
                return [register << 8 | 0x0F]
            case _:
                return [0x0E]

    def done(self) -> bytes:
        tables = 0x70
        counts = (len(self.texts.all), len(self.types.all), 1, len(self.fields), len(self.methods), len(self.made))
        places = []
        for count, size in zip(counts, (4, 4, 12, 8, 8, 32), strict=True):
            places.append(tables)
            tables += count * size
        data = bytearray()

        def put(raw: bytes) -> int:
            data.extend(b"\0" * (-len(data) % 4))
            at = tables + len(data)
            data.extend(raw)
            return at

        strings = [
            put(uleb(len(each)) + each.encode("utf-16-le", "surrogatepass").decode("utf-16-le").encode() + b"\0")
            for each in self.texts.all
        ]
        classes = b""
        for each in self.made:
            interfaces = (
                put(struct.pack(f"<I{len(each['interfaces'])}H", len(each["interfaces"]), *each["interfaces"]))
                if each["interfaces"]
                else 0
            )
            codes = {
                index: put(struct.pack("<4HII", 8, 0, 4, 0, 0, len(units)) + struct.pack(f"<{len(units)}H", *units))
                for index, units in each["code"].items()
            }
            members = b"".join(map(uleb, (len(each["statics"]), 0, len(codes), 0)))
            for pairs in (dict.fromkeys(each["statics"], 0), codes):
                before = 0
                for index, code in sorted(pairs.items()):
                    members += uleb(index - before) + uleb(9) + (uleb(code) if pairs is codes else b"")
                    before = index
            array = uleb(len(each["values"])) + b"".join(self.value(one) for one in each["values"])
            statics = put(array) if each["values"] else 0
            classes += struct.pack("<8I", each["type"], 1, NONE, interfaces, NONE, 0, put(members), statics)
        body = struct.pack(f"<{len(strings)}I", *strings)
        body += b"".join(struct.pack("<I", self.texts.all.index(each)) for each in self.types.all)
        body += struct.pack("<3I", 0, 0, 0)
        body += b"".join(struct.pack("<HHI", owner, 0, name) for owner, name in (*self.fields, *self.methods)) + classes
        head = b"dex\n035\0" + bytes(24) + struct.pack("<III", tables + len(data), 0x70, 0x12345678) + bytes(12)
        head += b"".join(struct.pack("<II", count, place) for count, place in zip(counts, places, strict=True))
        return head + struct.pack("<II", len(data), tables) + body + bytes(data)

    @staticmethod
    def value(number: Any) -> bytes:
        if isinstance(number, bool):
            return bytes([number << 5 | 0x1F])
        if number is None:
            return b"\x1e"
        return bytes([3 << 5 | 0x17]) + struct.pack("<I", number)  # every number is a text's here


def macho(
    *,
    imports: Sequence[str] = (),
    texts: Sequence[str] = (),
    encrypted: bool = False,
    flags: int = 0x200085,
    library: bool = False,
) -> bytes:
    """A thin Mach-O binary for arm64 with one section of texts and a table of symbols."""
    strings = b"\0".join(each.encode() for each in texts) + b"\0"
    names, symbols = b"\0", b""
    for each in imports:
        symbols += struct.pack("<IBBHQ", len(names), 1, 0, 0, 0)
        names += each.encode() + b"\0"
    symbols += struct.pack("<IBBHQ", len(names), 0x0F, 1, 0, 0)  # one that is defined here
    names += b"_main\0"
    size = 32 + 152 + 24 + 24
    at, table = size, size + len(strings)
    section = struct.pack("<16s16sQQIIIIIIII", b"__cstring", b"__TEXT", 0, len(strings), at, 0, 0, 0, 2, 0, 0, 0)
    segment = struct.pack("<II16sQQQQIIII", 0x19, 152, b"__TEXT", 0, 0, 0, 0, 5, 5, 1, 0) + section
    symtab = struct.pack("<6I", 2, 24, table, len(symbols) // 16, table + len(symbols), len(names))
    locked = struct.pack("<6I", 0x2C, 24, 0, 0, int(encrypted), 0)
    head = struct.pack("<8I", 0xFEEDFACF, 0x0100000C, 0, 6 if library else 2, 3, 152 + 48, flags, 0)
    return head + segment + symtab + locked + strings + symbols + names


def fat(*slices: bytes) -> bytes:
    at, head, body = 8 + 20 * len(slices), struct.pack(">II", 0xCAFEBABE, len(slices)), b""
    for each in slices:
        head += struct.pack(">5I", 0x0100000C, 0, at + len(body), len(each), 0)
        body += each
    return head + body


def field(number: int, value: bytes | str | int) -> bytes:
    if isinstance(value, int):
        return uleb(number << 3) + uleb(value)
    raw = value.encode() if isinstance(value, str) else value
    return uleb(number << 3 | 2) + uleb(len(raw)) + raw


def bundle_xml(text: str) -> bytes:
    def node(element: Any) -> bytes:
        inner = field(3, element.tag)
        for key, value in element.attrib.items():
            uri, _, name = key[1:].rpartition("}") if key.startswith("{") else ("", "", key)
            inner += field(4, (field(1, uri) if uri else b"") + field(2, name) + field(3, value))
        if (element.text or "").strip():
            inner += field(5, field(2, element.text))
        return field(1, inner + b"".join(field(5, node(child)) for child in element))

    return node(ET.fromstring(text))


def bundle_table(values: Mapping[tuple[str, str], str]) -> bytes:
    kinds: dict[str, bytes] = {}
    for (kind, name), value in values.items():
        item = (
            field(5, field(1, value))
            if kind == "xml"
            else field(7, field(8, 1))
            if value == "true"
            else field(2, field(1, value))
        )
        kinds[kind] = kinds.get(kind, b"") + field(3, field(2, name) + field(6, field(2, field(4, item))))
    return field(
        2, field(2, "com.example") + b"".join(field(3, field(2, kind) + entries) for kind, entries in kinds.items())
    )


def zipped(path: Path, members: Mapping[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path
