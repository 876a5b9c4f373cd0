"""Pictures of every kind, honest and not: what comes out is pixels, the right way up, and nothing else."""

from __future__ import annotations

import io
import struct
import time
import zlib
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from ostiary.parts import images
from ostiary.parts.images import Busy, Picture, avatar, media_type, size

GPS = b"GPS-5213N-2104E"
KINDS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf>' + GPS + b"</rdf></x:xmpmeta>"


def drawn(width: int = 40, height: int = 20, mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    made = Image.new(mode, (width, height), "red")
    made.paste("blue", (width // 2, 0, width, height))
    return made


def file(picture: Image.Image, kind: str, **more: Any) -> bytes:
    written = io.BytesIO()
    picture.save(written, KINDS[kind], **more)
    return written.getvalue()


def exif(orientation: int = 1) -> bytes:
    made = Image.Exif()
    made[0x0112] = orientation
    made[0x010F] = GPS.decode()
    gps = made.get_ifd(0x8825)
    gps[1], gps[2] = "N", (52.0, 13.0, 0.0)
    gps[29] = GPS.decode()
    return made.tobytes()


def laden(kind: str) -> bytes:
    """A picture with a marker in every place that its format has for things that are not pixels."""
    more: dict[str, Any] = {"exif": exif(), "icc_profile": b"\0" * 128 + GPS}
    if kind == "image/png":
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", GPS.decode())
        info.add_text("Comment", GPS.decode(), zip=True)
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        more["pnginfo"] = info
    elif kind == "image/jpeg":
        more |= {"comment": GPS, "xmp": XMP}
    else:
        more["xmp"] = XMP
    made = file(drawn(), kind, **more)
    if kind == "image/jpeg":  # IPTC, which Pillow does not write
        block = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(GPS)) + GPS
        made = made[:2] + b"\xff\xed" + struct.pack(">H", len(block) + 2) + block + made[2:]
    return made + GPS


def seen(picture: Picture) -> Image.Image:
    return Image.open(io.BytesIO(picture.content), formats=[KINDS[picture.media_type]])


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_but_pixels_comes_out(kind: str) -> None:
    given = laden(kind)
    assert GPS in given
    made = avatar(given)
    assert made.media_type == kind
    assert GPS not in made.content
    for marker in (b"Exif", b"eXIf", b"EXIF", b"xmp", b"XMP", b"iCCP", b"ICC", b"8BIM", b"tEXt", b"zTXt", b"iTXt"):
        assert marker not in made.content
    picture = seen(made)
    assert len(picture.getexif()) == 0
    assert set(picture.info) <= {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "loop",
        "background",
        "timestamp",
        "duration",
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "tail", [b"<script>alert(1)</script>", b"PK\x03\x04" + b"\0" * 30, b"%PDF-1.7\n", b"<?php x ?>"]
)
def test_what_is_two_things_at_once_becomes_one(kind: str, tail: bytes) -> None:
    assert tail not in avatar(file(drawn(), kind) + tail).content


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_the_right_way_up(kind: str, orientation: int) -> None:
    """As others turn it: the marker is honoured before it goes."""
    from PIL import ImageOps  # noqa: PLC0415 - the witness

    given = file(drawn(400, 200), kind, exif=exif(orientation))
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(given))).convert("RGB")
    got = seen(avatar(given)).convert("RGB")
    assert got.size == expected.size
    for place in ((10, 10), (got.width - 10, 10), (10, got.height - 10), (got.width - 10, got.height - 10)):
        assert near(got.getpixel(place), expected.getpixel(place))


def near(one: Any, other: Any) -> bool:
    return all(abs(a - b) < 60 for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_a_large_picture_becomes_small_and_keeps_its_shape(kind: str) -> None:
    picture = seen(avatar(file(drawn(2000, 1000), kind)))
    assert picture.size == (512, 256)


@pytest.mark.parametrize("kind", ["image/png", "image/webp"])
def test_what_is_clear_stays_clear(kind: str) -> None:
    assert seen(avatar(file(Image.new("RGBA", (4, 4), (255, 0, 0, 0)), kind))).convert("RGBA").getpixel((1, 1))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "I;16", "LA", "RGBA"])
def test_pictures_of_every_mode_are_taken(mode: str) -> None:
    kind = "image/jpeg" if mode == "CMYK" else "image/png"
    assert seen(avatar(file(Image.new(mode, (9, 7)), kind))).size == (9, 7)


def png(width: int, height: int, *chunks: tuple[bytes, bytes], depth: int = 8, colour: int = 2) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    written = b"\x89PNG\r\n\x1a\n"
    for name, data in ((b"IHDR", head), *chunks, (b"IEND", b"")):
        written += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return written


def vp8x(width: int, height: int) -> bytes:
    inner = (
        b"VP8X"
        + struct.pack("<I", 10)
        + b"\0" * 4
        + (width - 1).to_bytes(3, "little")
        + (height - 1).to_bytes(3, "little")
    )
    return b"RIFF" + struct.pack("<I", len(inner) + 4) + b"WEBP" + inner


def jpeg_of(width: int, height: int) -> bytes:
    made = bytearray(file(drawn(8, 8), "image/jpeg"))
    at = made.index(b"\xff\xc0")
    made[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(made)


BOMBS = {
    "png": png(30_000, 30_000, (b"IDAT", zlib.compress(b"\0" * 1000))),
    "png, one line": png(2_000_000_000, 1, (b"IDAT", zlib.compress(b"\0" * 1000))),
    "jpeg": jpeg_of(65_535, 65_535),
    "jpeg, second frame": (one := jpeg_of(8, 8))[: (at := one.index(b"\xff\xda"))]
    + b"\xff\xc1\x00\x11\x08\xff\xff\xff\xff\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01" + one[at:],
    "webp": vp8x(16_384, 16_384),
    "webp lossless": b"RIFF\x20\0\0\0WEBPVP8L\x10\0\0\0\x2f" + (16_383 | 16_383 << 14).to_bytes(4, "little") + b"\0" * 12,
    "webp lossy": b"RIFF\x20\0\0\0WEBPVP8 \x10\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 16_383, 16_383) + b"\0" * 12,
    "a pixel too wide": png(4097, 1, (b"IDAT", zlib.compress(b"\0" * 20_000))),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_anything_is_decoded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(*_: Any, **__: Any) -> None:
        raise AssertionError("a decoder was asked")

    monkeypatch.setattr("PIL.Image.open", decode)
    with pytest.raises(ValueError, match="pixels"):
        avatar(BOMBS[name])


def test_a_chunk_that_unpacks_without_end_is_refused_soon() -> None:
    bomb = zlib.compress(b"\0" * 200_000_000, 9)
    given = png(8, 8, (b"iCCP", b"x\0\0" + bomb), (b"IDAT", zlib.compress(b"\0" * 200)))
    began = time.process_time()
    with pytest.raises(ValueError, match="cannot be decoded"):
        avatar(given)
    assert time.process_time() - began < 1


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(ValueError, match="bytes"):
        avatar(file(drawn(), "image/png") + b"\0" * images.MOST_BYTES)


@pytest.mark.parametrize("kind", KINDS)
def test_the_largest_that_is_taken_is_taken(kind: str) -> None:
    assert seen(avatar(file(drawn(4096, 4096), kind))).size == (512, 512)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\x10JFIF", b"RIFF\0\0\0\0WEBP", b"RIFF\0\0\0\0WEBPVP8X",
     b"GIF89a\x01\0\x01\0", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"BM" + b"\0" * 60, b"%!PS-Adobe-3.0 EPSF-3.0\n",
     b"P6 1 1 255\n\0\0\0", b"II*\0\x08\0\0\0", png(0, 5), png(5, 5), b"\xff\xd8" + b"\xff" * 10_000, b"\xff\xd8\xff\xd9"],
)  # fmt: skip
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"picture|decoded"):
        avatar(data)


@pytest.mark.parametrize("kind", KINDS)
def test_half_a_picture_is_none(kind: str) -> None:
    whole = file(Image.effect_noise((64, 64), 90).convert("RGB"), kind)
    with pytest.raises(ValueError, match=r"decoded|picture"):
        avatar(whole[: len(whole) // 2])


@pytest.mark.parametrize("kind", KINDS)
def test_the_size_is_what_a_decoder_sees(kind: str) -> None:
    for width, height in ((1, 1), (7, 300), (300, 7)):
        assert size(file(drawn(width, height), kind)) == (width, height)
    assert size(file(drawn(30, 20, "RGB"), kind, **({"lossless": True} if kind == "image/webp" else {}))) == (30, 20)


def test_a_type_is_told_by_the_first_bytes_alone() -> None:
    assert [media_type(file(drawn(), kind)) for kind in KINDS] == list(KINDS)
    assert media_type(b"<html>") == ""


def test_there_is_room_for_so_many_at_once() -> None:
    taken = 0
    try:
        while images._ROOM.acquire(blocking=False):
            taken += 1
        with pytest.raises(Busy):
            avatar(file(drawn(), "image/png"))
    finally:
        for _ in range(taken):
            images._ROOM.release()
    assert avatar(file(drawn(), "image/png")).media_type == "image/png"
