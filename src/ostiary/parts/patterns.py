r"""A pattern of a document (ECMA-262) is rewritten for a linear-time engine, meaning the same, or said to be impossible.

JSON Schema 2020-12 section 6.4 names ECMA-262 with the ``u`` flag; real documents also hold what Python and Java
write (``(?P<name>``, ``\A``, ``\Z``), which is read as meant.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Final

_CLASSES: Final = {  # ECMA-262: \d and \w are ASCII; \s is WhiteSpace and LineTerminator. Negations are spelt out: flat
    "d": "0-9",
    "D": r"\x{0}-/:-\x{10FFFF}",
    "w": "0-9A-Z_a-z",
    "W": r"\x{0}-/:-@\[-\^`\{-\x{10FFFF}",
    "s": r"\x09-\x0D \x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}",
    "S": r"\x{0}-\x08\x0E-\x1F!-\x{9F}\x{A1}-\x{167F}\x{1681}-\x{1FFF}\x{200B}-\x{2027}\x{202A}-\x{202E}"
    r"\x{2030}-\x{205E}\x{2060}-\x{2FFF}\x{3001}-\x{FEFE}\x{FF00}-\x{10FFFF}",
}
_POSIX: Final = {  # what Java writes as \p{Alnum}; not ECMA-262, and there is one meaning
    "Alnum": "0-9A-Za-z", "Alpha": "A-Za-z", "Digit": "0-9", "XDigit": "0-9A-Fa-f", "Upper": "A-Z", "Lower": "a-z",
    "Graph": r"!-~", "Print": r" -~", "Blank": r" \t", "Space": r"\x09-\x0D ", "ASCII": r"\x{0}-\x7F",
    "Punct": r"!-/:-@\[-`\{-~",
}  # fmt: skip
_CONTROL: Final = {"t": "\t", "n": "\n", "r": "\r", "v": "\x0b", "f": "\x0c", "0": "\0", "a": "\a"}
_META: Final = frozenset(r"\.+*?()|[]{}^$")
_CLASS_META: Final = frozenset(r"\[]^-&~")
_ANCHORS: Final = {"A": "^", "Z": "$", "z": "$"}
_HIGH: Final = range(0xD800, 0xDC00)
_LOW: Final = range(0xDC00, 0xE000)
_HALVES: Final = range(0xD800, 0xE000)
_LONGEST: Final = 10_000  # characters; what is longer is no pattern that a person wrote


class Impossible(ValueError):  # noqa: N818 - a fact about the pattern
    """No linear-time engine can run this pattern, or it is not a pattern; the text says why, without a full stop."""


@functools.lru_cache(maxsize=8192)
def linear(pattern: str) -> str:
    """The same pattern in the syntax of Rust's ``regex`` crate.

    :raises Impossible: for lookaround, backreferences, atomic and possessive constructs, and for what is malformed.
    """
    if len(pattern) > _LONGEST:
        raise Impossible(f"is longer than {_LONGEST:,} characters")
    return _Rewriter(pattern).whole()


class _Rewriter:
    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0
        self._open = 0
        self._readers: Mapping[str, Callable[[], str]] = {
            "\\": self._escape,
            "[": self._class,
            "(": self._group,
            ")": self._close,
            ".": lambda: r"[^\n\r\x{2028}\x{2029}]",
        }

    def whole(self) -> str:
        out: list[str] = []
        while self._at < len(self._text):
            out.append(self._piece(self._next(), out))
        if self._open:
            raise Impossible("has a parenthesis that is not closed")
        return "".join(out)

    def _piece(self, char: str, out: list[str]) -> str:
        read = self._readers.get(char)
        if read is not None:
            return read()
        if char in "*+?":
            return self._quantifier(char, out)
        if char == "{":
            return self._braces(out)
        if char in "]}":
            return "\\" + char
        return char if char in "^$|" else self._surrogate(char)

    def _close(self) -> str:
        if not self._open:
            raise Impossible("has a closing parenthesis too many")
        self._open -= 1
        return ")"

    def _peek(self, text: str) -> bool:
        return self._text.startswith(text, self._at)

    def _take(self, text: str) -> bool:
        if self._peek(text):
            self._at += len(text)
            return True
        return False

    def _group(self) -> str:
        self._open += 1
        if not self._take("?"):
            return "(?:"
        for mark in ("=", "!", "<=", "<!"):
            if self._take(mark):
                side = "behind" if mark[0] == "<" else "ahead"
                raise Impossible(f"uses look{side} ({'(?' + mark}), which no linear-time engine has")
        if self._take(":"):
            return "(?:"
        if self._take("<") or self._take("P<"):
            end = self._text.find(">", self._at)
            if end < 0:
                raise Impossible("has a group name that is not closed")
            self._at = end + 1
            return "(?:"
        if self._peek("P=") or self._peek("("):
            raise Impossible("refers back to a group, which no linear-time engine can")
        if self._peek(">"):
            raise Impossible("uses an atomic group, which is not ECMA-262")
        return self._flags()

    def _flags(self) -> str:
        start = self._at
        while self._at < len(self._text) and self._text[self._at] in "ims-":
            self._at += 1
        flags = self._text[start : self._at]
        if flags and self._take(":"):
            return f"(?{flags}:"
        if flags and self._take(")"):  # not ECMA-262, but what Python and Java write, and there is one meaning
            self._open -= 1
            return f"(?{flags})"
        raise Impossible("has a group that is not ECMA-262")

    def _quantifier(self, char: str, out: list[str]) -> str:
        if not out or out[-1] in {"(?:", "|", "^"} or out[-1] in {"*", "+", "?"} or out[-1].startswith("{"):
            raise Impossible("has a quantifier after nothing")
        return self._unhurried(char)

    def _unhurried(self, quantifier: str) -> str:
        if self._take("+"):
            raise Impossible("uses a possessive quantifier, which is not ECMA-262")
        self._take("?")  # lazy or greedy: whether there is a match is the same
        return quantifier

    def _braces(self, out: list[str]) -> str:
        end = self._text.find("}", self._at)
        inside = self._text[self._at : end] if end >= 0 else ""
        low, comma, high = inside.partition(",")
        if not low.isascii() or not low.isdigit() or (high and not (high.isascii() and high.isdigit())):
            return r"\{"  # ECMA-262 annex B: a brace that quantifies nothing is itself
        self._at = end + 1
        if len(low) > 6 or len(high) > 6 or (high and int(high) < int(low)):  # noqa: PLR2004 - a million repetitions
            raise Impossible("has bounds of a repetition that cannot be")
        return self._quantifier(f"{{{inside}}}" if comma else f"{{{low}}}", out)

    def _escape(self) -> str:
        char = self._next()
        if char in _CLASSES:
            return f"[{_CLASSES[char]}]"
        if char == "b":
            return r"(?-u:\b)"  # ECMA-262: word characters are ASCII
        if char == "B":
            return r"\B"
        if char in _ANCHORS:
            return _ANCHORS[char]
        if char in "pP":
            return self._property(char)
        if char in "123456789k":
            raise Impossible("refers back to a group, which no linear-time engine can")
        return _literal(self._surrogate(self._code(char)), _META)

    def _property(self, char: str, *, inside: bool = False) -> str:
        end = self._text.find("}", self._at)
        if not self._peek("{") or end < 0:
            raise Impossible("has a \\p without a name in braces")
        name = self._text[self._at + 1 : end]
        self._at = end + 1
        if name in _POSIX and char == "p":
            return _POSIX[name] if inside else f"[{_POSIX[name]}]"
        name = name.removeprefix("Script_Extensions=").removeprefix("Script=").removeprefix("General_Category=")
        return f"\\{char}{{{name}}}"

    def _next(self) -> str:
        if self._at >= len(self._text):
            raise Impossible("ends in a backslash")
        char = self._text[self._at]
        self._at += 1
        return char

    def _code(self, char: str) -> str:
        """The character that an escape stands for; `char` is what follows the backslash."""
        if char in _CONTROL:
            if char == "0" and self._text[self._at : self._at + 1].isdigit():
                raise Impossible("has an octal escape, which is not ECMA-262")
            return _CONTROL[char]
        if char == "x" and not self._peek("{"):
            return self._hex(2)
        if char in "xu":
            return self._unicode()
        if char == "c":
            letter = self._next()
            if not (letter.isascii() and letter.isalpha()):
                raise Impossible("has a \\c without a letter")
            return chr(ord(letter) % 32)
        if char.isascii() and char.isalnum():
            raise Impossible(f"has the escape \\{char}, which is not ECMA-262")
        return char

    def _hex(self, digits: int) -> str:
        text = self._text[self._at : self._at + digits]
        self._at += digits
        try:
            return chr(int(text, 16)) if len(text) == digits else _fail()
        except ValueError:
            raise Impossible("has an escape with bad hexadecimal digits") from None

    def _unicode(self) -> str:
        if self._take("{"):
            end = self._text.find("}", self._at)
            digits = self._text[self._at : end] if end >= 0 else ""
            self._at = end + 1
            try:
                return chr(int(digits, 16))
            except (ValueError, OverflowError):
                raise Impossible("has an escape with bad hexadecimal digits") from None
        first = self._hex(4)
        if ord(first) in _HIGH and self._take("\\u"):
            second = self._hex(4)
            if ord(second) in _LOW:
                return chr(0x10000 + ((ord(first) - 0xD800) << 10) + ord(second) - 0xDC00)
            self._at -= 6
        return first

    @staticmethod
    def _surrogate(char: str) -> str:
        if ord(char) in _HALVES:
            raise Impossible("names half of a surrogate pair, which no text holds")
        return char

    def _class(self) -> str:
        negated = self._take("^")
        parts: list[str] = []
        while not self._take("]"):
            low = self._member()
            if len(low) == 1 and self._peek("-") and not self._text.startswith("-]", self._at):
                self._at += 1
                high = self._member()
                if len(high) > 1:  # [a-\d]: annex B reads the dash as itself
                    parts += [_literal(low, _CLASS_META), r"\-", high]
                    continue
                parts.append(_range(low, high))
            else:
                parts.append(_range(low, low) if len(low) == 1 else low)
        parts = [part for part in parts if part]
        if not parts:  # ECMA-262: [] matches nothing, [^] anything
            return r"[\x{0}-\x{10FFFF}]" if negated else r"[^\x{0}-\x{10FFFF}]"
        return f"[{'^' if negated else ''}{''.join(parts)}]"

    def _member(self) -> str:
        """One character, or the inside of a class escape (then more than one)."""
        if self._at >= len(self._text):
            raise Impossible("has a character class that is not closed")
        char = self._next()
        if char != "\\":
            return char
        char = self._next()
        if char in _CLASSES:
            return _CLASSES[char]
        if char in "pP":
            return self._property(char, inside=True)
        return "\b" if char == "b" else self._code(char)


def _literal(char: str, meta: frozenset[str]) -> str:
    if char in meta:
        return "\\" + char
    if char < " " or char == "\x7f":
        return f"\\x{ord(char):02X}"
    return char


def _range(low: str, high: str) -> str:
    """A range of a class; halves of surrogate pairs, which no text holds, are left out of it."""
    if high < low:
        raise Impossible("has a range that runs backwards")
    low = "\ue000" if ord(low) in _HALVES else low
    high = "\ud7ff" if ord(high) in _HALVES else high
    if high < low:
        return ""
    first = _literal(low, _CLASS_META)
    return first if low == high else f"{first}-{_literal(high, _CLASS_META)}"


def _fail() -> str:
    raise ValueError
