"""Coded bodies are unpacked within a bound and a ratio, and one coding only (RFC 9110 section 8.4)."""

from __future__ import annotations

import zlib
from typing import Final

from ostiary.errors import Denied

RATIO = 100  # unpacked to packed; text reaches 10 to 20, a bomb 1000
MOST = 16 * 1024 * 1024  # bytes
SMALL: Final = 64 * 1024  # bytes; below this no ratio is held against anyone: a page of blanks packs well too
_WINDOW: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # zlib's wbits: gzip framing, zlib framing


def supported(coding: str) -> bool:
    """Whether `unpack` knows the coding; `identity` is none."""
    return coding in _WINDOW


def unpack(data: bytes, coding: str, *, most: int = MOST, ratio: int = RATIO) -> bytes:
    """The bytes that were coded.

    :param coding: as in Content-Encoding, lower case.
    :param most: bytes that may come out at most.
    :raises Denied: 415 for a coding we do not know (two codings are one we do not know), 400 for broken or trailing
        data, 413 beyond `most` or `ratio`.
    """
    window = _WINDOW.get(coding)
    if window is None:
        raise Denied(415, "this content coding is not accepted", {"accept-encoding": "gzip, deflate, identity"})
    bound = min(most, max(len(data) * ratio, SMALL))
    unpacker = zlib.decompressobj(window)
    try:
        plain = unpacker.decompress(data, bound + 1)
    except zlib.error:
        raise Denied(400, "the body is not what its content coding says") from None
    if len(plain) > bound:
        raise Denied(413, "the body unpacks to more than is accepted")
    if not unpacker.eof or unpacker.unused_data:
        raise Denied(400, "the body is not what its content coding says")
    return plain
