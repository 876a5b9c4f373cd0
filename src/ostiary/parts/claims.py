"""A token's claims are read by anyone who holds it: what they say of a person, and what is secret, is named here."""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from ostiary.parts import card_numbers
from ostiary.parts.secret_names import kind_of
from ostiary.parts.secret_shapes import HIDDEN, without_shapes
from ostiary.strict import DecodeError, loads

# Behind no letter of its own: a run of such characters is read once, from its beginning.
_TOKEN: Final = re.compile(r"(?<![\w-])eyJ[\w-]{8,}\.(eyJ[\w-]{2,})\.[\w-]*")
_LONGEST: Final = 64 * 1024  # characters of a token
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[A-Za-z]{2,24}")
_PHONE: Final = re.compile(r"\+[1-9](?:[ ()./-]{0,2}[0-9]){7,14}")
_SSN: Final = re.compile(r"(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}")
_INTERNAL: Final = re.compile(
    r"(?:[a-z]{2,8}://)?(?:[\w-]+\.)+(?:internal|local|lan|corp|intra|svc)(?:[:/].*)?", re.IGNORECASE
)
_SHAPES: Final = (
    (_EMAIL, "an e-mail address"),
    (_PHONE, "a phone number"),
    (_INTERNAL, "the name of an internal host"),
)
_MARKS: Final = frozenset({"pin", "otp"})  # in a token these are flags: amr, mfa
_SESSIONS: Final = frozenset({"sessionid", "sessionkey"})
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# OpenID Connect Core section 5.1 and what else is a person's: fine in an ID token, which is made for the client.
_PERSONAL: Final = {
    "email": "an e-mail address", "mail": "an e-mail address", "phone": "a phone number", "phonenumber": "a phone number", "mobile": "a phone number",
    "msisdn": "a phone number", "name": "a name", "givenname": "a name", "familyname": "a name", "middlename": "a name", "firstname": "a name",
    "lastname": "a name", "fullname": "a name", "surname": "a name", "displayname": "a name", "birthdate": "a date of birth",
    "dateofbirth": "a date of birth", "dob": "a date of birth", "birthday": "a date of birth", "gender": "a gender", "sex": "a gender",
    "address": "an address", "street": "an address", "streetaddress": "an address", "postalcode": "an address", "zip": "an address", "ipaddress": "an address",
}  # fmt: skip
# Never, whoever the token is made for.
_SECRET: Final = {
    "ssn": "a national id", "socialsecuritynumber": "a national id", "nationalid": "a national id", "passportnumber": "a national id",
    "passport": "a national id", "taxid": "a national id", "steuerid": "a national id", "cpf": "a national id", "nino": "a national id",
    "iban": "a bank account", "accountnumber": "a bank account", "salary": "a salary", "religion": "a belief", "diagnosis": "a diagnosis",
}  # fmt: skip
_SERVICE: Final = frozenset({"iss", "aud", "azp", "jku", "x5u"})  # whose values are places, not people


class Told(NamedTuple):
    """A claim that says too much: its path in the token, and what it is; `personal`: an ID token may say it."""

    claim: str
    what: str
    personal: bool


class Token(NamedTuple):
    """A JWT as it was found: the name it had, and its claims, unverified."""

    name: str
    claims: dict[str, Any]

    @property
    def is_id_token(self) -> bool:
        """Whether it is made for the client (OpenID Connect Core section 2), which may know whom it serves."""
        if self.name.lower().replace("_", "").replace("-", "") == "idtoken":
            return True
        return any(each in self.claims for each in ("at_hash", "c_hash", "nonce")) and "scope" not in self.claims


def tokens_in(document: Any, most: int = 20) -> Iterator[Token]:
    """The JWTs of a document, at most `most`; encrypted ones tell nothing and are passed over."""
    stack: list[tuple[str, Any]] = [("", document)]
    left = 10_000  # values
    while stack and most and left:
        left -= 1
        name, value = stack.pop()
        if isinstance(value, dict):
            stack += [(str(key), each) for key, each in value.items()]
        elif isinstance(value, list):
            stack += [(name, each) for each in value]
        elif isinstance(value, str) and len(value) <= _LONGEST:
            for match in _TOKEN.finditer(value):
                claims = _claims(match[1])
                if claims is not None:
                    most -= 1
                    yield Token(name, claims)


def _claims(part: str) -> dict[str, Any] | None:
    try:
        found = loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return found if isinstance(found, dict) else None


def too_much(token: Token) -> list[Told]:
    """What a token says that is nobody's business; for an ID token, only what is secret."""
    id_token = token.is_id_token
    return [each for each in _told(token.claims, "", 0) if not (each.personal and id_token)]


def _told(claims: dict[str, Any], at: str, depth: int) -> Iterator[Told]:
    for name, value in claims.items():
        here = f"{at}.{name[:40]}" if at else name[:40]
        if isinstance(value, dict) and depth < 8:  # noqa: PLR2004
            what = _PERSONAL.get(_flat(name))
            if what == "an address" and value:
                yield Told(here, what, personal=True)
            else:
                yield from _told(value, here, depth + 1)
            continue
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, dict) and depth < 8:  # noqa: PLR2004
                yield from _told(each, here, depth + 1)
            elif (found := _judge(name, each)) is not None:
                yield Told(here, found[0], personal=found[1])
                break


def _judge(name: str, value: Any) -> tuple[str, bool] | None:
    """What one value says, and whether it is personal rather than secret."""
    if not isinstance(value, (str, int)) or isinstance(value, bool) or not value:
        return None
    flat = _flat(name)
    kind = kind_of(name)
    if kind == "password" or (kind == "secret" and flat not in _MARKS):
        return ("a session id", True) if flat in _SESSIONS else ("a secret", False)
    if flat in _SECRET:
        return _SECRET[flat], False
    grouped = isinstance(value, str) and not value.isdigit()
    if (grouped or kind == "card") and card_numbers.holds_only(value):
        return "a card number", False
    if isinstance(value, str) and flat not in _SERVICE:
        found = _look(value)
        if found is not None:
            return found
    return (_PERSONAL[flat], True) if flat in _PERSONAL and isinstance(value, str) else None


def _look(value: str) -> tuple[str, bool] | None:
    if HIDDEN in without_shapes(value, keys=True):
        return "a secret", False
    if _SSN.fullmatch(value):
        return "a national id", False
    for shape, what in _SHAPES:
        if shape.fullmatch(value):
            return what, True
    return None


@functools.lru_cache(maxsize=1024)
def _flat(name: str) -> str:
    return "".join(_WORDS.findall(name[:64])).lower()
