"""Excerpts of code are bounded, and a file that is not there has none."""

from __future__ import annotations

from pathlib import Path

from ostiary.audit.gather.trees.folder import Folder
from ostiary.audit.gather.trees.tree import Tree
from ostiary.parts.code import excerpts


def tree_of(folder: Path, source: str) -> Tree:
    (folder / "app.py").write_text(source, encoding="utf-8")
    return Tree("it", Folder(folder), root=folder)


def test_lines_keep_their_indentation(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, "class A:\n    x = 1\n    y = 2\n")
    assert excerpts.lines(tree, "app.py", 2, 3) == ["    x = 1", "    y = 2"]


def test_of_a_long_stretch_so_much_is_read(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, "x = 1\n" * 5_000)
    assert len(excerpts.lines(tree, "app.py", 0, 5_000)) == excerpts.MOST


def test_a_file_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert excerpts.lines(tree_of(tmp_path, "x = 1\n"), "other.py", 1, 9) == []


def test_a_function_is_read_to_its_end(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, "def f():\n    return 1\n\n\nx = 2\n")
    assert excerpts.text(tree, next(tree.code.functions())) == "def f():\n    return 1"
    assert not excerpts.text(tree, None)
