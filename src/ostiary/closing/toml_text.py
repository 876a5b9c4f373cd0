"""Plain data as TOML, one line for each value: what is written here is read back as the same (TOML 1.0)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from ostiary.parts.printable import UNPRINTABLE

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_HALVES: Final = re.compile("[\ud800-\udfff]")


def value(given: Any) -> str:
    """A value, on one line.

    :raises TypeError: for what TOML has no word for.
    """
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, (int, float)):
        return str(given)
    if isinstance(given, str):
        return UNPRINTABLE.sub(_escaped, json.dumps(given, ensure_ascii=False))  # whose escapes are TOML's
    if isinstance(given, Mapping):
        inside = ", ".join(f"{key(name)} = {value(each)}" for name, each in given.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(given, (list, tuple)):
        return f"[{', '.join(map(value, given))}]"
    raise TypeError(type(given).__name__)


def key(name: str) -> str:
    """A key, quoted where it has to be."""
    return name if _BARE.fullmatch(name) else value(name)


def pairs(table: Mapping[str, Any]) -> list[str]:
    """The lines of a table's body."""
    return [f"{key(name)} = {value(each)}" for name, each in table.items()]


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return "\\ufffd" if _HALVES.match(match[0]) else f"\\U{code:08x}"  # half a character is none (TOML 1.0, String)


def comment(text: str) -> str:
    """A text as a comment: on one line, whatever is in it."""
    return "# " + "".join(char if char.isprintable() else " " for char in text)
