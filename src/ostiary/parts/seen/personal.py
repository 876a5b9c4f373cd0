"""Claims that say more of a person, or of the house, than a token should: by name and by shape, and no reply is quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ostiary.parts.seen.secrets import leaks

_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[\w-]+(?:\.[\w-]+)+")
_PHONE: Final = re.compile(r"\+[0-9][0-9 ()./-]{7,17}")
_CARD: Final = re.compile(r"(?:[0-9][ -]?){12,18}[0-9]")
_INTERNAL: Final = re.compile(
    r"(?:https?://)?(?:[\w-]+\.)+(?:internal|local|lan|corp|intranet)(?::\d+)?(?:/.*)?|(?:10|192\.168)(?:\.\d{1,3}){2,3}"
)
_NAMES: Final = {  # as they are called with nothing but letters
    "birthdate": "a date of birth", "dateofbirth": "a date of birth", "dob": "a date of birth", "birthday": "a date of birth",
    "phonenumber": "a phone number", "phone": "a phone number", "mobile": "a phone number", "address": "an address",
    "streetaddress": "an address", "street": "an address", "postalcode": "an address", "zipcode": "an address",
    "ssn": "a national identity number", "socialsecuritynumber": "a national identity number",
    "nationalid": "a national identity number", "taxid": "a national identity number", "passport": "a passport number",
    "iban": "an account number", "accountnumber": "an account number", "creditcard": "a card number",
    "cardnumber": "a card number", "givenname": "a person's name", "familyname": "a person's name",
    "firstname": "a person's name", "lastname": "a person's name", "fullname": "a person's name", "gender": "a gender",
    "salary": "a salary", "diagnosis": "a diagnosis",
}  # fmt: skip
_REGISTERED: Final = frozenset({"iss", "aud", "azp", "jti", "client_id", "typ", "kid", "cnf", "acr", "amr"})
_MOST: Final = 200


def secrets_in(claims: Mapping[str, Any]) -> list[str]:
    """What of a password, a key or a hash is in the claims, in words; a token in a token counts too."""
    kinds = {
        "password": "a password",
        "shape": "a password hash",
        "secret": "a secret",
        "issued": "a key",
        "token": "a token",
    }
    found = [f"{kinds.get(leak.kind, 'a secret')} ({leak.pointer})" for leak in leaks(dict(claims))]
    return list(dict.fromkeys(found))


def details_in(claims: Any) -> list[str]:
    """What of a person, or of the network inside, is in claims or a document, in words."""
    found = []
    for pointer, name, value in _texts(claims):
        what = _judge(name, value)
        if what:
            found.append(f"{what} ({pointer})")
    return list(dict.fromkeys(found))


def contact_in(claims: Any) -> str:
    """An e-mail address or a phone number in a document, the first; or an empty string."""
    return next((value for _, name, value in _texts(claims) if _is_contact(name, value)), "")


def contact_fields(claims: Any) -> list[str]:
    """The names of the fields that hold e-mail addresses and phone numbers."""
    return list(dict.fromkeys(name for _, name, value in _texts(claims) if _is_contact(name, value)))


def _is_contact(name: str, value: str) -> bool:
    return _judge(name, value) in {"an e-mail address", "a phone number"}


def _judge(name: str, value: str) -> str:
    if name in _REGISTERED or not value.strip():
        return ""
    if _EMAIL.fullmatch(value):
        return "an e-mail address"
    if _PHONE.fullmatch(value):
        return "a phone number"
    if name != "sub" and _CARD.fullmatch(value) and _adds_up(value):
        return "a card number"
    if _INTERNAL.fullmatch(value):
        return "an address inside the network"
    return _NAMES.get(re.sub(r"[^a-z]", "", name.lower()), "")


def _adds_up(value: str) -> bool:
    digits = [int(each) for each in value if each.isdigit()]
    doubled = [each if at % 2 == 0 else each * 2 - 9 * (each > 4) for at, each in enumerate(reversed(digits))]  # noqa: PLR2004
    return len(set(digits)) > 1 and sum(doubled) % 10 == 0  # ISO/IEC 7812-1 annex B


def _texts(value: Any, pointer: str = "", name: str = "") -> Iterator[tuple[str, str, str]]:
    stack = [(pointer, name, value)]
    for _ in range(_MOST):
        if not stack:
            return
        pointer, name, value = stack.pop(0)
        if isinstance(value, Mapping):
            stack += [(f"{pointer}/{key}", str(key), each) for key, each in value.items()]
        elif isinstance(value, list):
            stack += [(pointer, name, each) for each in value]
        elif isinstance(value, str):
            yield pointer, name, value
