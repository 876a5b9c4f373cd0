"""Control characters end lines and move cursors: where a text is one line, it holds none."""

from __future__ import annotations

import re
from typing import Final

from ostiary.parts.field_words import MANY_LINES, ONE_LINE, words

SHORT: Final = 200  # characters; a declared maximum up to here is that of a line
_CONTROLS: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")  # all but the tab
_OVERRIDES: Final = re.compile("[\u202d\u202e]")  # what follows is shown the other way round: "gpj.exe" for "exe.jpg"
# percent-encoded: C0, DEL, C1 and the separators in UTF-8, in either letter case
_ENCODED: Final = re.compile(rb"%(?:[01][0-9a-fA-F]|7[fF]|[cC]2%[89]|[eE]2%80%[aA][89])")
# in a JSON text: the escapes that can stand for one, and those that need none
_ESCAPED: Final = re.compile(rb"\\[bfnru]")
_IN_UTF8: Final = re.compile(rb"\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9\xad\xae]")
_RAW: Final = bytes(range(0x21, 0x7F))
_FIELD: Final = bytes(each for each in range(256) if each == 0x09 or (each >= 0x20 and each != 0x7F))  # noqa: PLR2004 - RFC 9110 section 5.5
_SURE: Final = frozenset(
    {"email", "mail", "url", "uri", "username", "filename", "hostname", "subject"}
)  # "email_address"
_LINES: Final = frozenset({"binary", "byte", "password", "multiline", "textarea", "markdown", "html"})
_LINE_FORMATS: Final = frozenset({
    "date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uri",
    "uri-reference", "iri", "iri-reference", "uuid", "uri-template", "json-pointer", "relative-json-pointer", "url",
})  # fmt: skip


def has_any(text: str) -> bool:
    """Whether a text holds a control character other than the tab, or a line or paragraph separator."""
    return _CONTROLS.search(text) is not None


def may_hold_any(body: bytes) -> bool:
    """Whether a JSON text may hold control characters or overrides once it is parsed; the fast question."""
    if b"\x7f" in body or (b"\\" in body and _ESCAPED.search(body) is not None):
        return True
    return not body.isascii() and _IN_UTF8.search(body) is not None


def reorders(text: str) -> bool:
    """Whether a text holds a direction override, by which a name is shown as another."""
    return _OVERRIDES.search(text) is not None


def suspicious(query: bytes) -> bool:
    """Whether a query may hold control characters once it is decoded; the fast question."""
    if b"%" in query and _ENCODED.search(query) is not None:
        return True
    return bool(query.translate(None, _RAW))


def breaks_header(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether a header field holds control characters (RFC 9110 section 5.5); servers for HTTP/2 may let them pass."""
    return bool(b"".join(map(b"".join, headers)).translate(None, _FIELD))


def one_line(name: str, formats: frozenset[str], longest: int | None) -> bool:
    """Whether a declared text is a single line: by its formats, its name, or its greatest length."""
    if not formats.isdisjoint(_LINE_FORMATS):
        return True
    if not formats.isdisjoint(_LINES):
        return False
    lines = _lines(name)
    return longest is not None and longest <= SHORT if lines is None else not lines


def many_lines(name: str) -> bool:
    """Whether a name says that the text may have several lines."""
    return _lines(name) is True


def _lines(name: str) -> bool | None:
    """True for many, False for one, None where the name does not say; the last word that says so counts."""
    found = words(name)
    if not _SURE.isdisjoint(found):
        return False
    for word in ("".join(found), *reversed(found)):
        if word in MANY_LINES:
            return True
        if word in ONE_LINE:
            return False
    return None
