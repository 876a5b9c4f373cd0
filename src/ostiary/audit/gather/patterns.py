"""A short text that a regular expression accepts, for the patterns that documents use; what is beyond us is None."""

from __future__ import annotations

import re
import string
import warnings
from typing import Final

_ESCAPES: Final = {
    "d": "1",
    "w": "a",
    "s": " ",
    "D": "a",
    "S": "a",
    "W": "-",
    "t": "\t",
    "n": "\n",
    "r": "\r",
    "f": "\f",
}
_MOST: Final = 256  # characters made for one pattern, and repetitions followed
_DEEPEST: Final = 20  # groups in groups
_LONGEST_PATTERN: Final = 1000
_NESTED: Final = re.compile(r"[*+}][^()]*\)[*+{]")  # (a+)+ and its like, which backtrack without end
_SHORT: Final = 16  # characters on which even those are quick
_CANDIDATES: Final = string.ascii_lowercase + string.digits + string.ascii_uppercase + "-_. @/:+#"


class _Beyond(Exception):  # noqa: N818 - the pattern uses what we do not make texts for
    pass


def text_for(pattern: str, *, shortest: int = 0, longest: int | None = None) -> str | None:
    """A text in which `pattern` is found and whose length is within bounds, or None."""
    if len(pattern) > _LONGEST_PATTERN:
        return None
    try:
        compiled = _compiled(pattern)
        for repeat in (0, shortest, 1, 3):
            made = _Maker(pattern, repeat).text()
            made += "a" * (shortest - len(made))
            if _NESTED.search(pattern) and len(made) > _SHORT:
                continue  # trying it could take for ever
            if (longest is None or len(made) <= longest) and compiled.search(made):
                return made
    except (_Beyond, re.error, IndexError, RecursionError):
        return None
    return None


def _compiled(pattern: str) -> re.Pattern[str]:
    with warnings.catch_warnings():  # what may mean something else one day means nothing to us
        warnings.simplefilter("ignore")
        return re.compile(pattern, re.ASCII)


class _Maker:
    """One pass over a pattern, taking the first branch and the fewest repetitions, but `repeat` where it is open."""

    def __init__(self, pattern: str, repeat: int) -> None:
        self._pattern = pattern
        self._at = 0
        self._repeat = min(repeat, _MOST)

    def text(self) -> str:
        made = self._alternatives(0)
        if self._at < len(self._pattern):
            raise _Beyond
        return made

    def _alternatives(self, depth: int) -> str:
        if depth > _DEEPEST:
            raise _Beyond
        branches = [self._sequence(depth)]
        while self._peek() == "|":
            self._at += 1
            branches.append(self._sequence(depth))
        return branches[0]

    def _sequence(self, depth: int) -> str:
        made = ""
        while self._at < len(self._pattern) and self._peek() not in {"|", ")"}:
            atom = self._atom(depth)
            made += atom * self._times()
            if len(made) > _MOST:
                raise _Beyond
        return made

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _next(self) -> str:
        self._at += 1
        return self._pattern[self._at - 1]

    def _atom(self, depth: int) -> str:
        char = self._next()
        if char in "^$":
            return ""
        if char == ".":
            return "a"
        if char == "[":
            return self._class()
        if char == "(":
            return self._group(depth)
        if char == "\\":
            return self._escape()
        return char

    def _escape(self) -> str:
        char = self._next()
        if char in "bBAZz":
            return ""
        if char in "pPxu0123456789k":
            raise _Beyond
        return _ESCAPES.get(char, char)

    def _group(self, depth: int) -> str:
        if self._peek() == "?":
            self._at += 1
            mark = self._next()
            if mark == "P" or (mark == "<" and self._peek() not in {"=", "!"}):
                self._at = self._pattern.index(">", self._at) + 1
            elif mark == "!":
                self._alternatives(depth + 1)
                self._close()
                return ""  # hoped for; the whole is tried against the pattern at the end
            elif mark != ":":
                raise _Beyond
        made = self._alternatives(depth + 1)
        self._close()
        return made

    def _close(self) -> None:
        if self._next() != ")":
            raise _Beyond

    def _class(self) -> str:
        start = self._at - 1
        self._at += self._peek() == "^"
        self._at += self._peek() == "]"
        while (char := self._next()) != "]":
            if char == "\\":
                self._next()
        one = _compiled(self._pattern[start : self._at])
        for char in _CANDIDATES:
            if one.fullmatch(char):
                return char
        for char in map(chr, range(33, 127)):
            if one.fullmatch(char):
                return char
        raise _Beyond

    def _times(self) -> int:
        mark = self._peek()
        low, high = 1, 1
        if mark in {"*", "+", "?"} and mark:
            self._at += 1
            low, high = {"*": (0, _MOST), "+": (1, _MOST), "?": (0, 1)}[mark]
        elif mark == "{" and (found := re.compile(r"\{(\d+)(,?)(\d*)\}").match(self._pattern, self._at)):
            self._at = found.end()
            low = int(found[1])
            high = int(found[3]) if found[3] else _MOST if found[2] else low
        else:
            return 1
        if self._peek() in {"?", "+"} and self._peek():
            self._at += 1  # lazy or possessive: the same texts
        if low > _MOST:
            raise _Beyond
        return max(low, min(high, self._repeat))
