"""XML becomes elements without document types, entities or inclusions, bounded while it grows; defusedxml lives here."""

from __future__ import annotations

import re
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from ostiary.errors import Denied

__all__ = ["Element", "parse"]

MOST_DEPTH = 64
MOST_NODES = 100_000  # elements and attributes
_LONGEST: Final = 256  # bytes of an XML declaration with its mark
_XINCLUDE: Final = "{http://www.w3.org/2001/XInclude}"
_DECLARATION: Final = re.compile(rb"<\?xml\s([^>]{0,200}?)\?>")
_DECLARED: Final = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._\-]{1,40})[\"']")
_KNOWN: Final = {"utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8", "ascii": "utf-8", "iso-8859-1": "iso-8859-1"}


class _TooMuch(Exception):  # noqa: N818 - control flow between the builder and parse
    pass


class _Builder:
    """Counts on the way to the tree, so that what is too much is never built."""

    def __init__(self) -> None:
        self._tree = TreeBuilder()
        self._depth = 0
        self._nodes = 0
        self.data = self._tree.data
        self.close = self._tree.close

    def start(self, tag: str, attributes: dict[str, str]) -> Any:
        self._depth += 1
        self._nodes += 1 + len(attributes)
        if self._depth > MOST_DEPTH or self._nodes > MOST_NODES:
            raise _TooMuch("the XML body nests too deep or holds too many elements")
        if tag.startswith(_XINCLUDE):
            raise _TooMuch("an XML inclusion is not accepted")
        return self._tree.start(tag, attributes)

    def end(self, tag: str) -> Any:
        self._depth -= 1
        return self._tree.end(tag)


def _encoding_of(text: bytes, charset: str) -> str:
    """The one encoding of a document, whatever party one asks; others hide a DOCTYPE from readers that do not know them.

    :raises Denied: 400 when byte order mark, XML declaration and charset parameter disagree or name another encoding.
    """
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        said = _said(text.decode("utf-16")[:_LONGEST].encode("ascii", "replace"))
        declared = "utf-16" if said in {"", "utf-16", "utf-16le", "utf-16be"} else ""
    elif text.startswith(b"\xef\xbb\xbf"):
        declared = "utf-8" if _KNOWN.get(_said(text[3:_LONGEST]) or "utf-8") == "utf-8" else ""
    elif said := _said(text[:_LONGEST]):
        declared = _KNOWN.get(said, "")
    else:
        declared = _KNOWN.get(charset.lower(), "") if charset else "utf-8"
    named = _KNOWN.get(charset.lower(), charset.lower()) if charset else declared
    if not declared or declared != named or (declared != "utf-16" and b"\x00" in text):  # UTF-16 without its mark
        raise Denied(400, "the XML body's encoding is not one that every reader agrees on")
    return declared


def _said(start: bytes) -> str:
    """The encoding that an XML declaration names, lower case; empty when it names none, or there is none."""
    if not start.startswith(b"<?xml") or start[5:6].isalnum() or start[5:6] in {b"-", b"_", b":", b"."}:
        return ""  # <?xml-stylesheet
    declaration = _DECLARATION.match(start)
    if declaration is None or b"encoding" not in declaration[1]:
        return "" if declaration is not None else "unreadable"  # one that is longer than any writes hides what it says
    match = _DECLARED.search(declaration[1])
    return match[1].decode("ascii").lower() if match is not None else "unreadable"


def parse(text: bytes, charset: str = "") -> Element:
    """The root element.

    :param charset: the charset parameter of its media type, if any.
    :raises Denied: 400 for a document type declaration, an inclusion, an encoding other than UTF-8, US-ASCII,
        ISO-8859-1 or UTF-16 with its mark, nesting over 64, more than 100,000 nodes, or what is not well-formed.
    """
    try:
        encoding = _encoding_of(text, charset)
        parser = DefusedXMLParser(target=_Builder(), encoding=encoding, forbid_dtd=True)
        parser.feed(text)
        root = parser.close()
    except DefusedXmlException:
        raise Denied(400, "an XML document type declaration is not accepted") from None
    except _TooMuch as error:
        raise Denied(400, str(error)) from None
    except (ParseError, ValueError, LookupError):
        raise Denied(400, "the body is not well-formed XML") from None
    if not isinstance(root, Element):
        raise Denied(400, "the body is not well-formed XML")
    return root
