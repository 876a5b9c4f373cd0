"""Text for a terminal: nothing here is wider than the columns there are, and 80 is enough for all of it."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence

WIDEST = 100  # prose wider than this is hard to read, however wide the window


def columns() -> int:
    """How many columns there are: COLUMNS, or the terminal's, or 80."""
    return min(max(shutil.get_terminal_size((80, 24)).columns, 40), WIDEST)


def wrapped(text: str, *, indent: int = 0, hang: int = 0) -> str:
    """One paragraph, wrapped; lines after the first are indented by `hang` more."""
    pad = " " * indent
    plain = text.replace("``", "`")
    return textwrap.fill(
        plain,
        columns(),
        initial_indent=pad,
        subsequent_indent=pad + " " * hang,
        break_long_words=False,
        break_on_hyphens=False,
    )


def table(rows: Sequence[Sequence[str]], *, indent: int = 0) -> str:
    """Rows in aligned columns; the last column is cut where the line would be too wide."""
    if not rows:
        return ""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    room = columns() - indent - sum(widths) - 2 * len(widths)
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append(" " * indent + "  ".join([*cells, cut(row[-1], room)]).rstrip())
    return "\n".join(lines)


def cut(text: str, room: int) -> str:
    """The text, or its beginning and an ellipsis."""
    return text if len(text) <= room else text[: max(room - 1, 0)].rstrip() + "…"
