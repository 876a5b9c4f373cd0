"""Bytes of every format are damaged a few thousand times: a reader reads them, or says that it cannot, and soon."""

from __future__ import annotations

import plistlib
import random
import struct
import time
from collections.abc import Callable

import pytest

import mobile_bytes as made
from ostiary.parts.mobile import arsc, axml, bundle, dex, macho, markup, plists
from ostiary.parts.mobile.cutting import Budget, Malformed
from ostiary.parts.mobile.dalvik import Reader

TIMES = 2_000
LONGEST = 1.0  # seconds for one reading
XML = f"""<manifest xmlns:android="{made.ANDROID}" package="com.example"><uses-permission android:name="android.permission.CAMERA"/>
<application android:label="@0x7f010000"><activity android:name=".Main" android:exported="true"><intent-filter/></activity></application></manifest>"""
VALUES = {("string", "url"): "https://api.example.com", ("string", "same"): "@0x7f010000", ("bool", "on"): "true"}


def program() -> bytes:
    maker = made.DexMaker().add(
        "com.example.Pay",
        interfaces=["com.example.Able"],
        statics={"SALT": "n4Qk7Zt1Vb9Xw3Rm", "ON": True},
        methods={
            "sign": [("text", 0, "salt"), ("text", 1, "abc"), ("call", "java.util.Map", "put", 2, 0, 1), ("end",)]
        },
    )
    return maker.done()


def read_dex(data: bytes) -> None:
    read = dex.Dex(data)
    reader = Reader(read, Budget(200_000, "instructions"))
    for each in read.classes():
        for method in each.methods[:100]:
            reader.trivial(method.code)
            for _ in reader.uses(method.code):
                pass


def read_macho(data: bytes) -> None:
    for each in macho.read(data):
        for _ in each.texts():
            pass
        each.names()


def read_plist(data: bytes) -> None:
    for _ in plists.texts(plists.read(data)):
        pass


PLIST = {
    "CFBundleIdentifier": "com.example",
    "NSAppTransportSecurity": {"NSExceptionDomains": {"a.b": {"x": [1, True, b"data"]}}},
}
FORMATS: dict[str, tuple[bytes, Callable[[bytes], object]]] = {
    "binary XML": (made.axml(XML), axml.read),
    "binary XML in UTF-16": (made.axml(XML, wide=True), axml.read),
    "XML": (XML.encode(), markup.parse),
    "resources": (made.arsc({**VALUES, ("array", "all"): ["a", "b"]}), arsc.read),
    "bundle's XML": (made.bundle_xml(XML), bundle.read_xml),
    "bundle's resources": (
        made.bundle_table({key: each for key, each in VALUES.items() if not each.startswith("@")}),
        bundle.read_resources,
    ),
    "Dalvik code": (program(), read_dex),
    "Mach-O": (
        made.fat(made.macho(imports=["_SecItemAdd"], texts=["auth_token"]), made.macho(encrypted=True)),
        read_macho,
    ),
    "binary property list": (plistlib.dumps(PLIST, fmt=plistlib.FMT_BINARY), read_plist),
    "property list": (plistlib.dumps(PLIST), read_plist),
}


def damaged(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        match chance.randint(0, 4):
            case 0:
                out[chance.randrange(len(out))] = chance.randrange(256)
            case 1:
                at = chance.randrange(max(1, len(out) - 4))
                out[at : at + 4] = struct.pack(
                    "<I", chance.choice([0, 1, 0xFFFFFFFF, 0x7FFFFFFF, len(out), 0x10000, chance.randrange(1 << 32)])
                )
            case 2:
                out[chance.randrange(len(out)) :] = b""
            case 3:
                at = chance.randrange(len(out))
                out[at:at] = out[at : at + chance.randrange(64)]
            case _:
                out += bytes(chance.randrange(40))
        if not out:
            out = bytearray(b"\0")
    return bytes(out)


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_bytes_are_refused_or_read_and_soon(name: str) -> None:
    data, read = FORMATS[name]
    read(data)  # as it is, it can be read
    chance = random.Random(f"{name} 5")
    refused, worst = 0, 0.0
    for _ in range(TIMES):
        broken = damaged(data, chance)
        started = time.perf_counter()
        try:
            read(broken)
        except Malformed:
            refused += 1
        worst = max(worst, time.perf_counter() - started)
    assert refused > 50, "damage is noticed"
    assert worst < LONGEST


def test_a_pool_whose_texts_are_all_the_same_long_one_is_not_decoded_without_end() -> None:
    count, text = 4_000, b"x" * 20_000
    head = struct.pack("<5I", count, 0, 0x100, 28 + 4 * count, 0)
    long = bytes([0xCE, 0x20, 0xCE, 0x20]) + text
    pool = made.chunk(1, head, struct.pack(f"<{count}I", *([0] * count)) + long)
    events = b"".join(
        made.chunk(0x102, struct.pack("<II", 1, 0), struct.pack("<II6H", 0xFFFFFFFF, number, 20, 20, 0, 0, 0, 0))
        + made.chunk(0x103, struct.pack("<II", 1, 0), struct.pack("<II", 0xFFFFFFFF, number))
        for number in range(1, count)
    )
    root = made.chunk(0x102, struct.pack("<II", 1, 0), struct.pack("<II6H", 0xFFFFFFFF, 0, 20, 20, 0, 0, 0, 0))
    with pytest.raises(Malformed, match="characters"):
        axml.read(made.chunk(3, b"", pool + root + events))


def test_a_table_that_names_more_than_it_has_is_refused() -> None:
    data = bytearray(program())
    data[0x58:0x5C] = struct.pack("<I", 0x0FFFFFFF)  # methods
    with pytest.raises(Malformed, match="more than it has"):
        dex.Dex(bytes(data))
