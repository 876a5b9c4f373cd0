"""A one-time code is known by what its field is called and by what it looks like; its hash and its link are the code again."""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Collection
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from ostiary.parts.secret_shapes import HIDDEN

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_ITSELF: Final = frozenset(
    {"otp", "totp", "pin", "passcode", "pincode", "otpcode", "onetimecode", "onetimepassword", "smscode", "tan", "mtan"}
)
_KINDS: Final = frozenset(
    {"verification", "verify", "confirmation", "confirm", "sms", "email", "mail", "phone", "login", "auth", "mfa", "2fa", "fa",
     "factor", "security", "activation", "reset", "time", "expected", "correct", "debug", "dev", "test", "plain", "raw",
     "generated", "sent", "temporary", "temp", "access", "challenge"}
)  # fmt: skip
# Words that turn such a name into one about the code instead.
_ABOUT: Final = frozenset(
    {"at", "in", "id", "ids", "type", "status", "channel", "required", "enabled", "attempts", "attempt", "remaining", "verified", "valid",
     "length", "digits", "expires", "expiry", "expiration", "ttl", "method", "methods", "secret", "uri", "qr", "format", "request",
     "message", "count", "country", "postal", "zip", "area", "error", "response", "result", "reason", "http", "currency", "policy",
     "resend", "retry", "after", "seconds", "issuer", "period", "algorithm", "timeout", "window", "exp", "language", "version"}
)  # fmt: skip
_HASHING: Final = frozenset(
    {"hash", "hashed", "digest", "md5", "sha", "sha1", "sha256", "hmac", "encoded", "b64", "base64", "encrypted"}
)
_LINKS: Final = frozenset({"link", "url", "href"})
_STAGES: Final = frozenset(
    {"reset", "verification", "verify", "activation", "activate", "confirmation", "confirm", "magic"}
)
_DIGITS: Final = re.compile(r"(?:[A-Z]{1,3}-)?[0-9]{4,10}|[0-9]{3}[ -][0-9]{3}|[0-9]{4}[ -][0-9]{4}")
_MIXED: Final = re.compile(r"(?=[A-Za-z]*[0-9])[A-Za-z0-9]{4,12}")
_LETTERS: Final = re.compile(r"[A-Z]{4,10}")
_STATES: Final = frozenset(
    {"SENT", "PENDING", "SUCCESS", "EMAIL", "PHONE", "VERIFIED", "EXPIRED", "REQUIRED", "ENABLED", "DISABLED", "NONE", "TRUE", "FALSE",
     "TOTP", "HOTP", "QUEUED", "DELIVERED", "FAILED", "VOICE", "WHATSAPP", "ACTIVE", "INVALID", "VALID", "CREATED", "ACCEPTED"}
)  # fmt: skip
_HASH: Final = re.compile(
    r"(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{56}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128})"
)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{6,16}={0,2}")
_SAID: Final = re.compile(
    r"(?i)(\b(?:code|otp|pin|passcode|password)\b\W{0,3}(?:(?:is|was|sent|expected|generated)\b\W{0,3})?)([0-9]{4,10}|[0-9]{3}[ -][0-9]{3})\b(?!\s*(?:s|sec|ms|min|hour))"
)
_SAID_FIRST: Final = re.compile(
    r"(?i)\b([0-9]{4,10})(?= is (?:your|the)\b[^0-9]{0,40}\b(?:code|otp|pin|passcode|password)\b)"
)
_PARAMETERS: Final = frozenset({"token", "code", "otp", "key", "t", "pin", "uid", "signature", "sig", "oobcode"})
_LONG: Final = 16  # characters of a path segment that rather is a secret


@functools.lru_cache(maxsize=4096)
def means_code(name: str) -> bool:
    """Whether a field of this name holds a one-time code, and can hold nothing else."""
    words = _words(name)
    if not words or not _ABOUT.isdisjoint(words):
        return False
    known = set(words)
    if known & _ITSELF or "".join(words) in _ITSELF:
        return True
    return "code" in known and bool(known & (_KINDS | _HASHING))


@functools.lru_cache(maxsize=4096)
def is_hash_of_code(name: str) -> bool:
    """Whether a field of this name holds a code that was hashed or coded: guessed back in a moment (RFC 4226 has six digits)."""
    words = set(_words(name))
    return bool(words & _HASHING) and bool(words & (_ITSELF | {"code"}))


@functools.lru_cache(maxsize=4096)
def is_stage_token(name: str) -> bool:
    """Whether a field of this name holds what a mail would have brought: a reset token, an activation link."""
    words = set(_words(name))
    return bool(words & _STAGES) and "token" in words and words.isdisjoint(_ABOUT)


def is_code(value: Any, *, strict: bool = False) -> bool:
    """Whether a value looks like a one-time code.

    :param strict: the name tells too little: digits alone, or capitals with a digit among them.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return 1_000 <= value <= 9_999_999_999  # noqa: PLR2004 - four to ten digits
    if not isinstance(value, str):
        return False
    if _DIGITS.fullmatch(value) is not None:
        return True
    if strict:
        return value.isupper() and _MIXED.fullmatch(value) is not None
    if _MIXED.fullmatch(value) is not None or (_LETTERS.fullmatch(value) is not None and value not in _STATES):
        return True
    return _HASH.fullmatch(value) is not None or _decodes(value)


def holds_codes(value: Any) -> bool:
    """Whether a list or an object holds nothing but what looks like codes: ``["123456"]``, ``{"value": "123456"}``."""
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return bool(inner) and all(isinstance(each, str) and is_code(each, strict=True) for each in inner)


def _decodes(value: str) -> bool:
    if _BASE64.fullmatch(value) is None:
        return False
    try:
        text = base64.b64decode(
            value.rstrip("=").replace("-", "+").replace("_", "/") + "=" * (-len(value.rstrip("=")) % 4)
        )
    except (binascii.Error, ValueError):
        return False
    return _DIGITS.fullmatch(text.decode("latin-1")) is not None


def without_codes(text: str) -> str:
    """A sentence without the code it tells: "your code is 123456"."""
    return _SAID_FIRST.sub(HIDDEN, _SAID.sub(rf"\1{HIDDEN}", text))


def is_secret_link(name: str, value: Any) -> bool:
    """Whether a value is the link that should have come by mail; the address of a page that asks for a code is none."""
    words = set(_words(name))
    if not isinstance(value, str) or not words & _LINKS or not words & _STAGES or "://" not in value:
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return True
    if any(name.lower() in _PARAMETERS for name, _ in parse_qsl(parts.query)):
        return True
    return any(len(each) >= _LONG and any(letter.isdigit() for letter in each) for each in parts.path.split("/"))


def names_in(document: Any, most: int = 1000) -> Collection[str]:
    """The names of all members of a document; of a form's fields too."""
    found: set[str] = set()
    stack = [document]
    while stack and most:
        most -= 1
        each = stack.pop()
        if isinstance(each, dict):
            found.update(map(str, each))
            stack += each.values()
        elif isinstance(each, tuple) and len(each) == 2:  # noqa: PLR2004 - a form's field
            found.add(str(each[0]))
        elif isinstance(each, list):
            stack += each
    return found


def _words(name: str) -> tuple[str, ...]:
    return tuple(each.lower() for each in _WORDS.findall(name[:64]))
