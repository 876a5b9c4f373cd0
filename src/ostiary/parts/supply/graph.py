"""What the product needs leads on to what that needs; what nothing of it leads to is for developers alone."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import TypeVar

_Node = TypeVar("_Node", bound=Hashable)


def reached(edges: Mapping[_Node, Collection[_Node]], roots: Iterable[_Node]) -> set[_Node]:
    """Every node that a root leads to, the roots among them."""
    found: set[_Node] = set()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(edges.get(node, ()))
    return found
