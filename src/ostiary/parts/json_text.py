"""JSON is measured before it is parsed, parsed strictly (RFC 8259), and its numbers keep their value."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any, Final

from ostiary.errors import Denied
from ostiary.strict import DecodeError, dumps, loads, loads_with

__all__ = ["Measure", "dumps", "loses_members", "measure", "most_keys", "parse", "read"]

MOST_DIGITS = 1000  # of one number; more is no measurement, and a parser of decimals takes quadratic time over it

# What decides whether a number may lose something as a double, once every digit is a 0 and the dots are gone: sixteen
# in a row (fifteen survive a double and back, IEEE 754), or a negative exponent of three digits, where doubles thin out.
_SHAPE: Final = bytes.maketrans(b"123456789E", b"000000000e")
_LONG: Final = b"0" * 16
_EXPONENT: Final = b"e-"  # rare, and so found missing at once
_TINY: Final = b"0e-000"

# Possessive, and an open string runs to the end: no text makes this go back (linear whatever is sent).
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_SHORT: Final = 2048  # bytes; up to here counting is faster than taking out
_BLANKS: Final = b" \t\r\n"  # RFC 8259 section 2
_BRACKETS: Final = bytes.maketrans(b"[]{}", b"()()")
_NOT_BRACKETS: Final = bytes(each for each in range(256) if each not in b"[]{}")
_NOT_STRUCTURE: Final = bytes(each for each in range(256) if each not in b'[]{}"\\')


class Measure:
    """What a JSON text holds, found by scanning: strings are skipped, nothing is allocated per value."""

    __slots__ = ("_brackets", "values")

    def __init__(self, text: bytes) -> None:
        bare = _STRING.sub(b"", text)
        self.values = bare.count(b",") + bare.count(b"[") + bare.count(b"{") + 1  # an upper bound, off by empties
        self._brackets = bare.translate(_BRACKETS, _NOT_BRACKETS)

    def deeper_than(self, depth: int) -> bool:
        """Whether containers nest deeper than `depth`."""
        return _deeper(self._brackets, depth)


def _deeper(brackets: bytes, depth: int) -> bool:
    """Each pass takes the innermost away, so `depth` passes do; so many opened in a row need no further one."""
    if len(brackets) <= depth:
        return False
    run = b"(" * (depth + 1)
    for _ in range(depth):
        if run in brackets:
            return True
        shorter = brackets.replace(b"()", b"")
        if len(shorter) == len(brackets):
            break  # nothing closes any more: empty, or unbalanced
        brackets = shorter
    return b"()" in brackets or brackets.count(b"(") > depth


def _bare_brackets(text: bytes) -> bytes | None:
    """The brackets outside of strings, or None where strings hold what only reading them tells.

    A string without brackets and backslashes leaves two quotes side by side. Pairs of such are taken away; none left
    means that no bracket stood between the quotes of a string, because taking a pair away never changes the number of
    quotes before a bracket from odd to even.
    """
    left = text.translate(None, _NOT_STRUCTURE).replace(b'""', b"")  # a table besides would double the time
    return None if b'"' in left or b"\\" in left else left.translate(_BRACKETS)


def members(text: bytes) -> int:
    """How many members all objects of a JSON text have together, repeated ones counted each time."""
    return _STRING.sub(b"", text).count(b":")


def measure(text: bytes, *, depth: int, values: int) -> None:
    """Refuse a text that nests or holds too much, before any parser sees it.

    :raises Denied: 400.
    """
    if len(text) <= _SHORT and text.count(b"{") + text.count(b"[") <= depth and len(text) < values:
        return  # what is within strings only makes these numbers larger
    if len(text) < values or text.count(b"{") + text.count(b"[") + text.count(b",") < values:  # strings only add to it
        brackets = _bare_brackets(text)
        if brackets is not None and not _deeper(brackets, depth):
            return
    found = Measure(text)
    if found.deeper_than(depth):
        raise Denied(400, f"the JSON body nests deeper than {depth} levels")
    if found.values > values:
        raise Denied(400, f"the JSON body holds more than {values} values")


def most_keys(document: Any) -> int:
    """How many keys the largest object of a document has."""
    most = 0
    todo = [document]
    while todo:
        each = todo.pop()
        if isinstance(each, dict):
            most = max(most, len(each))
            todo += each.values()
        elif isinstance(each, list):
            todo += each
    return most


def _exact(text: str) -> float | Decimal:
    """Read a number as a double when it is one, else as the decimal it is; ValueError beyond a double's range."""
    value = float(text)
    if len(text) > MOST_DIGITS or not math.isfinite(value):
        raise ValueError("number out of range")
    as_written = Decimal(text)
    if Decimal(repr(value)) == as_written:
        return value
    if value == 0:
        raise ValueError("number out of range")
    return as_written


_loads_exact: Final = loads_with(_exact)


def parse(text: bytes) -> Any:
    """The document; integers are exact, and so are decimals: one that a double would change is a `Decimal`.

    :raises Denied: 400 when the text is not JSON in UTF-8, or holds a number beyond the range of a double.
    """
    return read(text)[0]


def read(text: bytes) -> tuple[Any, bytes, bool]:
    """The document, its text as we write it, and whether that is known to say all that was sent.

    Without blanks both texts are the same tokens in the same order only if no member was lost, because one that is
    given twice is written once, and if no number was changed: each is written as it came. Most texts are of this kind,
    and for them nothing further has to be asked. False means only that somebody has to look.

    :raises Denied: as `parse`.
    """
    try:
        document = loads(text)
        written = dumps(document)
        if written == text or written.translate(None, _BLANKS) == text.translate(None, _BLANKS):
            return document, written, True
        shape = text.translate(_SHAPE, b".")
        if _LONG in shape or (b"-" in shape and _EXPONENT in shape and _TINY in shape):
            document = _loads_exact(text)
            written = dumps(document)
    except (DecodeError, RecursionError, UnicodeDecodeError):
        raise Denied(400, "the body is not valid JSON") from None
    return document, written, False


def loses_members(before: bytes, after: bytes) -> bool:
    """Whether a member was lost on the way from one JSON text to the other: nothing else takes a colon along."""
    if b"\\" in before and b"\\u003" in before:  # a string may hold an escaped colon, which is a plain one afterwards
        return members(before) > members(after)
    return before.count(b":") > after.count(b":")
