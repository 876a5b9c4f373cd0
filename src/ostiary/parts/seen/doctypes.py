"""A valid XML document gets a document type, and uses an entity of it in its root or where a text of it stands."""

from __future__ import annotations

import re
from typing import Final

_ROOT: Final = re.compile(rb"<([A-Za-z_][\w.:\-]*)[^<>]*?(/?)>")
_TEXT: Final = re.compile(rb"<([A-Za-z_][\w.:\-]*)[^<>]*>(?=[^<>&]*[A-Za-z][^<>&]*</\1\s*>)")


def with_entities(document: bytes, declared: bytes, used: bytes, *, in_text: bool = False) -> bytes | None:
    """The document with entities declared and used once.

    :param declared: declarations, ``<!ENTITY ...>``.
    :param used: the reference, ``&name;``.
    :param in_text: before the first text with a letter in it, which an application may give back, instead of where the
        root begins, which most applications overlook.
    :return: None when it has no root, or no such text, to put it in.
    """
    root = _ROOT.search(document)
    place = _TEXT.search(document) if in_text else root
    if root is None or place is None or root[2]:
        return None
    doctype = b"<!DOCTYPE %s [%s]>" % (root[1], declared)
    start, at = root.start(), place.end()
    return document[:start] + doctype + document[start:at] + used + document[at:]
