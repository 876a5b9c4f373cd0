"""Secrets that people give to HMAC when they do not think: words, examples of manuals, numbers, and names of their own."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hashlib
import hmac
import re
import threading
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import Final

from ostiary.parts.seen import weak_words as said
from ostiary.parts.seen.tokens import Token

MOST_NUMBERS: Final = 1_000_000  # 0 to 999999
MOST_NAMES: Final = 12  # words about the API that are tried in all their forms
_SHORTEST_NAME: Final = 3
_JOINTS: Final = ("", "-", "_")
_BLOCKS: Final = {"HS256": (hashlib.sha256, 64), "HS384": (hashlib.sha384, 128), "HS512": (hashlib.sha512, 128)}
_INNER: Final = bytes(each ^ 0x36 for each in range(256))  # RFC 2104 section 2
_OUTER: Final = bytes(each ^ 0x5C for each in range(256))
_one_at_a_time = threading.Lock()


async def guessed(token: Token, *about: str) -> bytes | None:
    """The secret that signed a token, if it is one of these; nothing is sent anywhere, and the answer is remembered.

    About a million tries, a second or two in a thread, the likely ones first.

    :param about: texts about the API (its title, its host) whose words are tried too.
    """
    return await asyncio.to_thread(_remembered, token.raw, token.algorithm, names_of(token, *about))


def guess(token: Token, *about: str, numbers: int = 10_000) -> bytes | None:
    """The same at once, with fewer numbers."""
    return _tried(token.raw, token.algorithm, chain(words(names_of(token, *about)), _counted(numbers)))


def names_of(token: Token, *about: str) -> tuple[str, ...]:
    """The words of what is known of an API, in lower case: of its title, its host, its issuer and audience."""
    audience = token.claims.get("aud")
    aimed = audience if isinstance(audience, list) else [audience]
    texts = (*about, str(token.claims.get("iss", "")), *(each for each in aimed if isinstance(each, str)))
    found: dict[str, None] = {}
    for text in texts:
        pieces = [each.lower() for each in re.split(r"[^A-Za-z0-9]+", text)]
        for each in (*pieces, "".join(pieces)):
            if _SHORTEST_NAME <= len(each) <= 40 and each not in {"http", "https", "www", "com"}:  # noqa: PLR2004
                found[each] = None
    return tuple(found)[:MOST_NAMES]


@lru_cache(maxsize=1)
def count() -> int:
    """How many secrets are tried where nothing is known of the API."""
    return sum(1 for _ in words(())) + sum(1 for _ in _counted(MOST_NUMBERS))


def words(names: Iterable[str]) -> Iterator[bytes]:
    """The dictionary, likely ones first; some twice."""
    yield b""
    for each in said.PRINTED:
        yield from (each.encode(), *_decoded(each))
    ends = ("", *said.ENDS, *said.YEARS)
    for word in (*names, *said.WORDS):
        for spelt in dict.fromkeys((word, word.capitalize(), word.upper())):
            yield from (f"{spelt}{end}".encode() for end in ends)
        yield from _decoded(word)
    for first in (*names, *said.FIRST):
        for second in said.SECOND:
            yield from _joined(first, second)
    for name in names:
        for word in said.FIRST:
            yield from _joined(word, name)
    yield from _padded()


def _joined(first: str, second: str) -> Iterator[bytes]:
    for joint in _JOINTS:
        whole = f"{first}{joint}{second}"
        for spelt in (whole, whole.upper(), f"{first.capitalize()}{joint}{second.capitalize()}"):
            yield from (f"{spelt}{end}".encode() for end in ("", "1", "123", "!", "2024", "2025", "2026"))
    yield f"{first}{second.capitalize()}".encode()


def _padded() -> Iterator[bytes]:
    """As long as a key should be, and as empty."""
    for letter in "0aAxX1f":
        yield from ((letter * length).encode() for length in (8, 16, 24, 32, 48, 64, 128))
    for text in ("0123456789abcdef", "1234567890", "0123456789", "secret", "deadbeef", "abcdef"):
        yield from ((text * times).encode() for times in (2, 3, 4))
        yield from ((text * 16)[:length].encode() for length in (32, 64))
    yield from (bytes(size) for size in (16, 32, 64))


def _decoded(word: str) -> Iterator[bytes]:
    """Some libraries take their secrets for base64, some for hexadecimal."""
    with contextlib.suppress(ValueError, binascii.Error):
        yield base64.b64decode(word + "=" * (-len(word) % 4), validate=True)
    with contextlib.suppress(ValueError):
        yield bytes.fromhex(word)


def _counted(most: int) -> Iterator[bytes]:
    """Numbers, and those with zeros in front: a PIN of six digits is as good as any."""
    yield from (b"%d" % number for number in range(most))
    for digits in range(2, len(str(most - 1)) + 1):
        yield from (str(number).rjust(digits, "0").encode() for number in range(min(most, 10 ** (digits - 1))))


@lru_cache(maxsize=64)
def _cached(raw: str, algorithm: str, names: tuple[str, ...]) -> bytes | None:
    return _tried(raw, algorithm, chain(words(names), _counted(MOST_NUMBERS)))


def _remembered(raw: str, algorithm: str, names: tuple[str, ...]) -> bytes | None:
    with _one_at_a_time:  # whoever asks for the same meanwhile finds the answer
        return _cached(raw, algorithm, names)


def _tried(raw: str, algorithm: str, keys: Iterable[bytes]) -> bytes | None:
    if algorithm not in _BLOCKS:
        return None
    digest, block = _BLOCKS[algorithm]
    text, _, signature = raw.rpartition(".")
    message = text.encode()
    try:
        wanted = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    except (ValueError, binascii.Error):
        return None
    for key in keys:
        filled = key.ljust(block, b"\0") if len(key) <= block else digest(key).digest().ljust(block, b"\0")
        inner = digest(filled.translate(_INNER) + message).digest()
        if digest(filled.translate(_OUTER) + inner).digest() == wanted:
            return key if hmac.digest(key, message, digest) == wanted else None
    return None
