"""The smallest pictures that decode, with an invented place and a mark in their metadata, and whether a reply still has them."""

from __future__ import annotations

import struct
import zlib
from typing import Final

from ostiary.evidence import Answer

_ASCII, _LONG, _RATIONAL = 2, 4, 5  # types of fields (TIFF 6.0 section 2)
_DESCRIPTION, _GPS = 0x010E, 0x8825
_LATITUDE: Final = ((48, 1), (51, 1), (2989, 100))
_LONGITUDE: Final = ((2, 1), (17, 1), (4023, 100))
_TABLE: Final = b"\x01" + bytes(15) + b"\x00"  # one code of one bit, for the symbol 0 (T.81 annex C)


def exif(mark: str) -> bytes:
    """A TIFF structure with `mark` as description, and coordinates."""
    text = mark.encode("ascii") + b"\x00"
    text += b"\x00" * (len(text) % 2)
    first = 8
    behind = first + 2 + 2 * 12 + 4
    places = behind + len(text)
    root = struct.pack("<H", 2)
    root += struct.pack("<HHII", _DESCRIPTION, _ASCII, len(mark) + 1, behind)
    root += struct.pack("<HHII", _GPS, _LONG, 1, places) + bytes(4)
    numbers = places + 2 + 4 * 12 + 4
    gps = struct.pack("<H", 4)
    gps += struct.pack("<HHI4s", 1, _ASCII, 2, b"N") + struct.pack("<HHII", 2, _RATIONAL, 3, numbers)
    gps += struct.pack("<HHI4s", 3, _ASCII, 2, b"E") + struct.pack("<HHII", 4, _RATIONAL, 3, numbers + 24) + bytes(4)
    return b"II*\x00" + struct.pack("<I", first) + root + text + gps + _coordinates()


def _coordinates() -> bytes:
    return b"".join(struct.pack("<II", *each) for each in (*_LATITUDE, *_LONGITUDE))


def jpeg(mark: str) -> bytes:
    """A grey JPEG of eight by eight, with `exif`."""
    app = b"Exif\x00\x00" + exif(mark)
    return (
        b"\xff\xd8"
        + _segment(0xE1, app)
        + _segment(0xDB, b"\x00" + b"\x01" * 64)
        + _segment(0xC0, b"\x08" + struct.pack("!HH", 8, 8) + b"\x01\x01\x11\x00")
        + _segment(0xC4, b"\x00" + _TABLE)
        + _segment(0xC4, b"\x10" + _TABLE)
        + _segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
        + b"\x3f\xff\xd9"
    )


def png(mark: str) -> bytes:
    """A grey PNG of one by one, with `exif` (eXIf, PNG third edition section 11.3.3.5) and the mark as text."""
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack("!IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
        + _chunk(b"eXIf", exif(mark))
        + _chunk(b"tEXt", b"Comment\x00" + mark.encode())
        + _chunk(b"IDAT", zlib.compress(b"\x00\x7f"))
        + _chunk(b"IEND", b"")
    )


def remains(answer: Answer, mark: str) -> list[str]:
    """What of the metadata a reply still has: of a picture of ours, not of any other."""
    found = ["coordinates"] if _coordinates() in answer.body else []
    return found + (["the description"] if mark.encode() in answer.body else [])


def is_picture(data: bytes) -> bool:
    """Whether these bytes begin like a picture of a usual kind."""
    return (
        data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8"))
        or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")
        or data[4:12] in {b"ftypavif", b"ftypheic", b"ftypmif1"}
    )


def _segment(marker: int, data: bytes) -> bytes:
    return struct.pack("!BBH", 0xFF, marker, len(data) + 2) + data


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))
