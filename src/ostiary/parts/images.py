"""Pictures are measured before they are decoded and leave as pixels alone, drawn anew; Pillow is imported here alone.

What a file says about its size is read by ourselves from its first bytes, so that no decoder sets memory aside for a
picture that is refused. What is answered was encoded by us from pixels: EXIF, XMP, IPTC, comments, thumbnails, colour
profiles, and whatever was appended or hidden to make the file two things at once, cannot be in it.
"""

from __future__ import annotations

import io
import struct
import threading
from typing import Final, NamedTuple

from PIL import Image

__all__ = ["MEDIA_TYPES", "MOST_BYTES", "MOST_PIXELS", "Busy", "Picture", "avatar", "media_type", "size"]

MOST_BYTES: Final = 2 * 1024 * 1024
MOST_PIXELS: Final = 4096  # in each direction
SIDE: Final = 512  # pixels of what is kept, in each direction
MEDIA_TYPES: Final = ("image/png", "image/jpeg", "image/webp")

_FORMATS: Final = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
_SAVED: Final[dict[str, dict[str, int | bool]]] = {
    "PNG": {"compress_level": 6},
    "JPEG": {"quality": 85},
    "WEBP": {"quality": 85, "method": 4},
}
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # ITU-T T.81 table B.1: start of frame
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
_TURNS: Final[dict[object, Image.Transpose]] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_MOST_SEGMENTS: Final = 2000
_ROOM: Final = threading.BoundedSemaphore(2)  # pictures decoded at once in this process: each takes up to 200 MB


class Busy(Exception):  # noqa: N818 - a state, not a fault
    """Others' pictures are being drawn: try again in a moment."""


class Picture(NamedTuple):
    """A picture as it is kept: `media_type` says what it is."""

    content: bytes
    media_type: str


def media_type(data: bytes) -> str:
    """What a file is by its first bytes, whatever its name or sender says; "" for what is no picture of ours."""
    if data.startswith(_PNG):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""


def size(data: bytes) -> tuple[int, int]:
    """Width and height, as the decoder will believe them; nothing is decoded.

    :raises ValueError: when the file does not say.
    """
    kind = media_type(data)
    try:
        found = {"image/png": _of_png, "image/jpeg": _of_jpeg, "image/webp": _of_webp}[kind](data)
    except (KeyError, struct.error, IndexError) as error:
        raise ValueError("is not a picture") from error
    if not all(found):
        raise ValueError("is not a picture")
    return found


def _of_png(data: bytes) -> tuple[int, int]:
    length, name, width, height = struct.unpack_from(">I4sII", data, len(_PNG))
    if name != b"IHDR" or length != 13:  # noqa: PLR2004 - PNG section 11.2.1
        raise ValueError("is not a picture")
    return width, height


def _of_jpeg(data: bytes) -> tuple[int, int]:
    """The largest frame that is declared: of several, nobody knows which one a decoder takes."""
    at, found = 2, (0, 0)
    for _ in range(_MOST_SEGMENTS):
        if at + 4 > len(data) or data[at] != 0xFF:  # noqa: PLR2004 - every marker begins with it
            break
        marker = data[at + 1]
        if marker == 0xFF or marker in _BARE:  # noqa: PLR2004 - fill byte
            at += 1 if marker == 0xFF else 2  # noqa: PLR2004
            continue
        if marker == 0xDA:  # noqa: PLR2004 - start of scan: what follows is pixels
            return found
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            found = (max(found[0], width), max(found[1], height))
        at += 2 + length
    raise ValueError("is not a picture")


def _of_webp(data: bytes) -> tuple[int, int]:
    """RFC 9649 section 2: the canvas of VP8X, or the one frame of the simple forms."""
    name = data[12:16]
    if name == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if name == b"VP8L" and data[20] == 0x2F:  # noqa: PLR2004 - its signature
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if name == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError("is not a picture")


def avatar(data: bytes) -> Picture:
    """The picture, turned as its camera held it, at most 512 pixels wide and high, and nothing but pixels.

    Takes up to a second of a processor: call it in a thread.

    :raises ValueError: with a clause: when it is too large, or not a picture that can be decoded whole.
    :raises Busy: when as many as there is room for are being drawn.
    """
    if len(data) > MOST_BYTES:
        raise ValueError(f"is larger than {MOST_BYTES} bytes")
    if max(size(data)) > MOST_PIXELS:
        raise ValueError(f"is wider or higher than {MOST_PIXELS} pixels")
    if not _ROOM.acquire(blocking=False):
        raise Busy
    try:
        return _drawn(data, media_type(data))
    finally:
        _ROOM.release()


def _drawn(data: bytes, kind: str) -> Picture:
    try:
        with Image.open(io.BytesIO(data), formats=[_FORMATS[kind]]) as opened:
            pixels = _pixels(opened, kind)
    except Exception as error:  # a file that breaks a decoder, in whatever way, is no picture
        raise ValueError("cannot be decoded") from error
    written = io.BytesIO()
    pixels.save(written, _FORMATS[kind], **_SAVED[_FORMATS[kind]])
    return Picture(written.getvalue(), kind)


def _pixels(opened: Image.Image, kind: str) -> Image.Image:
    """Pixels of the first frame, in an image that was never a file and has no place for anything else."""
    if max(opened.size) > MOST_PIXELS:
        raise ValueError("is wider or higher than it says")
    opened.draft("RGB", (SIDE, SIDE))  # JPEG alone: decoded smaller, which is all that is needed
    opened.load()
    clear = kind != "image/jpeg" and ("A" in opened.getbands() or "transparency" in opened.info)
    drawn = opened.convert("RGBA" if clear else "RGB")
    drawn.thumbnail((SIDE, SIDE))
    turn = _TURNS.get(_orientation(opened))
    drawn = drawn if turn is None else drawn.transpose(turn)
    return Image.frombytes(drawn.mode, drawn.size, drawn.tobytes())


def _orientation(opened: Image.Image) -> object:
    """How the camera was held (EXIF 3.0, tag 0x0112); what cannot be read turns nothing."""
    try:
        return opened.getexif().get(0x0112)
    except Exception:
        return None
