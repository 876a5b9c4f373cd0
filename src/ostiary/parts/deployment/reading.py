"""What every reader of configuration takes and gives: text in, settings with their places out, nothing opened or run."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ostiary.evidence.deployment import Block, Setting, Unknown, unknowns

__all__ = [
    "MOST_DEPTH",
    "MOST_SETTINGS",
    "MOST_TEXT",
    "Block",
    "Include",
    "Read",
    "Unknown",
    "Unreadable",
    "nothing",
    "split",
    "unknowns",
]

MOST_TEXT: Final = 1_000_000  # characters of one file
MOST_SETTINGS: Final = 50_000  # of one file
_MOST_SPLIT: Final = 20_000  # characters: the splitter's time grows faster than its text
MOST_DEPTH: Final = 40  # of sections in sections, and of files that include files

Include = Callable[[str, str], Sequence[tuple[str, str]] | None]
"""Given the file that asks and the name or pattern it asks for: paths and texts; None where that cannot be known here."""


class Unreadable(ValueError):  # noqa: N818 - a fault of the text, not of the program
    """The text is not what its name says, or more than any such file needs. Never holds the text."""


def nothing(asking: str, pattern: str) -> None:
    """The `Include` of a reader that has one file alone."""


@dataclass(slots=True)
class Read:
    """What came of one file (and of those it includes)."""

    settings: list[Setting] = field(default_factory=list)
    files: list[str] = field(default_factory=list)  # also included ones
    missing: list[str] = field(default_factory=list)  # what it includes and nobody here could read
    broken: dict[str, str] = field(default_factory=dict)  # of several files, those that could not be read, and why
    roots: list[Block] = field(default_factory=list)  # of tools whose sections inherit


def split(text: str, *, comments: bool = False) -> list[str]:
    """Words as a shell sees them; of what is too long, or not quoted well, words as they stand between spaces."""
    if len(text) <= _MOST_SPLIT:
        try:
            return shlex.split(text, comments=comments)
        except ValueError:
            pass
    return text.split()
