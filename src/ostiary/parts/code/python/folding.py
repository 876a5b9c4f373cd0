"""Constants are put together as the program would, within bounds: nothing is executed, and nothing grows without end."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from ostiary.evidence.code import OPEN

LONGEST: Final = 65_536  # characters of a text that is put together
_LARGEST: Final = 1 << 64
_SMALL: Final = 64  # the largest exponent and shift
_NUMBERS: Final[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
}


def folded(kind: type[ast.operator], left: Any, right: Any) -> Any:
    """What an operator makes of two constants, or `OPEN` where that is not said here."""
    if left is OPEN or right is OPEN:
        return OPEN
    if kind is ast.Add and type(left) is type(right) and isinstance(left, (str, bytes, list, tuple)):
        return left + right if len(left) + len(right) <= LONGEST else OPEN
    if kind is ast.Mult:
        for text, times in ((left, right), (right, left)):
            if isinstance(text, (str, bytes)) and isinstance(times, int):
                return text * times if len(text) * max(times, 0) <= LONGEST else OPEN
    if _is_number(left) and _is_number(right):
        return _number(kind, left, right)
    return OPEN


def _number(kind: type[ast.operator], left: Any, right: Any) -> Any:
    operation = _NUMBERS.get(kind)
    if operation is None or (kind in {ast.Pow, ast.LShift, ast.RShift} and not 0 <= right <= _SMALL):
        return OPEN
    try:
        result = operation(left, right)
    except (ArithmeticError, TypeError, ValueError):
        return OPEN
    return result if _is_number(result) else OPEN


def negated(kind: type[ast.unaryop], value: Any) -> Any:
    """What ``not``, ``-``, ``+`` and ``~`` make of a constant."""
    if value is OPEN:
        return OPEN
    if kind is ast.Not:
        return not value
    if not isinstance(value, (int, float)):
        return OPEN
    if kind is ast.USub:
        return -value
    return +value if kind is ast.UAdd else OPEN


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and -_LARGEST < value < _LARGEST
