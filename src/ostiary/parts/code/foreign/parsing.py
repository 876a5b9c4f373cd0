"""Text becomes a syntax tree; nothing else knows which parser does it, and no text can make it crash or hang."""

from __future__ import annotations

import re
from typing import Final

from ast_grep_py import SgNode, SgRoot

from ostiary.evidence.code import Language

Node = SgNode

MOST_BYTES: Final = 2 * 1024 * 1024
LONGEST_LINE: Final = 20_000  # characters; what people write is shorter, what tools pack together is longer
DEEPEST: Final = 120  # brackets within brackets

_DIALECTS: Final = {
    Language.JAVASCRIPT: "javascript",
    Language.JAVA: "java",
    Language.KOTLIN: "kotlin",
    Language.SWIFT: "swift",
    Language.GO: "go",
    Language.PHP: "php",
    Language.RUBY: "ruby",
}
_BRACKETS: Final = re.compile(r"[(\[{]+|[)\]}]+")
# What makes the parser's own code give up the whole process, or take minutes; measured with it, not met in real code.
_TRAPS: Final = {
    Language.RUBY: re.compile(r"""<<[~-]?(?:"[^"]{120}|'[^']{120}|`[^`]{120}|\w{120})"""),
    Language.SWIFT: re.compile(r"/\*(?:[^*/]*/\*){40}"),
    Language.JAVA: re.compile(r"(?:\w{1,80}\s{0,9}<\s{0,9}){60}"),
}


class UnreadableError(Exception):
    """A text is not parsed; the message says why."""


def parse(path: str, text: str, language: Language) -> Node:
    """The root of the syntax tree.

    :raises UnreadableError: it is too large, packed, or nested too deeply.
    """
    if len(text) > MOST_BYTES:
        raise UnreadableError(f"larger than {MOST_BYTES} characters")
    if any(len(line) > LONGEST_LINE for line in text.splitlines()):
        raise UnreadableError(f"has a line of more than {LONGEST_LINE} characters")
    if depth(text) > DEEPEST:
        raise UnreadableError(f"nests brackets more than {DEEPEST} deep")
    trap = _TRAPS.get(language)
    if trap is not None and trap.search(text):
        raise UnreadableError("is written so that a parser would not come to an end")
    text = text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")  # half of a pair of surrogates is no text
    return SgRoot(text, _dialect(path, language)).root()


def depth(text: str) -> int:
    """How deep brackets stand within each other, strings and comments not told apart."""
    deep = most = 0
    for run in _BRACKETS.finditer(text):
        size = run.end() - run.start()
        if run.group()[0] in "([{":
            deep += size
            most = max(most, deep)
        else:
            deep = max(0, deep - size)
    return most


def _dialect(path: str, language: Language) -> str:
    if language is Language.JAVASCRIPT:
        if path.endswith((".ts", ".mts", ".cts", ".vue")):
            return "typescript"
        if path.endswith(".tsx"):
            return "tsx"
    return _DIALECTS[language]
