"""Apache httpd: directives, sections and includes, read as httpd reads them, without running anything it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.deployment import Setting
from ostiary.parts.deployment.reading import MOST_DEPTH, MOST_SETTINGS, MOST_TEXT, Block, Include, Read, Unreadable

_WORD: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'|(\S+)')
_OPENING: Final = re.compile(r"<([A-Za-z][A-Za-z0-9]*)\s*([^\n]*)>\s*")
_CLOSING: Final = re.compile(r"</([A-Za-z][A-Za-z0-9]*)\s*>\s*")
_VARIABLE: Final = re.compile(r"\$\{([A-Za-z0-9_.:-]{1,80})\}")
_TEMPLATE: Final = re.compile(r"\{\{|\{%|<%")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_MOST_FILES: Final = 300
_ENVIRONMENT: Final = frozenset(["APACHE_LOG_DIR", "APACHE_RUN_DIR", "APACHE_PID_FILE", "APACHE_RUN_USER"])


def read(file: str, text: str, include: Include) -> Read:
    """Read a configuration or ``.htaccess``, with the files that it includes where the directive stands.

    :raises Unreadable: for what is not Apache's, or a template of another tool.
    """
    reader = _Reader(include)
    root = Block("", file=file)
    reader.fill(root, file, text, 0)
    reader.read.roots.append(root)
    return reader.read


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines without comments: a backslash at the end joins the next one."""
    began, whole = 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        began = began or number
        part = line.rstrip("\r")
        if part.endswith("\\") and not part.lstrip().startswith("#"):
            whole += part[:-1]
            continue
        whole = (whole + part).strip()
        if whole and not whole.startswith("#"):
            yield began, whole
        began, whole = 0, ""


class _Reader:
    def __init__(self, include: Include) -> None:
        self.read = Read()
        self._include = include
        self._defined: dict[str, str] = {}

    def fill(self, block: Block, file: str, text: str, depth: int) -> None:
        if len(text) > MOST_TEXT:
            raise Unreadable("is larger than any configuration of Apache")
        if _TEMPLATE.search(text):
            raise Unreadable("is a template of another tool")
        self.read.files.append(file)
        outer, level = block, 0
        for number, line in _lines(text):
            opening = _OPENING.fullmatch(line)
            if opening:
                level += 1
                if level > MOST_DEPTH:
                    raise Unreadable("nests too deep")
                block = Block(opening[1].lower(), self._words(opening[2]), file=file, line=number, parent=block)
                continue
            closing = _CLOSING.fullmatch(line)
            if closing:
                if block is outer or block.kind != closing[1].lower():
                    raise Unreadable(f"is not Apache's: a section ends that did not begin, line {number}")
                block, level = outer if block.parent is None else block.parent, level - 1
                continue
            self._directive(block, file, number, line, depth)
        if block is not outer:
            raise Unreadable(f"is not Apache's: a section does not end, line {block.line}")

    def _words(self, text: str) -> tuple[str, ...]:
        found = [each[1] if each[1] is not None else each[2] or each[3] or "" for each in _WORD.finditer(text)]
        return tuple(self._filled(each) for each in found)

    def _filled(self, word: str) -> str:
        return _VARIABLE.sub(lambda found: self._defined.get(found[1], found[0]), word)

    def _directive(self, block: Block, file: str, number: int, line: str, depth: int) -> None:
        name, *rest = line.split(None, 1)
        if not _NAME.fullmatch(name):
            raise Unreadable(f"is not Apache's: no directive in line {number}")
        if len(self.read.settings) >= MOST_SETTINGS:
            raise Unreadable("holds too many directives")
        args = self._words(rest[0]) if rest else ()
        lower = name.lower()
        if lower == "define" and args:
            self._defined[args[0]] = args[1] if len(args) > 1 else ""
        elif lower in {"include", "includeoptional"} and args:
            self._included(block, file, args[0], depth, optional=lower != "include")
        missing = tuple(each for arg in args for each in _VARIABLE.findall(arg) if each not in _ENVIRONMENT)
        setting = Setting(
            tool="apache",
            file=file,
            line=number,
            path=block.path,
            name=lower,
            value=args,
            unresolved=missing,
            inside=block,
        )
        block.settings.append(setting)
        self.read.settings.append(setting)

    def _included(self, block: Block, file: str, pattern: str, depth: int, *, optional: bool) -> None:
        found = None if "${" in pattern else self._include(file, pattern)
        if found is None or depth >= MOST_DEPTH // 4 or len(self.read.files) > _MOST_FILES:
            if not optional or found is None:
                block.open_end = True
                self.read.missing.append(pattern)
            return
        for path, text in found:
            try:
                self.fill(block, path, text, depth + 1)
            except Unreadable as error:
                block.open_end = True
                self.read.missing.append(f"{path} ({error})")
