"""MongoDB is asked for the names of its databases without signing in; they are not kept (OP_MSG, BSON)."""

from __future__ import annotations

import struct
from typing import Any, Final

from ostiary.audit.gather.machines.stores.line import Line, line_to
from ostiary.errors import Unanswerable
from ostiary.evidence.machine import Database
from ostiary.parts.printable import on_one_line

_OP_MSG: Final = 2013
_UNAUTHORIZED: Final = frozenset({13, 18})
_SIZES: Final = {0x01: 8, 0x07: 12, 0x08: 1, 0x09: 8, 0x0A: 0, 0x10: 4, 0x11: 8, 0x12: 8, 0x13: 16, 0xFF: 0, 0x7F: 0}
_SIZED: Final = {0x02: 4, 0x03: 0, 0x04: 0, 0x05: 5, 0x0D: 4, 0x0E: 4}  # bytes besides those that their length counts


async def mongodb(address: str, port: int) -> Database:
    """``buildInfo``, which strangers are told, and ``listDatabases``, which they are not where signing in is on."""
    async with line_to(address, port) as line:
        built = await _asked(line, port, 1, b"\x10buildInfo\0" + struct.pack("<i", 1))
        listed = await _asked(line, port, 2, b"\x10listDatabases\0" + struct.pack("<i", 1) + b"\x08nameOnly\0\x01")
    opened = bool(listed.get("ok")) and not listed.get("code")
    said = listed.get("code")
    undecided = "" if opened or said in _UNAUTHORIZED else f"MongoDB answered with error {said}"
    return Database(
        engine="mongodb",
        address=address,
        port=port,
        opened="without a password" if opened else "",
        tried=("no password",),
        version=on_one_line(str(built.get("version", "")))[:40],
        tls=False,
        undecided=undecided,
    )


async def _asked(line: Line, port: int, number: int, members: bytes) -> dict[str, Any]:
    inner = members + b"\x02$db\0" + struct.pack("<i", 6) + b"admin\0"
    body = struct.pack("<I", 0) + b"\0" + struct.pack("<i", len(inner) + 5) + inner + b"\0"
    line.send(struct.pack("<iiii", len(body) + 16, number, 0, _OP_MSG) + body)
    size, _, _, kind = struct.unpack("<iiii", await line.exactly(16))
    answer = await line.exactly(size - 16)
    if kind != _OP_MSG or answer[4:5] != b"\0":
        raise Unanswerable(f"port {port} does not speak MongoDB")
    return members_of(answer[5:])


def members_of(document: bytes) -> dict[str, Any]:
    """The numbers, texts and flags at the top of a document of BSON; what is nested is passed over.

    :raises Unanswerable: for what is none.
    """
    found: dict[str, Any] = {}
    try:
        at, end = 4, int.from_bytes(document[:4], "little") - 1
        while at < end:
            kind = document[at]
            name, _, _ = document[at + 1 :].partition(b"\0")
            at += len(name) + 2
            size = _SIZES.get(kind)
            if size is None:
                size = int.from_bytes(document[at : at + 4], "little") + _SIZED[kind]
            value = document[at : at + size]
            at += size
            found[name.decode("utf-8", "replace")] = _value(kind, value)
    except (KeyError, IndexError, struct.error) as error:
        raise Unanswerable("an answer is no BSON") from error
    return found


def _value(kind: int, value: bytes) -> Any:
    if kind == 0x01:
        return struct.unpack("<d", value)[0]
    if kind in {0x10, 0x12}:
        return int.from_bytes(value, "little", signed=True)
    if kind == 0x08:  # noqa: PLR2004 - true or false
        return value == b"\x01"
    return value[4:-1].decode("utf-8", "replace") if kind == 0x02 else None  # noqa: PLR2004 - a text
