"""Tables of words are written as texts: they are read by people, and changed one word at a time."""

from __future__ import annotations


def listed(text: str) -> list[str]:
    """The words of a text."""
    return text.split()
