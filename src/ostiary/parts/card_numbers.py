"""A card number is told from other numbers by its issuer's digits, its length, its check digit, and how or where it is written."""

from __future__ import annotations

import re
from typing import Any, Final

# Four digits by four, or four-six-five, with one separator throughout: nothing else is written so.
_GROUPED: Final = re.compile(
    r"(?<![\w.-])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|3\d{3}([ -])\d{6}\2\d{5})(?![\w-]|\.\d)"
)
_NAMED: Final = re.compile(
    r"(?:card|visa|amex|maestro|\bpan)[^0-9]{0,24}(?<![\w.-])(\d{13,19})(?![\w-]|\.\d)", re.IGNORECASE
)
_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}[ -](?:[A-Z0-9]{4}[ -])*\Z")
_ISSUED: Final = re.compile(
    r"4\d{12}(?:\d{3}){0,2}"  # Visa: 13, 16 or 19 digits
    r"|3[47]\d{13}"  # American Express
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3(?:0[0-5]|[689]\d)\d{11}"  # Diners Club
    r"|35(?:2[89]|[3-8]\d)\d{12}"  # JCB
    r"|(?:6011|64[4-9]\d|65\d\d|62\d\d)\d{12,15}"  # Discover, UnionPay
)
_LENGTHS: Final = range(13, 20)
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_TWENTY: Final = 20  # characters before a match in which the head of an IBAN may stand


def is_card(digits: str) -> bool:
    """Whether digits are those of a payment card: issuer and length (ISO/IEC 7812), then the check digit (Luhn)."""
    return _ISSUED.fullmatch(digits) is not None and _luhn(digits)


def _luhn(digits: str) -> bool:
    total = 0
    for at, digit in enumerate(reversed(digits)):
        total += _DOUBLED[int(digit)] if at % 2 else int(digit)
    return total % 10 == 0


def holds_only(value: Any) -> bool:
    """Whether a value is a card number and nothing else, as text or number, in groups or not."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return False
    text = value.strip()
    digits = text.replace(" ", "").replace("-", "")
    return digits.isascii() and digits.isdigit() and len(digits) in _LENGTHS and is_card(digits)


def without(text: str, hidden: str) -> str:
    """The text without card numbers that are written as such, or that it calls so; bare digits of another name stay."""

    def grouped(match: re.Match[str]) -> str:
        digits = match[0].replace(" ", "").replace("-", "")
        before = text[max(0, match.start() - _TWENTY) : match.start()]
        return hidden if is_card(digits) and not _IBAN.search(before) else match[0]

    def named(match: re.Match[str]) -> str:
        return match[0].replace(match[1], hidden) if is_card(match[1]) else match[0]

    return _NAMED.sub(named, _GROUPED.sub(grouped, text))
