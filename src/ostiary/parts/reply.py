"""What a reply hook needs to know of a reply: its type, whether it has a body, and the body without its coding."""

from __future__ import annotations

import json
import re
import zlib
from typing import Final

from ostiary.errors import Denied
from ostiary.model import Exchange

MOST_PLAIN: Final = 16 * 1024 * 1024  # bytes after decompression; a reply that grows beyond is refused
_BODILESS: Final = frozenset({204, 205, 304})
_KEPT: Final = (
    b"www-authenticate",
    b"proxy-authenticate",
    b"allow",
    b"retry-after",
)  # what a status obliges us to send
_GZIP_OR_ZLIB: Final = 47  # zlib's window bits for "either header, told apart by itself"
_MOST_REMEMBERED: Final = 256  # the upstream chooses the values: keep few
_media: dict[bytes, bytes] = {}  # Content-Type as sent -> media type; asked several times per reply
_json: dict[bytes, bool] = {}
_codecs: dict[bytes, str] = {}  # Content-Type as sent -> codec, where its charset does not write ASCII as ASCII
_CHARSET: Final = re.compile(rb";\s*charset\s*=\s*\"?([A-Za-z0-9_:.+-]{1,40})", re.IGNORECASE)
_ASCII: Final = bytes(range(0x20, 0x7F))


def media_of(exchange: Exchange) -> bytes:
    """The reply's media type without parameters, lower case; empty when there is none."""
    for name, value in exchange.reply_headers:
        if name == b"content-type":
            known = _media.get(value)
            if known is None:
                known = value.partition(b";")[0].strip().lower()
                if len(_media) < _MOST_REMEMBERED:
                    _media[value] = known
            return known
    return b""


def is_json_type(value: bytes) -> bool:
    """Whether a Content-Type says JSON, by name or structured suffix (RFC 6839)."""
    known = _json.get(value)
    if known is None:
        media = value.partition(b";")[0].strip().lower()
        known = media in {b"application/json", b"text/json"} or media.endswith(b"+json")
        if len(_json) < _MOST_REMEMBERED:
            _json[value] = known
    return known


def is_json(exchange: Exchange) -> bool:
    """Whether the reply says it is JSON."""
    for name, value in exchange.reply_headers:
        if name == b"content-type":
            return is_json_type(value)
    return False


def has_body(exchange: Exchange) -> bool:
    """Whether this reply can have content (RFC 9110 section 6.4.1)."""
    if exchange.method == "HEAD" or exchange.status < 200 or exchange.status in _BODILESS:  # noqa: PLR2004
        return False
    return exchange.reply_head(b"content-length") != b"0"


def plain_body(exchange: Exchange) -> bytes:
    """The body that was read, its content coding undone, a text of it in UTF-8: what is looked for is ASCII there.

    Frameworks write JSON in UTF-16 for whoever asks (Accept-Charset, ``Accept: application/json;charset=utf-16``).

    :raises Denied: 502 for a coding that cannot be undone here, or that unpacks to more than is held.
    """
    coding = (
        b", ".join([value for name, value in exchange.reply_headers if name == b"content-encoding"]).strip().lower()
    )
    if coding in {b"", b"identity"}:
        return _in_utf8(exchange, exchange.reply_body)
    if coding not in {b"gzip", b"x-gzip", b"deflate"}:
        raise Denied(502, "the reply is coded in a way that cannot be inspected")
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        body = unpacker.decompress(exchange.reply_body, MOST_PLAIN)
    except zlib.error:
        raise Denied(502, "the reply's content coding is broken") from None
    if unpacker.unconsumed_tail:
        raise Denied(502, "the reply is too large to inspect")
    if exchange.reply_body and (not unpacker.eof or unpacker.unused_data):  # gzip may go on: a reader would read it all
        raise Denied(502, "the reply's content coding is broken")
    return _in_utf8(exchange, body)


def _in_utf8(exchange: Exchange, body: bytes) -> bytes:
    start = body[:4]
    codec = _codec_of(exchange)
    if not codec and start.isascii() and b"\0" not in start:
        return body
    if not (is_json(exchange) or media_of(exchange).startswith(b"text/") or media_of(exchange).endswith(b"xml")):
        return body
    found = json.detect_encoding(body)  # by its mark, or by where its first zeros are
    codec = found if found != "utf-8" else codec
    return body.decode(codec, "replace").encode("utf-8", "replace") if codec else body


def _codec_of(exchange: Exchange) -> str:
    """The codec of the charset that the reply names, if ASCII is written otherwise in it; else nothing."""
    value = exchange.reply_head(b"content-type") or b""
    known = _codecs.get(value)
    if known is None:
        match = _CHARSET.search(value)
        known = match[1].decode("ascii") if match is not None else ""
        try:
            known = "" if not known or _ASCII.decode(known) == _ASCII.decode("ascii") else known
        except UnicodeError:
            pass  # bytes of such a number are no text in it: it is another
        except LookupError:
            known = ""
        if len(_codecs) < _MOST_REMEMBERED:
            _codecs[value] = known
    return known


def replace_body(exchange: Exchange, body: bytes) -> None:
    """Put a plain body in place of the one that came; the host corrects the length."""
    exchange.reply_body = body
    exchange.reply_headers = [pair for pair in exchange.reply_headers if pair[0] != b"content-encoding"]
    if _codec_of(exchange):
        label(exchange, media_of(exchange) + b"; charset=utf-8")


def label(exchange: Exchange, value: bytes) -> None:
    """Make this the reply's one Content-Type."""
    exchange.reply_headers = [pair for pair in exchange.reply_headers if pair[0] != b"content-type"]
    exchange.reply_headers.append((b"content-type", value))


def instead(exchange: Exchange, status: int, reason: str = "") -> Denied:
    """A refusal that takes the reply's place and keeps the header fields its status needs."""
    headers: dict[str, str] = {}
    for name, value in exchange.reply_headers:
        if name in _KEPT:
            key = name.decode()
            text = value.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return Denied(status, reason, headers)


def no_store(exchange: Exchange) -> None:
    """Keep the reply out of every cache."""
    for name, value in exchange.reply_headers:
        if name == b"cache-control" and b"no-store" in value.lower():
            return
    exchange.reply_headers = [pair for pair in exchange.reply_headers if pair[0] != b"cache-control"]
    exchange.reply_headers.append((b"cache-control", b"no-store"))
