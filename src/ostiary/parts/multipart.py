"""Multipart forms are split one way only: strict boundaries, CRLF, bounded parts with plain headers (RFC 7578)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from ostiary.errors import Denied
from ostiary.parts import media_types

MOST_PARTS = 1000
MOST_HEADER_BYTES = 8 * 1024  # of one part
MOST_HEADERS = 16  # of one part

_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")  # RFC 2046 section 5.1.1
_LINE: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_PLAIN_CODINGS: Final = {"", "7bit", "8bit", "binary"}  # RFC 7578 section 4.7 ends the others; readers disagree on them
_DISPOSITION: Final = re.compile(
    r";[ \t]*([A-Za-z0-9*_\-]+)=(?:\"((?:[^\"\\]|\\.)*)\"|([!#$%&'*+\-.^_`|~0-9A-Za-z]+))[ \t]*"
)
_CLIMBS: Final = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)")


class Part(NamedTuple):
    """A part of a form: `filename` None when it is a plain field, `media_type` empty when it names none."""

    name: str
    filename: str | None
    media_type: str
    content: bytes


def boundary_of(content_type: str) -> bytes:
    """The boundary of a Content-Type value.

    :raises Denied: 400 when there is none, or it is not one by RFC 2046.
    """
    media = media_types.parse(content_type)
    boundary = media.parameters.get("boundary", "") if media is not None else ""
    if _BOUNDARY.fullmatch(boundary) is None:
        raise Denied(400, "the multipart body has no proper boundary")
    return boundary.encode("ascii")


def parse(body: bytes, boundary: bytes) -> list[Part]:
    """The parts, in order.

    :raises Denied: 400 for anything that two readers could split differently: a preamble or an epilogue with text in
        it, padded or bare-LF delimiters, a header folded or given twice, a transfer coding, too many parts.
    """
    delimiter = b"\r\n--" + boundary
    pieces = (b"\r\n" + body.removeprefix(b"\r\n")).split(delimiter, MOST_PARTS + 2)
    if pieces[0]:
        raise _fault("does not begin with its boundary")
    if len(pieces) > MOST_PARTS + 2:
        raise _fault("has too many parts")
    if pieces[-1] not in {b"--", b"--\r\n"}:
        raise _fault("does not end with its boundary")
    if b"\n--" + boundary in body.replace(delimiter, b"") or b"\r--" + boundary in body:
        raise _fault("has a boundary behind half a line break")  # Werkzeug, for one, takes it for a whole one
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    if not piece.startswith(b"\r\n"):
        raise _fault("has a boundary with something behind it")
    head, gap, content = piece[2:].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if not gap or len(head) > MOST_HEADER_BYTES or len(lines) > MOST_HEADERS:
        raise _fault("has a part without a proper head")
    headers: dict[bytes, str] = {}
    try:
        for line in lines:
            match = _LINE.fullmatch(line)
            if match is None or match[1].lower() in headers:
                raise _fault("has a part with a malformed or repeated header")
            headers[match[1].lower()] = match[2].strip().decode("utf-8")
    except UnicodeDecodeError:
        raise _fault("has a part whose header is not UTF-8") from None
    if headers.get(b"content-transfer-encoding", "").lower() not in _PLAIN_CODINGS:
        raise _fault("has a part with a transfer encoding")
    name, filename = _names(headers.get(b"content-disposition", ""))
    media = headers.get(b"content-type", "")
    parsed = media_types.parse(media) if media else media_types.MediaType("", {})
    if parsed is None:
        raise _fault("has a part with a malformed type")
    return Part(name, filename, parsed.name, content)


def _names(disposition: str) -> tuple[str, str | None]:
    """Name and file name; browsers write a quote as ``%22``, older curl as a backslash and a quote."""
    kind, semicolon, _ = disposition.partition(";")
    if kind.strip().lower() != "form-data":
        raise _fault("has a part that is no form-data")
    found: dict[str, str] = {}
    at = len(kind)
    while semicolon and at < len(disposition):
        match = _DISPOSITION.match(disposition, at)
        if match is None or match[1].lower() in found:
            raise _fault("has a part with a malformed or repeated name")
        found[match[1].lower()] = match[3] if match[2] is None else match[2].replace('\\"', '"')
        at = match.end()
    if "name" not in found:
        raise _fault("has a part without a name")
    filename = found.get("filename")
    for each in (filename, _extended(found["filename*"]) if "filename*" in found else None):
        if each and (_CLIMBS.search(each) or each.startswith("/") or "\x00" in each):
            raise _fault("has a file name that leaves its folder")
        filename = each if filename is None else filename
    return found["name"], filename


def _extended(value: str) -> str:
    """Decode ``UTF-8''na%C3%AFve.txt`` (RFC 8187); .NET sends it beside the plain form."""
    charset, _, rest = value.partition("'")
    _, quote, text = rest.partition("'")
    if charset.lower() != "utf-8" or not quote:
        raise _fault("has a file name in an unknown charset")
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise _fault("has a file name that is not UTF-8") from None


def _fault(what: str) -> Denied:
    return Denied(400, f"the multipart body {what}")
