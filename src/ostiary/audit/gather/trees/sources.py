"""The product's own code is read file by file, each language by its reader, and becomes one index; tests and copies are left out."""

from __future__ import annotations

import dataclasses
import gc
import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ostiary.errors import Unanswerable
from ostiary.evidence.code import Code, Language, Module
from ostiary.evidence.tree import File, Role
from ostiary.parts.code import python
from ostiary.parts.code.index import Index

if TYPE_CHECKING:
    from ostiary.audit.gather.trees.tree import Tree

SUFFIXES: Final[Mapping[str, Language]] = {
    ".py": Language.PYTHON,
    ".pyw": Language.PYTHON,
    ".js": Language.JAVASCRIPT,
    ".mjs": Language.JAVASCRIPT,
    ".cjs": Language.JAVASCRIPT,
    ".jsx": Language.JAVASCRIPT,
    ".ts": Language.JAVASCRIPT,
    ".mts": Language.JAVASCRIPT,
    ".cts": Language.JAVASCRIPT,
    ".tsx": Language.JAVASCRIPT,
    ".vue": Language.JAVASCRIPT,
    ".java": Language.JAVA,
    ".kt": Language.KOTLIN,
    ".kts": Language.KOTLIN,
    ".swift": Language.SWIFT,
    ".go": Language.GO,
    ".php": Language.PHP,
    ".rb": Language.RUBY,
}
MOST_CHARACTERS: Final = 192 * 1024 * 1024  # of all code together
_LONGEST_LINE: Final = 20_000  # characters; longer ones are packed code of somebody else's
_LEAST_KEPT: Final = 0.2  # of a text without such lines: one long line hides no code around it


def read(tree: Tree) -> Code:
    """Read all code of a tree.

    :raises Unanswerable: when the operator has had enough.
    """
    modules: list[Module] = []
    readings: list[python.Reading] = []
    left = MOST_CHARACTERS
    with _without_collections():
        for file, language in _code_files(tree):
            try:
                text = tree.text(file)
            except Unanswerable as error:
                if tree.stopped:
                    raise
                modules.append(Module(path=file.path, language=language, lines=0, broken=str(error)))
                continue
            left -= len(text)
            if language is Language.PYTHON and left >= 0:
                readings.append(python.reading(file.path, text))
            else:
                modules.append(_read(file.path, text, language, left))
        modules += python.together(readings)
    return Index([_cut(each, tree) for each in modules])


def _cut(module: Module, tree: Tree) -> Module:
    """The module, with what is said of a file that is longer than what is read of one."""
    if module.broken or not tree.is_cut(module.path):
        return module
    return dataclasses.replace(module, broken="longer than what is read of a file")


def _code_files(tree: Tree) -> Iterator[tuple[File, Language]]:
    for file in tree.files:
        if file.role is Role.PRODUCT:
            language = SUFFIXES.get("." + file.name.rpartition(".")[2].lower())
            if language is not None:
                yield file, language


def _read(path: str, text: str, language: Language, left: int) -> Module:
    lines = text.count("\n") + 1
    if left < 0:
        return Module(path=path, language=language, lines=lines, broken="there is more code than is read")
    reader = _foreign()
    if reader is None:
        return Module(path=path, language=language, lines=lines, broken=f"there is no reader of {language.value}")
    kept = _without_long_lines(text) if len(text) > _LONGEST_LINE else text
    if len(kept) < len(text) * _LEAST_KEPT:
        return Module(path=path, language=language, lines=lines, broken="packed: its lines are too long")
    module = reader(path, kept, language)
    return module if kept is text else dataclasses.replace(module, broken=module.broken or "some lines are too long")


def _without_long_lines(text: str) -> str:
    """The same where no line is too long; lines keep their numbers."""
    lines = text.split("\n")
    if max(map(len, lines)) <= _LONGEST_LINE:
        return text
    return "\n".join("" if len(each) > _LONGEST_LINE else each for each in lines)


def _foreign() -> Callable[[str, str, Language], Module] | None:
    """The reader of all other languages; None where its engine is not installed."""
    try:
        found: Callable[[str, str, Language], Module] = importlib.import_module("ostiary.parts.code.foreign").read
    except (ImportError, AttributeError):
        return None
    return found


@contextmanager
def _without_collections() -> Iterator[None]:
    """Millions of small objects are made that all stay: looking for garbage among them costs half of the time.

    They stay set aside until the tree is closed (`Tree.close`): checks would look through them again and again.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if was:
            gc.enable()
