"""A URL's scheme is read as browsers read it, and a text is judged by its scheme, never by what else it holds."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final

# WHATWG URL, section 4.4: leading C0 controls and spaces are stripped, tabs and line breaks removed anywhere. Scripts
# trim more than that (ECMAScript, String.prototype.trim), and some strip what cannot be seen.
_LEADING: Final = re.compile(r"^[\x00-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff\xad]+")
_REMOVED: Final = re.compile(r"[\x00-\x1f\x7f\xad\u200b-\u200d\u2060\ufeff]")  # the rest some writers drop as well
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,63}):")
_PORT: Final = re.compile(r":[0-9]{1,5}(?:[/?#]|$)")  # "localhost:3000/x" names a host
_LONGEST: Final = 256  # characters in which a scheme has to end
_DATA: Final = re.compile(r"data:([^,;]*)((?:;[^,;]*)*),", re.IGNORECASE)
RUNS: Final = frozenset({"javascript", "vbscript", "livescript", "mocha"})  # code, whatever follows
_OPENS: Final = {  # schemes that lead to code or to files, by what must follow before a text is one of them
    "file": re.compile(r"[/\\]"), "blob": re.compile(r"[a-z]+:", re.IGNORECASE), "filesystem": re.compile(r"[a-z]+:", re.IGNORECASE),
    "view-source": re.compile(r"."), "jar": re.compile(r"[a-z]+:", re.IGNORECASE),
    "about": re.compile(r"srcdoc", re.IGNORECASE), "mhtml": re.compile(r"[a-z]+:", re.IGNORECASE),
}  # fmt: skip


def scheme_of(text: str) -> str:
    """The scheme a browser finds, lower case; empty for what is relative, or a host with a port."""
    return _split(_plain(text))[0]


def _plain(text: str) -> str:
    start = _LEADING.sub("", text[:4096])[:_LONGEST]
    return _REMOVED.sub("", start)


def _split(start: str) -> tuple[str, str]:
    match = _SCHEME.match(start)
    if match is None or _PORT.match(start, match.end() - 1):
        return "", ""
    return match[1].lower(), start[match.end() :]


def _readings(text: str) -> set[str]:
    """The start of a text as it is, with character references resolved, and with compatibility characters resolved."""
    start = text[: 4 * _LONGEST]
    found = {start}
    if "&" in start:
        found.add(html.unescape(start))
    if not start.isascii():
        found.add(unicodedata.normalize("NFKC", start))
    return found


def runs_script(text: str, images: frozenset[str]) -> bool:
    """Whether a text, followed as a link, would run or open what its sender chose: a script, a document, a local file.

    A text that merely begins with such a word ("Data: see below") does not.

    :param images: media types that a ``data:`` URL may have.
    """
    if ":" not in text and "&" not in text and text.isascii():
        return False
    return any(_runs(_plain(each), images) for each in _readings(text))


def _runs(start: str, images: frozenset[str]) -> bool:
    scheme, rest = _split(start)
    if scheme in RUNS:
        return True
    if scheme == "data":
        return not is_image(start, images) and (_DATA.match(start) is not None or len(start) >= _LONGEST)
    opens = _OPENS.get(scheme)
    return opens is not None and opens.match(rest) is not None


def is_image(text: str, images: frozenset[str]) -> bool:
    """Whether a text is a ``data:`` URL of one of these media types, exactly."""
    match = _DATA.match(_plain(text))
    return match is not None and match[1].lower() in images
