"""Tokens are made when a test runs: none lies in a file, where a scanner would take it for a real one."""

from __future__ import annotations

import importlib
import random
import string
from typing import Any

names: Any = importlib.import_module("re._constants")  # the reader of expressions that `re` itself uses
parser: Any = importlib.import_module("re._parser")
ALPHABET = string.ascii_letters + string.digits


def sample(pattern: str, chance: random.Random) -> str:
    """A text that a pattern of the tables matches: letters, classes, groups, alternatives and bounded repeats."""
    return _of(parser.parse(pattern), chance)


def _of(parts: Any, chance: random.Random) -> str:
    return "".join(_part(op, argument, chance) for op, argument in parts)


def _part(op: Any, argument: Any, chance: random.Random) -> str:
    if op is names.LITERAL:
        return chr(argument)
    if op is names.IN:
        return chance.choice(_letters(argument))
    if op is names.MAX_REPEAT:
        least, most, inner = argument
        return "".join(_of(inner, chance) for _ in range(chance.randint(least, min(most, least + 4))))
    if op is names.SUBPATTERN:
        return _of(argument[3], chance)
    if op is names.BRANCH:
        return _of(chance.choice(argument[1]), chance)
    raise NotImplementedError(op)


def _letters(inside: Any) -> str:
    found = ""
    for op, argument in inside:
        if op is names.LITERAL:
            found += chr(argument)
        elif op is names.RANGE:
            found += "".join(map(chr, range(argument[0], argument[1] + 1)))
        elif op is names.CATEGORY and argument is names.CATEGORY_DIGIT:
            found += string.digits
        elif op is names.CATEGORY and argument is names.CATEGORY_NOT_SPACE:
            found += ALPHABET
        else:
            raise NotImplementedError(op)
    return found


def word(chance: random.Random, size: int, letters: str = ALPHABET) -> str:
    """Letters by chance, at least one of them a digit."""
    made = [chance.choice(letters) for _ in range(size - 1)] + [chance.choice(string.digits)]
    chance.shuffle(made)
    return "".join(made)
