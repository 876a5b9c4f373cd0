"""A password of our own, in whatever form a reply shows it, tells how passwords are kept."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from typing import Final, NamedTuple

from ostiary.evidence import Answer

LEAST_COST: Final = 10  # of bcrypt: OWASP Password Storage
_BCRYPT: Final = re.compile(r"\$2[abxy]\$(\d{2})\$[./A-Za-z0-9]{53}")
_ARGON: Final = re.compile(r"\$argon2(?:id|i|d)\$v=\d+\$m=(\d+)")
_FAST: Final = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")


class Kept(NamedTuple):
    """How a reply shows that passwords are kept; ``bad`` says whether that is a fault."""

    how: str
    bad: bool


def kept(answer: Answer, password: str) -> Kept | None:
    """What a reply, that echoes nothing of its request, says of how this password is kept; None: nothing."""
    text = answer.text
    if password in text:
        return Kept("as they are", bad=True)
    data = password.encode()
    if b64encode(data).decode() in text or data.hex() in text:
        return Kept("in an encoding that anybody reads", bad=True)
    for name in _FAST:
        digest = hashlib.new(name, data, usedforsecurity=False)
        if digest.hexdigest() in text.lower() or b64encode(digest.digest()).decode() in text:
            return Kept(f"as {name}, fast and without salt", bad=True)
    match = _BCRYPT.search(text)
    if match is not None:
        cost = int(match[1])
        return Kept(f"as bcrypt of cost {cost}", bad=cost < LEAST_COST)
    return Kept("as Argon2", bad=False) if _ARGON.search(text) else None
