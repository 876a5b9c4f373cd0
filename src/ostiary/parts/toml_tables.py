"""A table is put into the text of a TOML file, in the place of an older one of that name; everything else stays as it is."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

_HEADER: Final = re.compile(r"^[ \t]*\[\[?(?P<name>[^\]\n]+)\]\]?[ \t]*(?:#.*)?$")


class NotPlaced(ValueError):  # noqa: N818 - the file is written in a way that is left to its owner
    """The text is no TOML, or holds the table in another form."""


def with_table(text: str, path: tuple[str, ...], header: str, body: list[str]) -> str:
    """The text with a table.

    :param path: its keys, from the root.
    :param header: how its header is written, without brackets.
    :param body: its lines.
    :raises NotPlaced: when the text is no TOML, or what comes out would change anything else.
    """
    before = _parsed(text)
    lines = text.split("\n")
    found = _lines_of(lines, path)
    if found is None:
        kept = text.rstrip("\n")
        made = "\n".join([*([kept, ""] if kept else []), f"[{header}]", *body, ""])
    else:
        start, end = found
        rest = lines[end:]
        said = [line for line in lines[start + 1 : end] if line.lstrip().startswith("#")]
        made = "\n".join([*lines[: start + 1], *said, *body, *([] if rest[:1] == [""] or not rest else [""]), *rest])
        made = made if made.endswith("\n") else made + "\n"
    after = _parsed(made)
    if _without(before, path) != _without(after, path):
        raise NotPlaced("something else would change")
    return made


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NotPlaced(f"it is not TOML, or would no longer be: {error}") from error


def _lines_of(lines: list[str], path: tuple[str, ...]) -> tuple[int, int] | None:
    """Where the table's header stands, and the line after its last key; comments above the next header are not its own."""
    start = next((at for at, line in enumerate(lines) if _names(line) == path), None)
    if start is None:
        return None
    end = next((at for at in range(start + 1, len(lines)) if _HEADER.match(lines[at])), len(lines))
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return start, end


def _names(line: str) -> tuple[str, ...]:
    header = _HEADER.match(line)
    if header is None or line.lstrip().startswith("[["):
        return ()
    try:
        found: Any = tomllib.loads(f"[{header['name']}]")
    except tomllib.TOMLDecodeError:
        return ()
    names = []
    while isinstance(found, dict) and found:
        name, found = next(iter(found.items()))
        names.append(name)
    return tuple(names)


def _without(table: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """All but the table at a path, and tables above it that hold nothing else."""
    name, *rest = path
    left = {key: value for key, value in table.items() if key != name}
    inner = table.get(name)
    if rest and isinstance(inner, dict):
        inside = _without(inner, tuple(rest))
        return left | ({name: inside} if inside else {})
    return left
