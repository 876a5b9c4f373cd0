"""Property lists, as XML or binary, become plain data; what is shared in a binary one is walked a bounded number of times."""

from __future__ import annotations

import plistlib
from collections.abc import Iterator, Mapping
from typing import Any, Final
from xml.parsers.expat import ExpatError  # plistlib refuses entities

from ostiary.parts.mobile.cutting import Malformed

MOST: Final = 8 * 1024 * 1024  # bytes
MOST_VALUES: Final = 100_000
_DEEP: Final = 64
_BINARY: Final = b"bplist00"
_BROKEN: Final = (
    plistlib.InvalidFileException,
    ExpatError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
    LookupError,
    MemoryError,
)


def is_plist(data: bytes) -> bool:
    """Whether bytes begin as a property list does."""
    return data.startswith(_BINARY) or (
        data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"<plist" in data[:1000]
    )


def read(data: bytes) -> Any:
    """What a property list holds.

    :raises Malformed: when it is none, or too large.
    """
    if len(data) > MOST:
        raise Malformed(f"is larger than {MOST >> 20} MiB")
    try:
        return plistlib.loads(data)
    except _BROKEN as error:
        raise Malformed(f"is no property list: {type(error).__name__}") from error


def dictionary(data: bytes) -> Mapping[str, Any]:
    """The same, where a dictionary is expected.

    :raises Malformed: when it is something else.
    """
    found = read(data)
    if not isinstance(found, dict):
        raise Malformed("is a property list without names")
    return {str(name): value for name, value in found.items()}


def texts(found: Any) -> Iterator[tuple[str, str]]:
    """Each text with the names that lead to it (``NSAppTransportSecurity.NSExceptionDomains.example.com``), bounded."""
    stack: list[tuple[str, Any, int]] = [("", found, 0)]
    left = MOST_VALUES
    while stack and left:
        left -= 1
        name, value, depth = stack.pop()
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, bytes | bytearray):
            text = bytes(value[:65_536]).decode("utf-8", "ignore")
            if text.isprintable():
                yield name, text
        elif depth < _DEEP and isinstance(value, dict):
            inner = [
                (f"{name}.{key}" if name else str(key), each, depth + 1) for key, each in _first(value.items(), left)
            ]
            stack += reversed(inner)
        elif depth < _DEEP and isinstance(value, list):
            stack += [(name, each, depth + 1) for each in reversed(value[:left])]


def _first(items: Any, most: int) -> list[tuple[Any, Any]]:
    return [each for each, _ in zip(items, range(most), strict=False)]
