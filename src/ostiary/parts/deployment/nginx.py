"""nginx: tokens by crossplane, sections and includes by us, so that nothing outside of what was given is ever opened."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from typing import Final

import crossplane
from crossplane.errors import NgxParserBaseException

from ostiary.evidence.deployment import Setting
from ostiary.parts.deployment.reading import MOST_DEPTH, MOST_SETTINGS, MOST_TEXT, Block, Include, Read, Unreadable

_TEMPLATE: Final = re.compile(r"\{\{|\{%|<%")
_VARIABLE: Final = re.compile(r"\$(?:\{([A-Za-z0-9_]{1,80})\}|([A-Za-z0-9_]{1,80}))")
_TABLES: Final = re.compile(r"(?:^|/)(?:mime\.types|(?:fastcgi|uwsgi|scgi|proxy)[_.](?:params|conf)|koi-\w+|win-utf)$")
_MOST_FILES: Final = 200


def read(file: str, text: str, include: Include) -> Read:
    """Read a configuration, with the files that it includes where the directive stands.

    :param file: its path, as places name it.
    :raises Unreadable: for what is not nginx's, or a template of another tool.
    """
    reader = _Reader(include)
    root = Block("", file=file)
    reader.fill(root, file, text, 0)
    reader.read.roots.append(root)
    return reader.read


def _tokens(text: str) -> Iterator[tuple[str, int, bool]]:
    """Tokens of a text: (token, line, in quotes); crossplane reads files alone, so it gets one without a name."""
    with tempfile.TemporaryFile() as stream:
        stream.write(text.encode("utf-8", "replace") + b"\n")
        stream.flush()
        stream.seek(0)
        yield from crossplane.lex(os.dup(stream.fileno()))


class _Reader:
    def __init__(self, include: Include) -> None:
        self.read = Read()
        self._include = include

    def fill(self, block: Block, file: str, text: str, depth: int) -> None:
        """Put what a text says into a section."""
        if len(text) > MOST_TEXT:
            raise Unreadable("is larger than any configuration of nginx")
        if _TEMPLATE.search(text):
            raise Unreadable("is a template of another tool")
        self.read.files.append(file)
        try:
            self._statements(block, file, text, depth)
        except NgxParserBaseException as error:
            raise Unreadable(f"is not nginx's: {error.strerror}, line {error.lineno}") from None

    def _statements(self, block: Block, file: str, text: str, depth: int) -> None:
        outer, level = block, 0
        words: list[str] = []
        began = 0
        for word, line, quoted in _tokens(text):
            if quoted or word not in {"{", "}", ";"}:
                if word.startswith("#") and not quoted:
                    continue
                began = began if words else line
                words.append(word)
            elif word == ";":
                if words:
                    self._directive(block, file, began, words, depth)
                words = []
            elif word == "{":
                level += 1
                if level > MOST_DEPTH:
                    raise Unreadable("nests too deep")
                kind, args = (words[0], tuple(words[1:])) if words else ("", ())
                block = Block(kind or "{", args, file=file, line=began or line, parent=block)
                words = []
            else:
                level -= 1
                if words or block is outer:
                    raise Unreadable(f"is not nginx's: a directive does not end, line {line}")
                block = outer if block.parent is None else block.parent
        if words:
            raise Unreadable(f"is not nginx's: a directive does not end, line {began}")

    def _directive(self, block: Block, file: str, line: int, words: list[str], depth: int) -> None:
        if len(self.read.settings) >= MOST_SETTINGS:
            raise Unreadable("holds too many directives")
        name, *args = words
        if name == "include" and len(args) == 1:
            self._included(block, file, args[0], depth)
        found = tuple(each[1] or each[2] for arg in args for each in _VARIABLE.finditer(arg))
        setting = Setting(
            tool="nginx",
            file=file,
            line=line,
            path=block.path,
            name=name,
            value=tuple(args),
            unresolved=found,
            inside=block,
        )
        block.settings.append(setting)
        self.read.settings.append(setting)

    def _included(self, block: Block, file: str, pattern: str, depth: int) -> None:
        if _TABLES.search(pattern):
            return
        found = None if "$" in pattern else self._include(file, pattern)
        if found is None or depth >= MOST_DEPTH // 4 or len(self.read.files) > _MOST_FILES:
            block.open_end = True
            self.read.missing.append(pattern)
            return
        for path, text in found:
            try:
                self.fill(block, path, text, depth + 1)
            except Unreadable as error:
                block.open_end = True
                self.read.missing.append(f"{path} ({error})")
