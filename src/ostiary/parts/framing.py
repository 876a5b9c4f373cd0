"""Where a request ends is said once, in digits or as chunks, and nothing in its head can be read in two ways."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_TOKEN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-zA-Z]+")  # RFC 9110 section 5.6.2
_BAD: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")  # RFC 9110 section 5.5, and obs-fold with it
_LENGTH: Final = re.compile(rb"[0-9]{1,18}")
_ABSOLUTE: Final = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
_ONCE: Final = frozenset({b"host", b"content-length", b"transfer-encoding"})
# What a server that turns dashes to underscores (CGI, WSGI) would take for the field itself.
_LOOK_ALIKES: Final = frozenset(
    {each.replace(b"-", b"_") for each in (b"content-length", b"transfer-encoding", b"content-type")}
)


def fault(headers: Iterable[tuple[bytes, bytes]], target: bytes) -> str:
    """What is ambiguous about a request's head, or nothing.

    :param headers: (lower-case name, value) pairs.
    :param target: the request target as it came, without the query.
    """
    seen: dict[bytes, bytes] = {}
    for name, value in headers:
        if _TOKEN.fullmatch(name) is None:
            return "a header field's name is malformed"
        if _BAD.search(value) is not None:
            return "a header field holds control characters"
        if name in _ONCE:
            if name in seen:
                return f"{name.decode()} is given twice"
            seen[name] = value
        elif name in _LOOK_ALIKES:
            return "a header field's name can be taken for another"
    found = _of_length(seen.get(b"content-length"), seen.get(b"transfer-encoding"))
    return found or (_of_target(target, seen.get(b"host", b"")) if target[:1] != b"/" else "")


def _of_length(length: bytes | None, coding: bytes | None) -> str:
    if length is not None and _LENGTH.fullmatch(length) is None:
        return "Content-Length is not a length"
    if coding is None:
        return ""
    if length is not None:
        return "the length is said in two ways"  # RFC 9112 section 6.1
    return "" if coding.lower() == b"chunked" else "Transfer-Encoding is not understood"


def _of_target(target: bytes, host: bytes) -> str:
    """RFC 9112 section 3.2.2: in the absolute form the target's host counts, and Host has to say the same."""
    match = _ABSOLUTE.match(target)
    if match is not None and match[1].lower() != host.lower():
        return "the request target and Host name different hosts"
    return ""
