"""The function that serves an operation, and the functions of the same tree that it calls."""

from __future__ import annotations

import re
from typing import Final

from ostiary.evidence.code import Function, Route
from ostiary.evidence.tree import Tree
from ostiary.parts.code import excerpts

_MOST_CALLS: Final = 40  # of one function
_MOST_NAMESAKES: Final = 3  # of a name that more functions have, none is meant surely


def handler_of(tree: Tree, route: Route) -> Function | None:
    """The function itself; of a router that names one from another module, the one of that name if there is only one."""
    if route.function is not None:
        return route.function
    written = " ".join(excerpts.lines(tree, route.path, route.line, route.line))
    last = re.search(r"([A-Za-z_$][\w$]*)\s*\)\s*[;,]?\s*(?://.*)?$", written)
    by_name = _functions(tree).get(last[1], []) if last is not None else []
    return by_name[0] if len(by_name) == 1 else None


def _functions(tree: Tree) -> dict[str, list[Function]]:
    def grouped() -> dict[str, list[Function]]:
        found: dict[str, list[Function]] = {}
        for each in tree.code.functions():
            found.setdefault(each.name, []).append(each)
        return found

    kept: dict[str, list[Function]] = tree.remember("functions by their names", grouped)
    return kept


def called(tree: Tree, handler: Function) -> list[Function]:
    """What a function calls that stands in the same tree, by its name; as far as names tell."""
    known = _functions(tree)
    names = re.findall(r"(\w+)\s*\(", excerpts.text(tree, handler))
    found: list[Function] = []
    for name in list(dict.fromkeys(names))[:_MOST_CALLS]:
        same = known.get(name, [])
        if name != handler.name and len(same) <= _MOST_NAMESAKES:
            found += same
    return found
