"""A documented form of a credential: one row of a table, a regular expression that begins with letters of its own."""

from __future__ import annotations

from typing import NamedTuple


class Format(NamedTuple):
    """One kind of token as its issuer documents it.

    ``pattern`` is matched where a word of twenty or more letters begins, or around its ``anchor``; it must not be followed by a
    letter or digit, is bounded and has no groups that capture. Rows of `Format` are scanned for together, so a row costs nothing where its beginning is not.
    """

    kind: str
    title: str
    pattern: str
    begin: int = 0  # how many first characters are the same for everybody and may be shown
    public: bool = False  # made to be seen by anybody
    weak: bool = False  # of a test mode: it opens nothing of value
    check: str = ""  # the name of a check in `checks`
    anchor: str = ""  # letters in it to look for, where it is no word of twenty letters, digits, dots, dashes


class Named(NamedTuple):
    """A token whose form says little, known by the name that it is given: ``DD_API_KEY``.

    ``name`` is searched in the name's words joined by ``_`` in lower case; ``pattern`` matches the whole value.
    """

    kind: str
    title: str
    name: str
    pattern: str
