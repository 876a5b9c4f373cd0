"""Keys of tokens in the settings of Spring and its like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ostiary.evidence.code import Spot
from ostiary.evidence.tree import Tree
from ostiary.parts.code.origins import PLACEHOLDER

_FILES: Final = (
    "application*.yml",
    "application*.yaml",
    "application*.properties",
    "bootstrap*.yml",
    "bootstrap*.properties",
)
_IN_FILE: Final = re.compile(
    r"""(?ix)^[ \t]*(?:[\w.-]*(?:jwt|token)[\w.-]*[._-])?(?:secret(?:[._-]?key)?|signing[._-]?key|(?:base64[._-]?)?secret)[ \t]*[:=][ \t]*["']?([^\s"'#]{4,200})"""
)
_DEFAULTED: Final = re.compile(r"^\$\{[^:}]+:([^}]+)\}$")


def settings_keys(tree: Tree) -> Iterator[tuple[Spot, bool]]:
    """Where a key of tokens is written, and whether only as what stands in for a variable."""
    for file in tree.named(*_FILES):
        section = ""
        for number, line in enumerate(tree.text(file).split("\n")[:2000], 1):
            if line[:1].strip() and line.rstrip().endswith(":"):
                section = line.lower()
            match = _IN_FILE.match(line[:400])
            if match is None or not ("jwt" in line.lower() or "token" in line.lower() or "jwt" in section):
                continue
            default = _DEFAULTED.match(match[1])
            written = not PLACEHOLDER.match(match[1]) and "${" not in match[1] and "@" not in match[1]
            if default is not None or written:
                yield Spot(path=file.path, line=number), default is not None
