"""Android's binary XML becomes elements; attributes are known by the resource they stand for before their name.

Android itself looks attributes up by that number, so a manifest whose names say something else still means what its
numbers say. Files without a resource map (network security configurations among them) are read by their names.

Source: ``ResourceTypes.h`` of the Android Open Source Project, ``ResXMLTree``.
"""

from __future__ import annotations

from typing import Final

from ostiary.parts.mobile.chunks import NONE, STRING_POOL, Chunk, Pool, inside, pool, value
from ostiary.parts.mobile.cutting import Malformed, many, u16, u32
from ostiary.parts.mobile.markup import Building, Element, prefixed

_START: Final = 0x0102
_END: Final = 0x0103
_TEXT: Final = 0x0104
_MAP: Final = 0x0180
_ATTRIBUTE: Final = 20  # bytes
_MOST_ATTRIBUTES: Final = 2_000  # of one element
KNOWN: Final = {  # android.R.attr, for the attributes that checks ask about
    0x01010001: "label", 0x01010003: "name", 0x01010006: "permission", 0x01010007: "readPermission",
    0x01010008: "writePermission", 0x01010009: "protectionLevel", 0x0101000B: "sharedUserId", 0x0101000E: "enabled",
    0x0101000F: "debuggable", 0x01010010: "exported", 0x01010018: "authorities", 0x0101001B: "grantUriPermissions",
    0x0101001C: "priority", 0x01010024: "value", 0x01010025: "resource", 0x01010026: "mimeType", 0x01010027: "scheme",
    0x01010028: "host", 0x01010029: "port", 0x0101002A: "path", 0x0101002B: "pathPrefix", 0x0101002C: "pathPattern",
    0x01010202: "targetActivity", 0x0101020C: "minSdkVersion", 0x0101021B: "versionCode", 0x0101021C: "versionName",
    0x01010270: "targetSdkVersion", 0x01010271: "maxSdkVersion", 0x01010272: "testOnly", 0x01010280: "allowBackup",
    0x010104EB: "fullBackupContent", 0x010104EC: "usesCleartextTraffic", 0x010104EE: "autoVerify",
    0x01010527: "networkSecurityConfig",
}  # fmt: skip
_ANDROID: Final = "android:"


def is_axml(data: bytes) -> bool:
    """Whether bytes begin as binary XML does."""
    return data[:2] == b"\x03\x00" and data[2:4] == b"\x08\x00"


def read(data: bytes) -> Element:
    """The root element of a binary XML file.

    :raises Malformed: when it is none, or is too much.
    """
    if not is_axml(data):
        raise Malformed("is no binary XML")
    end = min(len(data), max(u32(data, 4), 8))
    building = Building()
    texts: Pool | None = None
    resources: tuple[int, ...] = ()
    for found in inside(data, 8, end):
        if found.type == STRING_POOL and texts is None:
            texts = pool(data, found)
        elif found.type == _MAP:
            resources = many(data, found.body, (found.end - found.body) // 4, 4)
        elif texts is None:
            continue
        elif found.type == _START:
            building.start(_element(data, found, texts, resources))
        elif found.type == _END:
            building.end()
        elif found.type == _TEXT:
            building.text(texts[u32(data, found.body)])
    return building.result()


def _element(data: bytes, where: Chunk, texts: Pool, resources: tuple[int, ...]) -> Element:
    at = where.body
    start, size, count = u16(data, at + 8), u16(data, at + 10), u16(data, at + 12)
    size = size or _ATTRIBUTE
    if count > _MOST_ATTRIBUTES or size < _ATTRIBUTE or at + start + count * size > where.end:
        raise Malformed(f"has an element at offset {where.start} whose attributes do not fit")
    attributes: dict[str, str] = {}
    for number in range(count):
        name, text = _attribute(data, at + start + number * size, texts, resources)
        attributes.setdefault(name, text)
    return Element(tag=texts[u32(data, at + 4)], attributes=attributes, line=u32(data, where.start + 8))


def _attribute(data: bytes, at: int, texts: Pool, resources: tuple[int, ...]) -> tuple[str, str]:
    uri, name, raw = u32(data, at), u32(data, at + 4), u32(data, at + 8)
    kind, number = data[at + 15], u32(data, at + 16)
    meant = KNOWN.get(resources[name]) if name < len(resources) else None
    called = _ANDROID + meant if meant else prefixed(texts[uri] if uri != NONE else "", texts[name])
    return called, texts[raw] if raw != NONE and kind == 0x03 else value(kind, number, texts)  # noqa: PLR2004 - a text
