"""What kind of id a client sees, read from the text alone: a counter, a coded counter, a UUID and its version, or random."""

from __future__ import annotations

import base64
import binascii
import itertools
import math
import re
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Final

_UUID: Final = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_OBJECT_ID: Final = re.compile(r"[0-9a-f]{24}", re.IGNORECASE)
_TAIL: Final = re.compile(r"(?P<stem>(?:.*\D)?)(?P<number>\d+)", re.DOTALL)
_CODED: Final = re.compile(r"[A-Za-z0-9+/_-]{2,64}={0,2}")
LONGEST_COUNTER: Final = 15  # digits; more are a time or a draw
ENOUGH_BITS: Final = 122  # of a random UUID (RFC 9562 section 5.4)
_OLD_UUIDS: Final = frozenset({1, 2, 6})  # time and node, RFC 9562 sections 5.1 and 5.6
_RANDOM_UUIDS: Final = frozenset({4, 7, 8})


def uncoded(text: str) -> str:
    """The plain text in an id that is base64 of a short printable one holding a number (``MTI=``, ``VXNlcjoxMg==``); or ""."""
    if text.isdecimal() or not _CODED.fullmatch(text) or _UUID.fullmatch(text):
        return ""
    try:
        plain = base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
        found = plain.decode("ascii")
    except (ValueError, binascii.Error):
        return ""
    same = coded(found) == text.rstrip("=").replace("+", "-").replace("/", "_")
    return found if same and re.fullmatch(r"(?:[\w.:/-]*[:/_.-])?\d+", found) else ""


def coded(text: str) -> str:
    """Base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def number_in(text: str) -> tuple[str, int] | None:
    """What stands before the number that an id ends in, and the number; coded ones are read first. None: there is none."""
    found = _TAIL.fullmatch(uncoded(text) or text)
    if found is None or len(found["number"]) > LONGEST_COUNTER or _UUID.fullmatch(text) or _OBJECT_ID.fullmatch(text):
        return None
    return found["stem"], int(found["number"])


def uuid_version(text: str) -> int:
    """The version of a UUID; 0 for anything else, and for one that no version describes."""
    if not _UUID.fullmatch(text):
        return 0
    return uuid.UUID(text).version or 0


def predictable(ids: Sequence[str], *, near: int = 50) -> str:
    """Why a client who knows these ids, in the order in which they were given out, can guess others; or an empty string.

    :param near: how far apart two counters may be, since others may create objects in between.
    """
    numbers = [number_in(each) for each in ids]
    if len(ids) > 1 and all(numbers):
        stems = {each[0] for each in numbers if each is not None}
        found = [each[1] for each in numbers if each is not None]
        steps = [later - earlier for earlier, later in itertools.pairwise(found)]
        if len(stems) == 1 and all(0 < each <= near for each in steps):
            how = "coded in base64 they count up" if uncoded(ids[0]) else "they count up"
            return f"{how}: {', '.join(str(each) for each in found[:4])}"
    versions = {uuid_version(each) for each in ids}
    if versions and versions <= _OLD_UUIDS:
        return f"they are UUIDs of version {min(versions)}, made of a clock and a network address"
    if len(ids) > 1 and all(_OBJECT_ID.fullmatch(each) for each in ids) and len({each[:8] for each in ids}) < len(ids):
        counts = [int(each[18:], 16) for each in ids]
        if all(0 < later - earlier <= near for earlier, later in itertools.pairwise(counts)):
            return "they are made of a clock and a counter"
    return ""


def random_enough(ids: Sequence[str]) -> bool:
    """Whether every id is a random UUID, or a text that has room for as many random bits and looks drawn."""
    return bool(ids) and all(
        uuid_version(each) in _RANDOM_UUIDS if "-" in each and _UUID.fullmatch(each) else _bits(each) >= ENOUGH_BITS
        for each in ids
    )


def _bits(text: str) -> float:
    """How many bits a text of this length and these characters has room for; few different characters: none."""
    if re.search(r"[^A-Za-z0-9_=.~-]", text) or len(Counter(text)) < min(len(text) // 3, 10):
        return 0
    if re.fullmatch(r"[0-9a-fA-F]+", text):
        return len(text) * 4
    if re.fullmatch(r"\d+", text):
        return len(text) * math.log2(10)
    return len(text) * (math.log2(62) if re.search("[A-Z]", text) and re.search("[a-z]", text) else math.log2(36))


def junk_like(text: str) -> str:
    """An id of the same form that no object has."""
    version = uuid_version(text)
    if _UUID.fullmatch(text):
        made = f"0b5714a21f0d{version or 4:x}c5e9d0a6e1f5a0c7b39"
        return str(uuid.UUID(made)) if "-" in text else made
    if _OBJECT_ID.fullmatch(text) and not text.isdecimal():
        return "0b5714a21f0d4c5e9d0a6e1f"
    plain = uncoded(text)
    if plain:
        found = _TAIL.fullmatch(plain)
        return coded(f"{found['stem'] if found else ''}987654321") + ("=" if text.endswith("=") else "")
    if text.isdecimal():
        return "987654321" if len(text) <= 9 else "9" * len(text)  # noqa: PLR2004 - within 31 bits
    return f"ostiary-{text[::-1]}"[:60]
