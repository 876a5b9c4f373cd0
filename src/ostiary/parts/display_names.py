"""What people call themselves is one line that reads as what it is: nothing in it moves, hides, turns direction or runs."""

from __future__ import annotations

import unicodedata
from typing import Final

from ostiary.parts.printable import UNPRINTABLE
from ostiary.parts.urls import runs_script

__all__ = ["LONGEST", "display_name"]

LONGEST: Final = 100  # characters


def display_name(text: str) -> str:
    """A name as it is kept: composed (NFC), without spaces around it; "" for none.

    :raises ValueError: with a clause, when it is too long, not one line, holds characters that cannot be seen, or begins
        as a link that runs something; the message does not repeat it.
    """
    if len(text) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters")
    if UNPRINTABLE.search(text) or "\n" in text or "\t" in text:
        raise ValueError("holds characters that cannot be seen")
    name = unicodedata.normalize("NFC", text).strip()
    if runs_script(name, frozenset()):
        raise ValueError("begins as a link that would run something")
    return name
