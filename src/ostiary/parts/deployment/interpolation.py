"""Variables in configuration: a value given here is filled in, and one that nobody here gives makes the whole unknown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ostiary.parts.deployment.reading import Unknown

_SHELL: Final = re.compile(
    r"\$(?:(?P<escaped>\$)|(?P<plain>[A-Za-z_][A-Za-z0-9_]*)"
    r"|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:(?P<how>:?[-?+])(?P<more>[^{}]*(?:\$\{[^{}]*\}[^{}]*)*))?\})"
)
_SPRING: Final = re.compile(r"\$\{(?P<name>[A-Za-z0-9_.\-]+)(?::(?P<more>[^{}]*(?:\$\{[^{}]*\}[^{}]*)*))?\}")
_DEEPEST: Final = 5
MOST: Final = 20_000  # characters of a value
_MOST_GIVEN: Final = 400  # characters that stand in for a variable: none that is judged is longer


def shell(text: str, known: Mapping[str, Any], depth: int = 0) -> Any:
    """Fill ``$NAME``, ``${NAME:-default}`` and their like in as compose and Docker do.

    :param known: values by name; those of others are not known.
    :returns: text, or `Unknown` with the names that were missed.
    """
    if "$" not in text or len(text) > MOST or depth > _DEEPEST:
        return text
    missed: list[str] = []

    def value_of(found: re.Match[str]) -> str:
        if found["escaped"]:
            return "$"
        value = _one(found, known, depth)
        if isinstance(value, Unknown):
            missed.extend(value.names)
            return ""
        return str(value)

    filled = _SHELL.sub(value_of, text)
    return Unknown(tuple(dict.fromkeys(missed)), text) if missed else filled


def _one(found: re.Match[str], known: Mapping[str, Any], depth: int) -> Any:
    name = found["plain"] or found["name"]
    how, more = found["how"] or "", found["more"] or ""
    value = known.get(name)
    if isinstance(value, str) and len(value) > _MOST_GIVEN:
        return Unknown((name,), found[0])
    if isinstance(value, Unknown):
        return value
    given = value is not None and (value != "" or not how.startswith(":"))
    if how.endswith("+"):
        return shell(more, known, depth + 1) if given else ""
    if given:
        return value
    if how.endswith("-"):
        return shell(more, known, depth + 1)
    return Unknown((name,), found[0])


def spring(text: str, depth: int = 0) -> Any:
    """Fill ``${NAME:default}`` in as Spring does; without a default it is not known."""
    if "${" not in text or len(text) > MOST or depth > _DEEPEST:
        return text
    missed: list[str] = []

    def value_of(found: re.Match[str]) -> str:
        value = Unknown((found["name"],)) if found["more"] is None else spring(found["more"], depth + 1)
        if isinstance(value, Unknown):
            missed.extend(value.names)
            return ""
        return str(value)

    filled = _SPRING.sub(value_of, text)
    return Unknown(tuple(dict.fromkeys(missed)), text) if missed else filled


def everywhere(value: Any, known: Mapping[str, Any]) -> Any:
    """Fill in all texts of plain data, as `shell` does."""
    if isinstance(value, str):
        return shell(value, known)
    if isinstance(value, Mapping):
        return {key: everywhere(each, known) for key, each in value.items()}
    if isinstance(value, list):
        return [everywhere(each, known) for each in value]
    return value
