"""A password is long enough and not one that is guessed first (NIST SP 800-63B-4 section 3.1.1.2); no rule asks for classes.

Text is normalised to NFKC before it is counted, judged or hashed, as that section asks: who types the same characters on
another keyboard signs in. So that the normal form never changes with a newer Unicode, characters that are not assigned
yet are refused (the "normalisation process for stabilised strings" of Unicode Standard Annex 15 section 12.1). Each code
point counts as one; where the normal form is longer than what was typed, what was typed counts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

from zxcvbn_rs_py import zxcvbn

from ostiary.parts import common_passwords

__all__ = ["as_bytes", "faults", "hint"]

_WORST: Final = 1  # of zxcvbn's 0 to 4: "very guessable", fewer than 10^6 tries
_JUDGED: Final = 100  # characters: the estimator looks at no more, and its time grows with them
_OWN: Final = 8  # letters and digits that must be left when the words of the account and the service are taken out
_SHORTEST_WORD: Final = 3  # shorter ones are in too many honest passphrases


def as_bytes(password: str) -> bytes:
    """What is hashed: NFKC, UTF-8.

    :raises ValueError: for a lone surrogate, which is no text.
    """
    return unicodedata.normalize("NFKC", password).encode()


def faults(password: str, *, shortest: int, longest: int, words: Sequence[str]) -> tuple[str, ...]:
    """What speaks against this password, as clauses that do not repeat it; empty when it may be used.

    :param shortest: characters.
    :param longest: bytes of UTF-8.
    :param words: of the account and the service: names, the address, the title. What is made of them is guessed first.
    """
    try:
        size = len(password.encode())
    except ValueError:
        return ("is not text",)
    if size > longest:
        return (f"is longer than {longest} bytes",)
    text = unicodedata.normalize("NFKC", password)
    if any(unicodedata.category(each) == "Cn" for each in text):
        return ("has a character that Unicode does not have",)
    found = []
    if min(len(password), len(text)) < shortest:
        found.append(f"is shorter than {shortest} characters")
    if common_passwords.is_common(text):
        found.append("is among those that are guessed first")
    elif _is_of(text, words):
        found.append("is made of words of this account or service")
    elif hint(text, words) <= _WORST:
        found.append("is too easy to guess")
    return tuple(found)


def hint(password: str, words: Sequence[str] = ()) -> int:
    """How hard it is to guess, from 0 to 4 (zxcvbn): a hint for people; only 0 and 1 are refused."""
    return int(zxcvbn(password[:_JUDGED], [*_parts(words)]).score)


def _is_of(text: str, words: Sequence[str]) -> bool:
    """Whether little is left of it without the words, however they are written."""
    taken = sorted(_parts(words), key=len, reverse=True)
    for reading in common_passwords.readings(text):
        rest = reading
        for word in taken:
            rest = rest.replace(word, "\0")
        if rest != reading and sum(map(str.isalnum, rest)) < _OWN:
            return True
    return False


def _parts(words: Sequence[str]) -> set[str]:
    """The words, and the words in them: of an address its local part and the labels of its host."""
    found = set()
    for word in words:
        folded = common_passwords.folded(word)
        pieces = "".join(each if each.isalnum() else " " for each in folded).split()
        found |= {each for each in (folded, *pieces) if len(each) >= _SHORTEST_WORD}
    return found
