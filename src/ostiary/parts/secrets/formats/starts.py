"""What a pattern can begin with, so that most words of a text are put aside after two of their letters."""

from __future__ import annotations

from typing import Final

SIZE: Final = 2  # letters
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-~/ ")


def starts(pattern: str) -> frozenset[str] | None:
    """The first two letters of everything that a pattern matches; None where they are not spelt out.

    Understands what the tables are written with: letters, short classes, groups and alternatives.
    """
    found: set[str] = set()
    for branch in _branches(pattern):
        begun = _of_branch(branch)
        if begun is None:
            return None
        found |= begun
    return frozenset(found)


def _of_branch(branch: str) -> set[str] | None:
    begun, at = {""}, 0
    while any(len(each) < SIZE for each in begun):
        if at >= len(branch):
            return None
        options, at = _next(branch, at)
        if options is None:
            return None
        begun = {each if len(each) >= SIZE else (each + option)[:SIZE] for each in begun for option in options}
    return begun


def _next(branch: str, at: int) -> tuple[list[str] | None, int]:
    """What the next piece of a pattern may be, and where the one after begins."""
    if branch.startswith("(?:", at):
        end = _closing(branch, at)
        inner = [
            _of_branch(each) or ({each} if set(each) <= _PLAIN else None) for each in _branches(branch[at + 3 : end])
        ]
        made = None if None in inner else [option for each in inner if each for option in each]
        return (None if branch[end + 1 : end + 2] in set("?*{") - {""} else made), end + 1
    if branch[at] == "[":
        end = branch.index("]", at)
        letters = branch[at + 1 : end]
        return (
            list(letters)
            if "-" not in letters and set(letters) <= _PLAIN and branch[end + 1 : end + 2] not in set("?*{")
            else None
        ), end + 1
    if branch[at] == "\\" and not branch[at + 1].isalpha():
        return [branch[at + 1]], at + 2
    plain = branch[at] in _PLAIN and branch[at + 1 : at + 2] not in {"?", "*", "{"}
    return ([branch[at]] if plain else None), at + 1


def _branches(pattern: str) -> list[str]:
    """The alternatives of a pattern, outside of groups and classes."""
    found, depth, begin, inside = [], 0, 0, False
    for at, letter in enumerate(pattern):
        inside = letter == "[" or (inside and letter != "]")
        depth += 0 if inside else (letter == "(") - (letter == ")")
        if letter == "|" and not depth and not inside:
            found.append(pattern[begin:at])
            begin = at + 1
    return [*found, pattern[begin:]]


def _closing(pattern: str, at: int) -> int:
    depth = 0
    for end in range(at, len(pattern)):
        depth += (pattern[end] == "(") - (pattern[end] == ")")
        if not depth:
            return end
    return len(pattern)
