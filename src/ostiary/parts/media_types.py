"""Media types are compared by type, subtype and suffix, never as raw header text (RFC 9110 section 8.3.1, RFC 6839)."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeVar

_WORD: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_TYPE: Final = re.compile(rf"[ \t]*({_WORD}/{_WORD})[ \t]*")
_PARAMETER: Final = re.compile(rf";[ \t]*(?:({_WORD})=(?:({_WORD})|\"((?:[^\"\\]|\\.)*)\")[ \t]*)?")
_LONGEST_KEPT: Final = (
    256  # characters; what is longer is no header of an ordinary client and would only fill the memory
)


class MediaType(NamedTuple):
    """A media type: `name` in lower case without parameters, parameter names in lower case."""

    name: str
    parameters: Mapping[str, str]


def parse(value: str) -> MediaType | None:
    """Read a Content-Type value; None when it is malformed or gives a parameter twice."""
    return _parse_kept(value) if len(value) <= _LONGEST_KEPT else _parse(value)


def _parse(value: str) -> MediaType | None:
    match = _TYPE.match(value)
    if match is None:
        return None
    parameters: dict[str, str] = {}
    at = match.end()
    while at < len(value):
        found = _PARAMETER.match(value, at)
        if found is None:
            return None
        at = found.end()
        name = (found[1] or "").lower()
        if not name:
            continue
        if name in parameters:
            return None  # two boundaries: two readers would split at different ones
        parameters[name] = found[2] if found[2] is not None else re.sub(r"\\(.)", r"\1", found[3])
    return MediaType(match[1].lower(), parameters)


_parse_kept = functools.lru_cache(maxsize=512)(_parse)


def is_json(name: str) -> bool:
    """JSON by name or structured suffix."""
    return name == "application/json" or name.endswith("+json") or name == "text/json"


def is_xml(name: str) -> bool:
    """XML by name or structured suffix (RFC 7303); SVG, SOAP and Atom are among them."""
    return name in {"application/xml", "text/xml"} or name.endswith("+xml")


def is_yaml(name: str) -> bool:
    """YAML by name, by structured suffix (RFC 9512), or by the names used before it had one."""
    return name in {"application/yaml", "text/yaml", "application/x-yaml", "text/x-yaml"} or name.endswith("+yaml")


def covers(declared: str, name: str) -> bool:
    """Whether a declared type or range takes in a type: itself, its wildcard, or any JSON dialect where JSON stands."""
    if declared in {name, "*/*"}:
        return True
    if declared == "application/json":
        return name.endswith("+json")
    return declared.endswith("/*") and name.startswith(declared[:-1])


# The first bytes by which files of a type are known (WHATWG MIME Sniffing; ISO 32000-2 for PDF).
_SIGNATURES: Final[Mapping[str, tuple[tuple[int, bytes], ...]]] = {
    "image/png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "image/jpeg": ((0, b"\xff\xd8\xff"),),
    "image/jpg": ((0, b"\xff\xd8\xff"),),
    "image/gif": ((0, b"GIF87a"), (0, b"GIF89a")),
    "image/webp": ((8, b"WEBPVP"),),
    "image/bmp": ((0, b"BM"),),
    "image/tiff": ((0, b"II*\x00"), (0, b"MM\x00*"), (0, b"II+\x00"), (0, b"MM\x00+")),
    "image/x-icon": ((0, b"\x00\x00\x01\x00"),),
    "image/vnd.microsoft.icon": ((0, b"\x00\x00\x01\x00"),),
    "image/avif": ((4, b"ftyp"),),
    "image/heic": ((4, b"ftyp"),),
    "image/heif": ((4, b"ftyp"),),
}
_PDF_HEADER_WITHIN: Final = 1024  # bytes; readers find the header anywhere in them


def has_signature(name: str) -> bool:
    """Whether files of this type can be told by their first bytes."""
    return name in _SIGNATURES or name == "application/pdf"


def signature_fits(name: str, content: bytes) -> bool:
    """Whether the content begins as a file of this type does; True for types without a signature."""
    if name == "application/pdf":
        return b"%PDF-" in content[:_PDF_HEADER_WITHIN]
    known = _SIGNATURES.get(name)
    return known is None or any(content.startswith(mark, at) for at, mark in known)


_Kept = TypeVar("_Kept")
WILD: Final = ("*/*", "application/*")


def choosing(by_type: Mapping[str, _Kept]) -> Callable[[str], _Kept | None]:
    """Find what belongs to a type: by its name, or where a declared type takes it in (JSON and YAML dialects, wildcards)."""
    ranges = [name for name in by_type if is_json(name) or name in WILD]

    def choose(media: str) -> _Kept | None:
        known = by_type.get(media)
        if known is not None or not (is_json(media) or is_yaml(media)):
            return known
        return next((by_type[name] for name in ranges if covers(name, media)), None)

    return choose
