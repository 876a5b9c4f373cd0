"""One-time codes in what an API says: by the name of a field and the shape of its value, or by the sentence around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from ostiary.evidence import Answer
from ostiary.parts.seen.bodies import NOT_JSON, parse

_ITSELF: Final = frozenset({
    "otp", "totp", "passcode", "pincode", "otpcode", "onetimecode", "onetimepassword", "smscode", "verificationcode", "verifycode",
    "confirmationcode", "authcode", "logincode", "resetcode", "activationcode", "securitycode", "mfacode", "emailcode", "tan",
    "debugcode", "testcode", "devcode", "sentcode", "expectedcode", "generatedcode", "resetpin", "onetimepin",
})  # fmt: skip
_WHERE_SENT: Final = frozenset({"code", "pin"})  # a code only in the reply of an operation that sends one
_DIGITS: Final = re.compile(r"\d{4,8}|\d{3}[ -]\d{3}")
_SHORT: Final = re.compile(r"\d{3}")  # of a PIN; what is called a code may be a status
_MIXED: Final = re.compile(r"(?=[A-Za-z]*\d)[A-Za-z0-9]{4,10}")
_HASH: Final = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
_SAID: Final = re.compile(
    r"(?i)\b(?:code|otp|pin|passcode)\b\W{0,3}(?:is|was)?\W{0,3}(\d{4,8})\b(?!\s*(?:s|sec|ms|min|hour))"
)
_DEEPEST: Final = 6


class Code(NamedTuple):
    """Where a reply has a code, and what it is."""

    at: str
    text: str


def means_code(name: str, *, sends: bool) -> bool:
    """Whether a field is a one-time code by its name.

    :param sends: it is of an operation that sends codes, where ``code`` alone means one.
    """
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return plain in _ITSELF or (sends and plain in _WHERE_SENT)


def codes(answer: Answer) -> list[Code]:
    """Codes, and hashes that are as good as one, in the reply of an operation that sends them."""
    document = parse(answer.body)
    found = [] if document is NOT_JSON else list(_walked(document, "", 0))
    found += [Code("the text", match[1]) for match in _SAID.finditer(answer.text[:100_000])]
    for name, value in answer.headers:
        if means_code(name.removeprefix("x-"), sends=True) and _DIGITS.fullmatch(value.strip()):
            found.append(Code(f"the header {name}", value.strip()))
    return found


def _walked(node: Any, at: str, depth: int) -> Iterator[Code]:
    if depth > _DEEPEST:
        return
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        here = f"{at}/{key}"
        if isinstance(value, (dict, list)):
            yield from _walked(value, here, depth + 1)
        elif isinstance(key, str) and means_code(re.sub(r"(?i)_?(?:hash|md5|sha\d*|digest)$", "", key), sends=True):
            text = "" if isinstance(value, (bool, float)) or value is None else str(value)
            short = _SHORT.fullmatch(text) and re.sub(r"[^a-z]", "", key.lower()) not in {"code", "errorcode"}
            if short or _DIGITS.fullmatch(text) or _MIXED.fullmatch(text) or _HASH.fullmatch(text):
                yield Code(here, text)
