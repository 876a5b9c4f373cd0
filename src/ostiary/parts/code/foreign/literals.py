"""What literals say: texts with escapes, numbers, and long sums that stand deep in the tree."""

from __future__ import annotations

import math
import re
from typing import Final

from ostiary.parts.code.foreign.forms import words
from ostiary.parts.code.foreign.parsing import Node

_ESCAPE: Final = re.compile(r"\\(?:u\{?([0-9a-fA-F]{1,6})\}?|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_PLAIN: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "f": "\f", "v": "\v", "\n": ""}


def unescaped(text: str) -> str:
    """A text with its escapes resolved, as most languages write them."""
    return _ESCAPE.sub(_resolved, text) if "\\" in text else text


def _resolved(found: re.Match[str]) -> str:
    code = found.group(1) or found.group(2)
    if code:
        number = int(code, 16)
        return chr(number) if number < 0x110000 else ""  # noqa: PLR2004 - what Unicode has
    return _PLAIN.get(found.group(3), found.group(3))


def number(text: str) -> int | float | None:
    """What a number literal says; None: it says nothing."""
    text = (
        text.replace("_", "").rstrip("nLlfFdDuU")
        if not text.lower().startswith("0x")
        else text.replace("_", "").rstrip("nL")
    )
    try:
        return int(text, 0)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return (
                int(text, 8)
                if text.isdigit() and text.startswith("0") and "8" not in text and "9" not in text
                else None
            )


_PRODUCT: Final = re.compile(r"[0-9][0-9_]{0,11}[lL]?(?:\s{0,3}\*\s{0,3}[0-9][0-9_]{0,11}[lL]?){1,6}")

_MULTIPLIED: Final = frozenset({"binary_expression", "multiplicative_expression", "binary"})


def multiplied(node: Node) -> int | None:
    """What ``60 * 60 * 24`` says; None: it is something else."""
    if node.kind() not in _MULTIPLIED:
        return None
    span = node.range()
    if span.start.line != span.end.line or span.end.column - span.start.column > 80:  # noqa: PLR2004 - what people write
        return None
    text = node.text()
    if _PRODUCT.fullmatch(text) is None:
        return None
    return math.prod(int(each.strip().rstrip("lL").replace("_", "")) for each in text.split("*"))


def spine(node: Node, kind: str, operator: str) -> list[Node]:
    """The sides of a long sum, which stands in the tree as deep as it is long."""
    sides: list[Node] = []
    current = node
    for _ in range(2000):
        left, right = current.field("left"), current.field("right")
        if left is None or right is None:
            break
        sides.append(right)
        if left.kind() != kind or words(left.field("operator")) != operator:
            sides.append(left)
            break
        current = left
    return sides[::-1][:200]
