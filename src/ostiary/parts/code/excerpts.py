"""Lines of code as they are written, for judging alone: they are not masked, so that nothing of them is ever told."""

from __future__ import annotations

from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence.code import Class, Function
from ostiary.evidence.tree import File, Tree

MOST: Final = 300  # lines of one excerpt
_WIDEST: Final = 1_000  # characters of a line


def lines(tree: Tree, path: str, first: int, last: int) -> list[str]:
    """Lines from ``first`` to ``last`` of a file, both counted from 1; fewer where it is shorter, at most `MOST`."""
    every: list[str] = tree.remember(f"lines of {path}", lambda: _read(tree, path))
    begin = max(first, 1)
    return [each[:_WIDEST] for each in every[begin - 1 : min(last, begin + MOST - 1)]]


def text(tree: Tree, of: Function | Class | None) -> str:
    """A function or class as it is written; empty without one."""
    return "\n".join(lines(tree, of.path, of.line, of.end or of.line)) if of is not None else ""


def _read(tree: Tree, path: str) -> list[str]:
    known: dict[str, File] = tree.remember("files by their paths", lambda: {each.path: each for each in tree.files})
    file = known.get(path)
    try:
        return tree.text(file).split("\n") if file is not None else []
    except Unanswerable:
        return []
