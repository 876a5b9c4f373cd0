"""What annotations say: a parameter's type, and what a framework injects instead of reading it from the request."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Final

_WRAPPERS: Final = frozenset(
    [
        "Optional",
        "Annotated",
        "Final",
        "ClassVar",
        "Required",
        "NotRequired",
        "Mapped",
        "typing.Optional",
        "typing.Annotated",
    ]
)
INJECTING: Final = frozenset(["Depends", "Security", "Inject", "Provide", "FromDishka"])
_DEEPEST: Final = 8


def injected(node: ast.expr | None, shorts: Mapping[str, ast.expr]) -> Iterator[ast.Call]:
    """The calls of ``Depends`` or ``Security`` in a default value or an annotation.

    :param shorts: names that stand for annotations.
    """
    if isinstance(node, ast.Name) and node.id in shorts:
        node = shorts[node.id]
    if isinstance(node, ast.Call) and _last(node.func) in INJECTING:
        yield node
    elif isinstance(node, ast.Subscript) and _last(node.value) == "Annotated" and isinstance(node.slice, ast.Tuple):
        for each in node.slice.elts[1:]:
            yield from injected(each, {})


def type_of(
    node: ast.expr | None, resolve: Callable[[str], str], shorts: Mapping[str, ast.expr], depth: int = 0
) -> str:
    """The dotted name of the class in an annotation, imports resolved; empty where there is no single one."""
    if node is None or depth > _DEEPEST:
        return ""
    if isinstance(node, ast.Name):
        if node.id in shorts:
            return type_of(shorts[node.id], resolve, {}, depth + 1)
        return resolve(node.id)
    if isinstance(node, ast.Attribute):
        base = type_of(node.value, resolve, shorts, depth + 1)
        return f"{base}.{node.attr}" if base else ""
    if isinstance(node, ast.Constant):
        return "None" if node.value is None else _quoted(node.value, resolve, shorts, depth)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        left = type_of(node.left, resolve, shorts, depth + 1)
        right = type_of(node.right, resolve, shorts, depth + 1)
        return left if right in {"None", left} else right if left == "None" else ""
    if isinstance(node, ast.Subscript):
        name = type_of(node.value, resolve, shorts, depth + 1)
        if name in _WRAPPERS or name.rpartition(".")[2] in _WRAPPERS:
            first = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
            return type_of(first, resolve, shorts, depth + 1)
        if name.rpartition(".")[2] == "Literal":
            return "int"  # one of some constants: as harmless
    return ""


def _quoted(value: object, resolve: Callable[[str], str], shorts: Mapping[str, ast.expr], depth: int) -> str:
    if not isinstance(value, str) or len(value) > 200:  # noqa: PLR2004 - no annotation is longer
        return ""
    try:
        return type_of(ast.parse(value.strip(), mode="eval").body, resolve, shorts, depth + 1)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""


def _last(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
