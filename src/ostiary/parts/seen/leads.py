"""Where a reply sends a browser, read as browsers read it: tabs and line breaks dropped, a backslash taken for a slash."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import urljoin, urlsplit

from ostiary.evidence import Answer

_WEB: Final = frozenset({"http", "https", ""})
_STRIPPED: Final = "".join(map(chr, range(0x21)))  # C0 controls and space, at both ends (WHATWG URL section 4.4)
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_MANY_SLASHES: Final = re.compile(r"/{2,}")
_REFRESH: Final = re.compile(r"\s*+[\d.]*+\s*+[;,]?\s*+url\s*+=\s*+['\"]?([^'\"]*)", re.IGNORECASE)
_META: Final = re.compile(
    r"<meta[^>]{0,200}http-equiv\s*=\s*['\"]?refresh['\"]?[^>]{0,200}content\s*=\s*(?:\"([^\"]*)\"|'([^']*)')",
    re.IGNORECASE,
)
_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
_REDIRECTS: Final = range(300, 400)


class Lead(NamedTuple):
    """A place that a reply leads to: how it says so, what it says, and where a browser ends up."""

    by: str
    text: str
    scheme: str
    host: str


def leads(answer: Answer, base: str) -> list[Lead]:
    """Every place that a reply leads to without being asked again.

    :param base: scheme and host of the request.
    """
    found = [("Location", text) for text in answer.all("location")] if answer.status in _REDIRECTS else []
    found += [("Refresh", match[1]) for text in answer.all("refresh") if (match := _REFRESH.match(text))]
    if answer.media_type in _HTML:
        for match in _META.finditer(answer.text[:100_000]):
            inner = _REFRESH.match(match[1] or match[2] or "")
            found += [("a meta refresh", inner[1])] if inner else []
    return [Lead(by, text, *_read(text, base)) for by, text in found]


def _read(text: str, base: str) -> tuple[str, str]:
    plain = re.sub(r"[\t\r\n]", "", text.strip(_STRIPPED))
    match = _SCHEME.match(plain)
    scheme = match[1].lower() if match else ""
    if scheme not in _WEB:
        return scheme, ""
    plain = plain.replace("\\", "/")
    if match:  # a browser takes any number of slashes after http(s): for two
        plain = f"{scheme}://" + plain[match.end() :].lstrip("/")
    elif plain.startswith("//"):
        plain = _MANY_SLASHES.sub("//", plain, count=1)
    try:
        parts = urlsplit(urljoin(base + "/", plain))
        return parts.scheme, (parts.hostname or "").lower()
    except ValueError:
        return scheme, ""
