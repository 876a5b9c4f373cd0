"""Where in a lock file a package stands: its parsers tell no lines, so that they are looked up in the text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_KEY: Final = re.compile(r'[ \t]*"((?:[^"\\]|\\.){1,300})"[ \t]*:')
_TABLE: Final = re.compile(r"\[\[[ \t]*([A-Za-z.]{1,40})[ \t]*\]\]")


def of_keys(text: str) -> Mapping[str, int]:
    """The first line on which each JSON member stands first."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        match = _KEY.match(line)
        if match is not None:
            found.setdefault(match[1], number)
    return found


def of_values(text: str, key: str) -> Mapping[str, int]:
    """The first line on which a member ``"key": "value"`` has each value."""
    pattern = re.compile(rf'[ \t]*"{re.escape(key)}"[ \t]*:[ \t]*"([^"]{{1,300}})"')
    found: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        match = pattern.match(line)
        if match is not None:
            found.setdefault(match[1], number)
    return found


def of_tables(text: str, name: str) -> list[int]:
    """Where each ``[[name]]`` in TOML says its name, or begins, in order."""
    lines = text.split("\n")
    found = []
    for number, line in enumerate(lines, 1):
        match = _TABLE.match(line)
        if match is not None and match[1] == name:
            found.append(number + 1 if lines[number : number + 1] and lines[number].startswith("name") else number)
    return found


def containing(text: str, *words: str) -> int:
    """The first line that holds all words; 0: there is none."""
    for number, line in enumerate(text.split("\n"), 1):
        if all(each in line for each in words):
            return number
    return 0


def mapping(value: Any) -> dict[str, Any]:
    """A mapping as it is, and an empty one for anything else: lock files are other people's."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[dict[str, Any]]:
    """The mappings of a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def word(value: Any) -> str:
    """A text as it is, and an empty one for anything else."""
    return value if isinstance(value, str) else ""
