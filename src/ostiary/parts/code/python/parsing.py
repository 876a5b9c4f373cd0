"""A file's text becomes a syntax tree, also where it is of an older or newer Python; what cannot be read is left out and said."""

from __future__ import annotations

import ast
import re
import warnings
from typing import Final

MOST: Final = 1_500_000  # characters; larger files are data, and their trees take gigabytes
_TRIES: Final = 12  # blocks of a file that may be left out
_PRINT: Final = re.compile(r"^([ \t]*)print[ \t]+(?!\(|=|\.|,)(?:>>[^,\n]*,?)?([^#\n]*)", re.MULTILINE)
_BARE_PRINT: Final = re.compile(r"^([ \t]*)print[ \t]*$", re.MULTILINE)
_EXCEPT: Final = re.compile(
    r"^([ \t]*except[ \t][^:,\n]+|[ \t]*except[ \t]*\([^)\n]*\))[ \t]*,[ \t]*(\w+)[ \t]*:", re.MULTILINE
)
_RAISE: Final = re.compile(r"^([ \t]*raise[ \t]+[\w.]+)[ \t]*,[ \t]*([^\n]+)$", re.MULTILINE)
_EXEC: Final = re.compile(r"^([ \t]*)exec[ \t]+([^(\n][^\n]*)$", re.MULTILINE)
_OCTAL: Final = re.compile(r"(?<![\w.'\"])0(\d+)(?![\w.])")
_LONG: Final = re.compile(r"(?<![\w.])(\d+)[lL]\b")
_UNEQUAL: Final = re.compile(r"<>")
_RAW: Final = re.compile(r"\b[uU][rR](?=['\"])")
_ALIAS: Final = re.compile(r"^([ \t]*)type[ \t]+(\w+)(?:\[[^\]\n]*\])?[ \t]*=", re.MULTILINE)
_GENERIC: Final = re.compile(r"^([ \t]*(?:async[ \t]+def|def|class)[ \t]+\w+)\[[^\]\n]*\](?=[ \t]*[(:])", re.MULTILINE)


def parse(text: str) -> tuple[ast.Module, str]:
    """The tree of a module, and why some of it is missing (empty: nothing is).

    :param text: the whole file; Python 2, and names of types as of Python 3.12, are understood by and large.
    """
    if len(text) > MOST:
        return ast.Module(body=[], type_ignores=[]), f"longer than {MOST} characters"
    text = text.removeprefix("\ufeff").replace("\0", " ").replace("\f", " ")
    tree, error = _tried(text)
    if tree is None and error is not None:
        text = _older(_newer(text))
        tree, error = _tried(text)
    left_out: list[str] = []
    lines = text.split("\n")
    while tree is None and error is not None and len(left_out) < _TRIES:
        first, last = _around(lines, error)
        if all(not each.strip() for each in lines[first:last]):
            break
        left_out.append(f"{first + 1}-{last}")
        lines[first:last] = [""] * (last - first)
        tree, error = _tried("\n".join(lines))
    if tree is None:
        said = "no Python that can be read" if error is not None else "too deeply nested"
        return ast.Module(body=[], type_ignores=[]), said
    return tree, f"lines {', '.join(left_out)} cannot be read" if left_out else ""


def _tried(text: str) -> tuple[ast.Module | None, int | None]:
    """A tree, or the line (from 1) where reading it failed; neither: it is too deeply nested."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes in the strings of strangers
            return ast.parse(text), None
    except SyntaxError as error:
        return None, error.lineno or 1
    except (ValueError, RecursionError, MemoryError, OverflowError):
        return None, None


def _around(lines: list[str], number: int) -> tuple[int, int]:
    """The block without indentation that a line stands in, as a slice."""
    first = min(max(number - 1, 0), len(lines) - 1)
    while first and not _begins(lines[first]):
        first -= 1
    while first and lines[first - 1].startswith("@"):
        first -= 1
    last = max(first + 1, min(number, len(lines)))
    while last < len(lines) and not _begins(lines[last]):
        last += 1
    return first, last


def _begins(line: str) -> bool:
    return bool(line) and line[0] not in " \t#)]}\r" and not line.startswith(("else", "elif", "except", "finally"))


def _newer(text: str) -> str:
    return _GENERIC.sub(r"\1", _ALIAS.sub(r"\1\2 =", text))


def _older(text: str) -> str:
    """Python 2 as Python 3, line for line."""
    text = _PRINT.sub(r"\1print(\2)", text)
    text = _BARE_PRINT.sub(r"\1print()", text)
    text = _EXCEPT.sub(r"\1 as \2:", text)
    text = _RAISE.sub(r"\1(\2)", text)
    text = _EXEC.sub(r"\1exec(\2)", text)
    text = _RAW.sub("r", _UNEQUAL.sub("!=", _LONG.sub(r"\1", text)))
    return _OCTAL.sub(r"0o\1", text)
