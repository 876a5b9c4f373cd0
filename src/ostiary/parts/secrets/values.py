"""What a value looks like: chance, a word, a name of something, a sentence; before a name is believed, its value is."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Final

from ostiary.parts.secrets.known import is_lookup, is_placeholder

_RUNS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_VOWELS: Final = frozenset("aeiouyAEIOUY")
_CLUSTER: Final = re.compile(r"[^aeiouy]{5,}|[aeiou]{4,}|q(?!u)|[jqxzvw]{2}|(.)\1\1", re.IGNORECASE)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_HEX: Final = re.compile(r"(?:0x)?[0-9a-fA-F]+")
_TOKEN: Final = re.compile(r"[A-Za-z0-9+/=_.~!@#$%^&*:|-]+")
_PATH: Final = re.compile(
    r"^(?:\.{0,2}/|~/|[A-Za-z]:\\|\\\\)|\.(?:pem|key|crt|cer|json|ya?ml|txt|env|ini|conf|properties|jks|p12|pfx|html?|jsx?|tsx?|py|java|go|rb|php|kt|swift|png|svg|css|md|sh|xml|vue|cs|dll|exe|so|log|sql|db|csv)$"
)
_URL: Final = re.compile(r"^(?:[a-z][a-z0-9+.-]{1,20}:)?//|^(?:mailto|urn|data|tel|chrome|about|blob|javascript):|^[\w.-]+\.(?:com|org|net|io|dev|app|local|internal|svc|localhost)(?:[:/]|$)", re.IGNORECASE)  # fmt: skip
_CODE: Final = re.compile(r"[{}<>()\[\];`\\]|^\W|=>|->|::|&&|\|\||\+\+|/\*|\*/|[A-Za-z_]\w*\(")
_REGEX: Final = re.compile(r"\\[dwsbDWS]|\[\^?[a-zA-Z0-9]-|\(\?[:=!<]|\.\*|\.\+|\]\{?\+?\*?$|^\^|\$$")
_DOTTED: Final = re.compile(r"[A-Za-z_][\w-]*(?:[.:/][A-Za-z_][\w-]*)+")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d|\d\d:\d\d|v?\d+(?:\.\d+)+")
_RULES: Final = re.compile(r"[a-z_]+(?::[\w,.]+)?(?:\|[a-z_]+(?::[\w,.]+)?)+")  # required|min:8|confirmed
_UNSIGNED: Final = re.compile(r"eyJ[\w-]+\.eyJ[\w-]*")  # a token cut off before its signature, which opens nothing
_WORDY: Final = 0.6  # of a value's characters in words: more, and somebody wrote it
_LEAST_BITS: Final = 2.5  # bits for each character; sixteen characters by chance have over 3.3
_LEAST_LETTERS: Final = 3


def bits(value: str) -> float:
    """Shannon's entropy of a value, in bits for each character."""
    size = len(value)
    return -sum(count / size * math.log2(count / size) for count in Counter(value).values()) if size else 0.0


def wordiness(value: str) -> float:
    """The part of a value's characters that stand in runs of letters which can be spoken."""
    spoken = sum(len(run) for run in _RUNS.findall(value) if _can_be_spoken(run))
    return spoken / len(value) if value else 1.0


def _can_be_spoken(run: str) -> bool:
    if len(run) < _LEAST_LETTERS:
        return False
    vowels = sum(letter in _VOWELS for letter in run)
    return 0.15 <= vowels / len(run) <= 0.75 and _CLUSTER.search(run) is None  # noqa: PLR2004 - as of words in several languages


def is_uuid(value: str) -> bool:
    """Whether a value is a UUID (RFC 9562)."""
    return _UUID.fullmatch(value) is not None


def is_hex(value: str) -> bool:
    """Whether a value is made of hexadecimal digits alone."""
    return _HEX.fullmatch(value) is not None


def is_random(value: str, least: int = 16) -> bool:
    """Whether a value looks as if a generator made it, and not a person.

    :param least: characters of the shortest that counts.
    """
    if len(value) < least or _TOKEN.fullmatch(value) is None or bits(value) < _LEAST_BITS:
        return False
    if value.isdigit():
        return False
    if not any(letter.isdigit() for letter in value) and (len(value) < 20 or _is_one_case(value)):  # noqa: PLR2004 - shorter may be two words
        return len(value) >= 24 and wordiness(value) < 0.25  # noqa: PLR2004 - letters alone: long, and hardly to be spoken
    return wordiness(value) < _WORDY


def _is_one_case(value: str) -> bool:
    return value.islower() or value.isupper()


def is_implausible(value: str) -> bool:
    """Whether a value cannot be a secret: a placeholder, a lookup, a path, an address, code, a pattern, a text."""
    return bool(
        len(value) < 4  # noqa: PLR2004 - nobody has such a password
        or any(letter.isspace() for letter in value)
        or not value.isascii()
        or is_placeholder(value)
        or is_lookup(value)
        or _PATH.search(value)
        or _URL.search(value)
        or _REGEX.search(value)
        or _DATE.fullmatch(value)
        or _RULES.fullmatch(value)
        or _UNSIGNED.fullmatch(value)
    )


def is_name(value: str) -> bool:
    """Whether a value reads as the name of something: dotted, or letters and separators alone."""
    return _DOTTED.fullmatch(value) is not None or (
        not any(letter.isdigit() for letter in value) and not is_password_like(value)
    )


def is_code(value: str) -> bool:
    """Whether a value is rather a piece of a program."""
    return _CODE.search(value) is not None


def is_password_like(value: str) -> bool:
    """Whether a person chose it as a password: letters beside digits, or signs that no name has."""
    letters = any(letter.isalpha() for letter in value)
    digits = any(letter.isdigit() for letter in value)
    signs = any(letter in "!@#$%^&*+=?~|" for letter in value.strip("*?=+|"))
    return letters and (digits or signs)
