"""Forms are pairs, in order, duplicates kept, each read one way only (application/x-www-form-urlencoded)."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes, urlencode

from ostiary.errors import Denied

Pairs = list[tuple[str, str]]

MOST_PAIRS = 10_000
_BROKEN_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def parse(text: bytes) -> Pairs:
    """The names and values; a name without an equals sign has an empty value (WHATWG URL, section 5.1).

    :raises Denied: 400 for a broken percent escape, bytes that are not UTF-8, or more than `MOST_PAIRS` pairs.
    """
    if text.count(b"&") >= MOST_PAIRS:
        raise Denied(400, "the form has too many fields")
    if b"%" in text and _BROKEN_ESCAPE.search(text) is not None:
        raise Denied(400, "the form has a broken percent escape")
    pairs = []
    try:
        for piece in text.split(b"&"):
            if piece:
                name, _, value = piece.partition(b"=")
                pairs.append((_plain(name), _plain(value)))
    except UnicodeDecodeError:
        raise Denied(400, "the form is not UTF-8") from None
    return pairs


def _plain(text: bytes) -> str:
    if b"+" in text:
        text = text.replace(b"+", b" ")
    return (unquote_to_bytes(text) if b"%" in text else text).decode("utf-8")


def serialise(pairs: Pairs) -> bytes:
    """The pairs as one reader and every other will read them."""
    return urlencode(pairs).encode("ascii")
