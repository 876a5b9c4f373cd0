"""Passwords that are guessed first are known offline: by the words they are made of, not by a list of stolen ones.

Lists of leaked passwords are long because they repeat a few thousand words with ornaments. Here the words are kept
(``common_passwords.txt``, about a thousand, written for this project by theme: the word "password" in many languages,
roles, keyboard rows, affection, animals, food, seasons, sport, heroes, names, places) and the ornaments are undone:
capitals, accents, digits and signs before, after and between, letters written as digits, repetitions. What is one or two
of the words then is common: ``P4$$w0rd2026!!``, ``Summer-Dragon-1999``, ``qwertyqwertyqwerty``.

What this does not cover: a leaked password that is made of other words. zxcvbn's own dictionaries (some 30,000 leaked
passwords, names and words), patterns of dates, sequences and repetitions judge besides, in `password_rules`. Neither
knows whether a long random password has leaked; that takes a service that has seen the leaks.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

__all__ = ["folded", "is_common", "readings"]

_MOST_WORDS: Final = 2  # three of a thousand words are 10^9 choices, and somebody's own
_LONGEST: Final = 100  # letters; longer texts are judged by zxcvbn alone
_LEET: Final = (
    str.maketrans("0134578@$!|+", "oleastbasilt"),
    str.maketrans("0134578@$!|+", "oieastbasilt"),
)


def is_common(password: str) -> bool:
    """Whether it is one or two common words, however dressed up."""
    plain = folded(password)
    bare = plain.strip("".join({each for each in plain if not each.isalpha()}))
    texts = {_letters(each) for each in (bare, *readings(bare), *readings(plain))}
    return any(0 < len(each) <= _LONGEST and _is_made_of_few(each) for each in texts)


def readings(text: str) -> set[str]:
    """What it may be meant to say: small letters, and digits and signs that stand for letters read as these."""
    plain = folded(text)
    return {plain, *(plain.translate(table) for table in _LEET)}


def folded(text: str) -> str:
    """Small letters without accents, in the form in which the words are kept."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(each for each in apart if not unicodedata.combining(each)))


def _letters(text: str) -> str:
    return "".join(each for each in text if each.isalpha())


def _is_made_of_few(text: str) -> bool:
    """Whether it is a sequence of at most `_MOST_WORDS` different words, each as often as one likes."""
    words = _words()
    longest = max(map(len, words))
    seen: set[tuple[int, frozenset[str]]] = set()
    waiting: list[tuple[int, frozenset[str]]] = [(0, frozenset())]
    while waiting:
        state = waiting.pop()
        if state in seen:
            continue
        seen.add(state)
        at, used = state
        if at == len(text):
            return True
        for end in range(at + 1, min(len(text), at + longest) + 1):
            word = text[at:end]
            if word in used:
                waiting.append((end, used))
            elif len(used) < _MOST_WORDS and word in words:
                waiting.append((end, used | {word}))
    return False


@cache
def _words() -> frozenset[str]:
    """Each word, folded as passwords are."""
    text = files("ostiary.parts").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return frozenset(folded(word) for line in lines for word in line.split())
