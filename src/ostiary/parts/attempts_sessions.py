"""Where a request names nobody, what it carries from one request to the next tells whose sign-in is under way."""

from __future__ import annotations

import re
from typing import Final

from ostiary.model import Exchange

MOST: Final = 4  # cookies that count; who sends more of such names than a browser does is counted by the first
_SESSION: Final = re.compile(rb"sess|(?:^|[._-])sid|auth|token|jwt|mfa|2fa|otp|login|ident", re.IGNORECASE)
_JWT: Final = re.compile(rb"[a-z]+ +([\w-]+\.[\w-]+\.[\w-]*)", re.IGNORECASE)
_SHORTEST: Final = 16  # bytes: shorter values tell nobody apart


def sessions_of(exchange: Exchange) -> tuple[str, ...]:
    """The values of cookies that look like a session's; good for a digest alone, for they are credentials."""
    found: dict[bytes, None] = {}
    for line in exchange.all(b"cookie"):
        for pair in line.split(b";"):
            name, _, value = pair.strip().partition(b"=")
            if len(value) >= _SHORTEST and _SESSION.search(name) is not None:
                found[value] = None
    return tuple(each.decode("latin-1") for each in list(found)[:MOST])


def bearer_of(exchange: Exchange) -> tuple[str, ...]:
    """A JWT of the Authorization header field, which nobody may have verified: an opaque key could be everybody's."""
    for value in exchange.all(b"authorization"):
        found = _JWT.fullmatch(value)
        if found is not None:
            return (found[1].decode("latin-1"),)  # without the word before it, which can be spelt in many ways
    return ()
