"""Texts, tables, XML and HTML are searched for secrets up to a length; streams and downloads of unknown length are not held."""

from __future__ import annotations

import re
from typing import Final

from ostiary.model import Exchange
from ostiary.parts.reply import media_of
from ostiary.parts.secret_names import PASSWORDS, kind_of
from ostiary.parts.secret_shapes import HIDDEN, without_shapes_in_page
from ostiary.parts.secrets import is_secret, may_hold_one

MOST: Final = 1024 * 1024  # bytes
_PAGES: Final = frozenset(
    {b"text/plain", b"text/csv", b"text/tab-separated-values", b"text/html", b"application/xhtml+xml", b"text/xml",
     b"application/xml", b"application/yaml", b"application/x-yaml", b"text/yaml"}
)  # fmt: skip
_PICTURES: Final = frozenset({b"image/svg+xml"})
_ELEMENT: Final = re.compile(r"<([A-Za-z_][\w.-]{1,63})(\s[^<>]{0,400})?>([^<>]{1,1000})</")
_PARTIAL: Final = 206


def is_page(exchange: Exchange) -> bool:
    """Whether a reply is a text that is searched: of a known type and, by its Content-Length, of moderate size."""
    media = media_of(exchange)
    if media not in _PAGES and (not media.endswith(b"+xml") or media in _PICTURES):
        return False
    length = exchange.reply_head(b"content-length")
    if length is None or len(length) > 7 or not length.isdigit():  # noqa: PLR2004 - digits of MOST
        return False
    return int(length) <= MOST and exchange.status != _PARTIAL


def is_part_of_page(exchange: Exchange) -> bool:
    """Whether a reply is a part (206) of such a text: what it was cut out of could be read part by part."""
    if exchange.status != _PARTIAL or media_of(exchange) not in _PAGES:
        return False
    total = (exchange.reply_head(b"content-range") or b"").rpartition(b"/")[2].strip()
    return total.isdigit() and len(total) <= 7 and int(total) <= MOST  # noqa: PLR2004 - digits of MOST


def redacted_page(body: bytes, media: bytes, *, keys: bool) -> bytes:
    """The text without what must not leave; the same object where nothing was found.

    :param keys: see `without_shapes`.
    """
    if len(body) > MOST:
        return body
    xml = media.endswith(b"xml") and media != b"application/xhtml+xml"
    text = body.decode("latin-1")  # every pattern is ASCII: whatever the charset, the rest stays as it was
    shown = text
    if xml and any(name in text.lower() for name in _IN_XML):
        shown = _ELEMENT.sub(_element, shown)
    if may_hold_one(body):
        shown = without_shapes_in_page(shown, keys=keys)
    return body if shown == text else shown.encode("latin-1")


_IN_XML: Final = tuple(each for each in ("pass", "pwd", "pw") if any(each in name for name in PASSWORDS))


def _element(match: re.Match[str]) -> str:
    name, attributes, value = match[1], match[2] or "", match[3]
    if kind_of(name) == "password" and is_secret("password", name, value.strip(), error=False):
        return f"<{name}{attributes}>{HIDDEN}</"
    return match[0]
