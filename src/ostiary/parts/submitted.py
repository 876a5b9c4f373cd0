"""Whether the caller named something himself: looked for in all that he sent, in every spelling it may have had there."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

from ostiary.errors import Denied
from ostiary.model import Exchange
from ostiary.parts import body as bodies

MOST: Final = 1024 * 1024  # characters of one place that are searched; asked only where a reply is suspect
_DECODED: Final = 3  # times: applications that decode twice are common, thrice is for good measure
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{8,8192}={0,2}")
_FOREIGN: Final = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]{1,200}")  # normalising takes quadratic time over a run of marks
_BETWEEN: Final = " "  # part of no word, and of no base64
_WORD: Final = "[a-z0-9-]"


def names(exchange: Exchange, word: str, *, but: frozenset[str] = frozenset()) -> bool:
    """Whether path, query, cookies or body hold `word`, not as a part of a longer one.

    Case, percent-encoding, Unicode spellings of ASCII letters and base64 do not hide it. Header fields that a browser
    fills in by itself (Referer, Origin) are not looked at.

    :param but: names of parameters and members that do not count, in lower case.
    """
    low = _plain(word)
    wanted = re.compile(rf"(?<!{_WORD})(?<!{_WORD}\.){re.escape(low)}(?!{_WORD})(?!\.{_WORD})")
    whole = _BETWEEN.join(_texts(exchange, but))  # at once: a request may hold thousands of texts
    return any(wanted.search(_plain(each)) for each in _spellings(whole))


def _plain(text: str) -> str:
    """Lower case, compatibility forms resolved as IDNA does, and what browsers drop dropped."""
    folded = text if text.isascii() else _FOREIGN.sub(_composed, text).replace("\u3002", ".")
    return folded.casefold().translate(_DROPPED)


def _composed(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", match[0])


_DROPPED: Final = dict.fromkeys(map(ord, "\t\r\n\u00ad\u200b\u200c\u200d\u2060\ufeff"))


def _spellings(text: str) -> Iterator[str]:
    yield text
    for _ in range(_DECODED):
        again = unquote(text)
        if again == text:
            break
        text = again
        yield text
    yield _BETWEEN.join(_unpacked(text))


def _unpacked(text: str) -> Iterator[str]:
    for match in _BASE64.finditer(text):
        found = match[0].rstrip("=").replace("-", "+").replace("_", "/")
        try:
            yield base64.b64decode(found + "=" * (-len(found) % 4)).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            continue


def _texts(exchange: Exchange, but: frozenset[str]) -> Iterator[str]:
    yield exchange.raw_path.decode("latin-1")
    yield from _pairs(exchange.query, b"&", but)
    for value in exchange.all(b"cookie"):
        yield from _pairs(value, b";", but)
    if exchange.body:
        yield from _body(exchange, but)


def _pairs(text: bytes, cut: bytes, but: frozenset[str]) -> Iterator[str]:
    for pair in text[:MOST].split(cut):
        name, _, value = pair.decode("utf-8", "replace").partition("=")
        if unquote_plus(name).strip().lower() not in but:
            yield f"{name}={unquote_plus(value)}"


def _body(exchange: Exchange, but: frozenset[str]) -> Iterator[str]:
    try:
        document = bodies.document(exchange)
    except Denied:
        document = exchange.body
    if not isinstance(document, (str, dict, list)):  # types that have no plain form: as the application reads it
        yield exchange.body.decode("utf-8", "replace")
        return
    stack: list[Any] = [document]
    for value in stack:
        if isinstance(value, str):
            yield value
        elif isinstance(value, bytes):
            yield value.decode("utf-8", "replace")
        elif isinstance(value, dict):
            stack += [each for name, each in value.items() if str(name).lower() not in but]
            stack += [str(name) for name in value]
        elif isinstance(value, tuple) and len(value) == 2:  # noqa: PLR2004 - a form's field
            stack += [value[1]] if str(value[0]).lower() not in but else []
        elif isinstance(value, (list, tuple)):
            stack += value
