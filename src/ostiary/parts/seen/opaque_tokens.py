"""Tokens that say nothing are judged by how they differ: what changes from one to the next has to be random."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple
from urllib.parse import unquote

LEAST_SAMPLES: Final = 4
LEAST_BITS: Final = 64  # that nobody can guess (OWASP Session Management Cheat Sheet; NIST SP 800-63B-4 section 5.1)
_TELLING: Final = 3  # characters of a name that would not be there by chance
_MOST_STEP: Final = 100_000  # of a counter that others use as well
_STANDARD: Final = (
    ("a signed token (JWT)", re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")),
    ("an encrypted token (JWE)", re.compile(r"eyJ[\w-]+(?:\.[\w-]*){4}")),
    ("PASETO", re.compile(r"v[1-4]\.(?:local|public)\.[\w-]{20,}(?:\.[\w-]+)?")),
    ("a macaroon or Fernet token", re.compile(r"gAAAA[\w-]{60,}=*")),
    ("an itsdangerous or Django signature", re.compile(r"[\w.=-]{4,}[.:][\w-]{5,8}[.:][\w-]{27,86}")),
)
_CHANCE: Final = 3  # changing characters, from which on a number that grows by chance is told from one that counts
_DIGESTS: Final = {32: ("md5",), 40: ("sha1",), 64: ("sha256",), 128: ("sha512",)}


class Judged(NamedTuple):
    """What was found out of a kind of token: ``fault`` in words, or empty; ``form`` what it is."""

    fault: str
    form: str = ""
    certain: bool = False


def standard(token: str) -> str:
    """Which published format a token has; empty: none that is known."""
    return next((name for name, form in _STANDARD if form.fullmatch(token)), "")


def judge(samples: Sequence[str], known: Iterable[str], moments: Sequence[float]) -> Judged:
    """Judge the tokens that one account got one after the other.

    :param known: what an attacker may know of the account: its name, its id, its address.
    :param moments: when each was handed out, by the target's clock (seconds since the epoch).
    """
    first = samples[0]
    form = standard(first)
    if form:
        return Judged("", form)
    about = [each for each in dict.fromkeys(known) if each]
    derived = _derived(first, about, moments[0])
    if derived:
        return Judged(f"the token is {derived}", "made by hand", certain=True)
    checked = _summed(first) or _written(first, about)
    if checked:
        return Judged(checked, "made by hand", certain=True)
    if len(set(samples)) == 1:
        return Judged("", "the same at every sign-in")
    few = len(set(samples)) < LEAST_SAMPLES  # of the same second, say: then only a time shows
    for reading in _readings(samples):
        fault = _predictable(reading, moments, times_only=few)
        if fault:
            told = _told(first, about)
            return Judged(fault + (f", beside {told} in the clear" if told else ""), "made by hand", certain=True)
    return Judged("", "too few to compare" if few else "random")


def _derived(token: str, known: Sequence[str], moment: float) -> str:
    """How a token follows from what is known: in the clear, encoded or hashed."""
    for text in _plain(token):
        for each in known:
            if text == each or re.fullmatch(rf"\W*{re.escape(each)}\W*", text):
                return "nothing but the account's own name or number"
    names = _DIGESTS.get(len(token), ()) if re.fullmatch(r"[0-9a-fA-F]+", token) else ()
    inputs = [*known, *(f"{each}{int(moment) + off}" for each in known for off in range(-3, 4))]
    inputs += [str(int(moment) + off) for off in range(-3, 4)]
    for name in names:
        for each in inputs:
            if hashlib.new(name, each.encode(), usedforsecurity=False).hexdigest() == token.lower():
                return f"a bare {name} of what everybody knows"
    return ""


def _summed(token: str) -> str:
    """How a token is secured by a sum of its own text and nothing secret; empty: it is not."""
    for text in _plain(token):
        for mark in re.finditer(r"[.:|~$&;,-]+", text):
            for data, seal in ((text[: mark.start()], text[mark.end() :]), (text[mark.end() :], text[: mark.start()])):
                if len(data) < _TELLING or not re.fullmatch(r"[0-9a-fA-F]+", seal):
                    continue
                for name in _DIGESTS.get(len(seal), ()):
                    inputs = [data, *_plain(data)]
                    if any(
                        hashlib.new(name, each.encode(), usedforsecurity=False).hexdigest() == seal.lower()
                        for each in inputs
                    ):
                        return f"the token is a text and the bare {name} of it, with no key: whoever changes the one makes the other"
    return ""


def _written(token: str, known: Sequence[str]) -> str:
    """How a token is a record in plain JSON that anybody could have written; empty: something in it cannot be guessed."""
    for text in _plain(token):
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if not isinstance(record, dict) or not record:
            continue
        leaves = list(record.values())
        if not any(isinstance(each, str) and each in known for each in leaves):
            continue
        if all(each in known or _is_plain(each) for each in leaves):
            return f"the token is nothing but a record that anybody can write ({', '.join(map(str, record))})"
    return ""


def _is_plain(value: object) -> bool:
    """Whether a value of a record could be guessed: a flag, a small number, a word."""
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int):
        return abs(value) < _MOST_STEP
    return isinstance(value, str) and re.fullmatch(r"[A-Za-z_ -]{0,16}", value) is not None


def _told(token: str, known: Sequence[str]) -> str:
    named = [each for each in known if len(each) >= _TELLING]
    return "the account's name or number" if any(each in text for text in _plain(token) for each in named) else ""


def _plain(token: str) -> Iterator[str]:
    """The token as text: as it is, and decoded."""
    yield token
    yield unquote(token)
    for data in (_unbase64(token), _unhex(token)):
        if data is not None:
            text = data.decode("utf-8", "replace")
            if text.isprintable():
                yield text


def _readings(samples: Sequence[str]) -> Iterator[list[list[bytes]]]:
    """The samples as lists of the parts that they have in common, as they are and decoded where that works for all."""
    plain = list(_split([unquote(each) for each in samples]))
    yield from (each for each in plain if len(each[0]) > 1)
    for decode in (_unhex, _unbase64):
        decoded = [decode(each) for each in samples]
        data = [each for each in decoded if each is not None]
        if len(data) == len(samples) and len({len(each) for each in data}) == 1:
            texts = [each.decode("latin-1") for each in data]
            if all(text.isascii() and text.isprintable() for text in texts):
                yield from _split(texts)
            else:
                yield [[each] for each in data]
            return
    yield from plain


def _split(texts: Sequence[str]) -> Iterator[list[list[bytes]]]:
    parts = [re.split(r"[^A-Za-z0-9+/=]+", each) for each in texts]
    if len({len(each) for each in parts}) == 1:
        yield [[part.encode() for part in each] for each in parts]


def _predictable(samples: list[list[bytes]], moments: Sequence[float], *, times_only: bool) -> str:
    """Why what changes between the samples can be foretold; empty: it cannot."""
    columns = list(zip(*samples, strict=True))
    changing = [column for column in columns if len(set(column)) > 1]
    if not changing or (times_only and not all(_is_time(column, moments) for column in changing)):
        return ""
    if all(_counts(column) or _is_time(column, moments) for column in changing):
        clock = any(_is_time(column, moments) for column in columns)  # though none may pass between two
        what = "a time" if clock else "a number that is counted up"
        return f"all that changes in a token from one sign-in to the next is {what}"
    bits = sum(0.0 if _counts(column) or _is_time(column, moments) else _bits(column) for column in changing)
    if bits < LEAST_BITS:
        return f"no more than about {bits:.0f} bits of a token change from one sign-in to the next"
    return ""


def _counts(column: Sequence[bytes]) -> bool:
    """Whether a part is a number that only grows, in small steps."""
    numbers = _numbers(column)
    if not numbers or not all(0 < after - before < _MOST_STEP for before, after in pairwise(numbers)):
        return False
    changing = sum(len({each[at : at + 1] for each in column}) > 1 for at in range(len(column[0])))
    room = int(2 ** (changing * _bits_each(column)))
    return changing < _CHANCE or (numbers[-1] - numbers[0]) * 4 < room  # random ones rise by chance, and further


def _is_time(column: Sequence[bytes], moments: Sequence[float]) -> bool:
    numbers = _numbers(column)
    return bool(numbers) and any(
        all(abs(number / unit - moment) < 5 for number, moment in zip(numbers, moments, strict=True))  # noqa: PLR2004 - seconds
        for unit in (1, 1_000, 1_000_000, 1_000_000_000)
    )


def _numbers(column: Sequence[bytes]) -> list[int]:
    if all(each.isdigit() for each in column):
        return [int(each) for each in column]
    if all(re.fullmatch(rb"[0-9a-fA-F]{1,16}", each) for each in column):
        return [int(each, 16) for each in column]
    if all(len(each) <= 8 for each in column) and len({len(each) for each in column}) == 1:  # noqa: PLR2004 - a machine word
        return [int.from_bytes(each, "big") for each in column]
    return []


def _bits(column: Sequence[bytes]) -> float:
    """How many bits of a part change: of a random one all do, within a few samples."""
    if len({len(each) for each in column}) > 1:
        return max(len(each) for each in column) * 5.0
    changing = [at for at in range(len(column[0])) if len({each[at] for each in column}) > 1]
    return len(changing) * _bits_each(column)


def _bits_each(column: Sequence[bytes]) -> float:
    """How many bits a character can hold, by those that were seen."""
    alphabet = {value for each in column for value in each}
    if alphabet <= set(b"0123456789"):
        return 3.3
    if alphabet <= set(b"0123456789abcdefABCDEF"):
        return 4.0
    return 6.0 if all(0x2B <= value <= 0x7A for value in alphabet) else 8.0  # noqa: PLR2004 - base64 or bytes


def _unhex(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text.replace("-", "")) if len(text) >= 8 else None  # noqa: PLR2004
    except ValueError:
        return None


def _unbase64(text: str) -> bytes | None:
    try:
        plain = text.replace("-", "+").replace("_", "/").rstrip("=")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True) if len(text) >= 8 else None  # noqa: PLR2004
    except (ValueError, binascii.Error):
        return None
