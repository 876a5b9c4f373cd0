"""Names that a condition has looked at: after ``if name not in ALLOWED: raise`` it is no longer anybody's text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Final

_CHECKING: Final = re.compile(
    r"(?i)(?:^|_|\.)(?:is_?)?(?:safe|valid|allow|permit|white_?list|trusted|verify|check|fullmatch|match)"
)
_ASKING: Final = frozenset(["isdigit", "isalnum", "isalpha", "isnumeric", "isdecimal", "isidentifier"])
_ENDING: Final = frozenset(["abort", "exit", "HTTPException", "fail", "error", "_exit"])


def names(node: ast.If) -> tuple[Sequence[str], Sequence[str]]:
    """Names that are certain in the branch, and those that are certain after it, because else it was left."""
    looked = list(dict.fromkeys(_looked_at(node.test, positive=True)))
    refused = list(dict.fromkeys(_looked_at(node.test, positive=False))) if _leaves(node.body) else []
    return looked, refused


def _leaves(body: Sequence[ast.stmt]) -> bool:
    last = body[-1]
    if isinstance(last, (ast.Return, ast.Raise, ast.Continue, ast.Break)):
        return True
    return isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and _last(last.value.func) in _ENDING


def _looked_at(test: ast.expr, *, positive: bool) -> Iterator[str]:
    if isinstance(test, ast.BoolOp):
        wanted = ast.And if positive else ast.Or
        for each in test.values if isinstance(test.op, wanted) else ():
            yield from _looked_at(each, positive=positive)
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield from _looked_at(test.operand, positive=not positive)
    elif isinstance(test, ast.Compare) and len(test.ops) == 1:
        yield from _compared(test, positive=positive)
    elif isinstance(test, ast.Call) and positive:
        yield from _asked(test)


def _compared(test: ast.Compare, *, positive: bool) -> Iterator[str]:
    operator, right = test.ops[0], test.comparators[0]
    inside = isinstance(operator, ast.In) if positive else isinstance(operator, ast.NotIn)
    equal = isinstance(operator, ast.Eq) if positive else isinstance(operator, ast.NotEq)
    if inside or (equal and isinstance(right, ast.Constant)):
        yield from _named(test.left)
    elif isinstance(operator, ast.IsNot if positive else ast.Is) and isinstance(test.left, ast.Call):  # `is not None`
        yield from _asked(test.left)


def _asked(call: ast.Call) -> Iterator[str]:
    method = _last(call.func)
    if method in _ASKING and isinstance(call.func, ast.Attribute):
        yield from _named(call.func.value)
    elif _CHECKING.search(method):
        for each in call.args:
            yield from _named(each)


def _named(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.NamedExpr):
        yield node.target.id
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"lower", "upper", "strip"}
    ):
        yield from _named(node.func.value)


def _last(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
