"""A small reader of ECMA-262 patterns; sets are bit masks of the ASCII characters, one more bit standing for all others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

ANY: Final = (1 << 129) - 1
MANY: Final = 20  # a bounded loop of that many rounds is as good as one without end
_NOT_NEWLINE: Final = ANY & ~(1 << 10) & ~(1 << 13)
_BOUNDS: Final = re.compile(r"\{(\d{1,6})(,(\d{0,6}))?\}")
_OPENERS: Final = re.compile(r"\?(?::|=|!|<=|<!|P?<[^>]{1,80}>|[ims-]{1,4}:)")


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of a pattern: `chars` for one character, `parts` in a row, `choices`, or a loop of `inner`."""

    chars: int = 0
    parts: tuple[Node, ...] = ()
    choices: tuple[Node, ...] = ()
    inner: Node | None = None
    least: int = 1
    most: float = 1
    ends: bool = False  # an anchor at the end: it can fail

    @property
    def endless(self) -> bool:
        """Whether it repeats often enough to matter."""
        return self.inner is not None and self.most >= MANY

    @property
    def empty(self) -> bool:
        """Whether it can match nothing at all."""
        if self.chars or self.ends:
            return False
        if self.inner is not None:
            return self.least == 0 or self.inner.empty
        if self.choices:
            return any(each.empty for each in self.choices)
        return all(each.empty for each in self.parts)

    @property
    def alphabet(self) -> int:
        """Every character that can occur in a match."""
        found = self.chars
        for each in (*self.parts, *self.choices, *((self.inner,) if self.inner else ())):
            found |= each.alphabet
        return found


class Malformed(ValueError):  # noqa: N818 - a fact about the pattern
    """Not a pattern that this reader knows."""


def parse(pattern: str) -> Node:
    """The pattern as a tree.

    :raises Malformed: for what cannot be read.
    """
    if len(pattern) > 2_000:  # noqa: PLR2004 - nobody pays for more
        raise Malformed("is too long")
    return _Reader(pattern).whole()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self) -> Node:
        node = self._choices()
        if self._at < len(self._text):
            raise Malformed("has a closing parenthesis too many")
        return node

    def _peek(self) -> str:
        return self._text[self._at] if self._at < len(self._text) else ""

    def _next(self) -> str:
        if self._at >= len(self._text):
            raise Malformed("ends too early")
        self._at += 1
        return self._text[self._at - 1]

    def _choices(self) -> Node:
        found = [self._row()]
        while self._peek() == "|":
            self._at += 1
            found.append(self._row())
        return found[0] if len(found) == 1 else Node(choices=tuple(found))

    def _row(self) -> Node:
        parts: list[Node] = []
        while self._peek() not in {"", "|", ")"}:
            piece = self._piece()
            if piece is not None:
                parts.append(self._repeated(piece))
        return Node(parts=tuple(parts))

    def _repeated(self, node: Node) -> Node:
        while True:
            least, most = 1, 1.0
            match = _BOUNDS.match(self._text, self._at)
            mark = self._peek()
            if mark and mark in "*+?":
                self._at += 1
                least, most = {"*": (0, float("inf")), "+": (1, float("inf")), "?": (0, 1)}[mark]
            elif match is not None:
                self._at = match.end()
                least = int(match[1])
                most = least if match[2] is None else (float(match[3]) if match[3] else float("inf"))
            else:
                return node
            if self._peek() in {"?", "+"} and self._peek():
                self._at += 1
            node = Node(inner=node, least=least, most=most)

    def _piece(self) -> Node | None:
        char = self._next()
        if char == "^":
            return None
        if char == "$":
            return Node(ends=True)
        if char == ".":
            return Node(chars=_NOT_NEWLINE)
        if char == "[":
            return Node(chars=self._class() or 1)
        if char == "(":
            return self._group()
        if char != "\\":
            return Node(chars=_bit(char))
        kind = self._peek()
        if kind in {"b", "B", "A", "Z", "z"}:
            self._at += 1
            return Node(ends=True) if kind in "Zz" else None
        return Node(chars=self._escape())

    def _group(self) -> Node | None:
        match = _OPENERS.match(self._text, self._at)
        looks = match is not None and match[0] in {"?=", "?!", "?<=", "?<!"}
        if match is not None:
            self._at = match.end()
        elif self._peek() == "?":
            end = self._text.find(")", self._at)
            if end < 0:
                raise Malformed("has a group that is not closed")
            self._at = end + 1
            return None
        node = self._choices()
        if self._peek() != ")":
            raise Malformed("has a parenthesis that is not closed")
        self._at += 1
        return Node(inner=node, least=0) if looks else Node(parts=(node,))

    def _class(self) -> int:
        negated = self._peek() == "^"
        if negated:
            self._at += 1
        chars = 0
        while self._peek() != "]":
            low = self._member()
            if low.bit_count() == 1 and self._text.startswith("-", self._at) and self._text[self._at + 1 :][:1] != "]":
                self._at += 1
                high = self._member()
                if high.bit_count() == 1 and high >= low:
                    low = (high << 1) - low
                else:
                    low |= high | _bit("-")
            chars |= low
        self._at += 1
        return ANY & ~chars if negated else chars

    def _member(self) -> int:
        char = self._next()
        return self._escape() if char == "\\" else _bit(char)

    def _escape(self) -> int:
        char = self._next()
        known = {"d": _DIGITS, "w": _WORDS, "s": _SPACES, "D": ANY & ~_DIGITS, "W": ANY & ~_WORDS, "S": ANY & ~_SPACES}
        if char in known:
            return known[char]
        if char in "pP":
            end = self._text.find("}", self._at)
            self._at = end + 1 if self._peek() == "{" and end > 0 else self._at
            return ANY & ~_SPACES  # some class of letters: wide enough for the question asked here
        if char in "xu":
            width = 2 if char == "x" else 4
            digits = self._text[self._at : self._at + width]
            if re.fullmatch(r"[0-9A-Fa-f]+", digits) and len(digits) == width:
                self._at += width
                return _bit(chr(int(digits, 16)))
            return _bit(char)
        return _bit({"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v"}.get(char, char))


def _bit(char: str) -> int:
    return 1 << min(ord(char), 128)


def _mask(text: str) -> int:
    found = 0
    for char in text:
        found |= _bit(char)
    return found


_DIGITS: Final = _mask("0123456789")
_WORDS: Final = _DIGITS | _mask("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_SPACES: Final = _mask(" \t\n\r\f\v\u00a0")
