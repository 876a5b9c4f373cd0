"""Where a request names nobody, what it carries from one request to the next tells whose sign-in is under way."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from ostiary.errors import Denied
from ostiary.model import Exchange

MOST: Final = 16  # cookies of such names; a browser sends fewer, and what is not looked at would not be counted
_SESSION: Final = re.compile(rb"sess|(?:^|[._-])sid|auth|token|jwt|mfa|2fa|otp|login|ident", re.IGNORECASE)
_JWT: Final = re.compile(rb"[a-z]+ +([\w-]+\.[\w-]+)\.[\w-]*", re.IGNORECASE)
_SIGNED: Final = re.compile(r"(eyJ[\w-]+\.[\w-]+)\.[\w-]*")
_SHORTEST: Final = 16  # bytes: shorter values tell nobody apart


def sessions_of(exchange: Exchange) -> tuple[str, ...]:
    """The values of cookies that look like a session's; good for a digest alone, for they are credentials.

    :raises Denied: 400 when there are more than a browser sends.
    """
    found: dict[bytes, None] = {}
    for line in exchange.all(b"cookie"):
        for pair in line.split(b";"):
            name, _, value = pair.strip().partition(b"=")
            value = _in_one_spelling(value)
            if len(value) >= _SHORTEST and _SESSION.search(name) is not None:
                found[value] = None
    if len(found) > MOST:
        raise Denied(400, "one attempt in each request")
    return tuple(each.decode("latin-1") for each in found)


def _in_one_spelling(value: bytes) -> bytes:
    """A cookie's value without quotes and escapes, which many readers take away."""
    value = value.strip(b' \t"')
    return unquote_to_bytes(value) if b"%" in value else value


def without_signature(session: str) -> str:
    """A JWT as a name to count by: of its signature there are several good spellings.

    They differ in spare bits at the end of the base64, and for ECDSA by the negative of `s`. Whoever writes a bad one is
    counted with the good ones, so this is no name to give anything away by.
    """
    signed = _SIGNED.fullmatch(session)
    return session if signed is None else signed[1]


def bearer_of(exchange: Exchange) -> tuple[str, ...]:
    """A JWT of the Authorization header field, which nobody may have verified: an opaque key could be everybody's."""
    for value in exchange.all(b"authorization"):
        found = _JWT.fullmatch(value)
        if found is not None:
            return (
                found[1].decode("latin-1"),
            )  # without the word before it and its signature, which can be spelt in many ways
    return ()
