"""Invented users: names that no other run uses, and a password that no policy refuses."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ostiary.audit.gather.drafts import Path
from ostiary.parts import role_fields as names
from ostiary.parts.role_words import listed, squeezed

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz"
_UPPER: Final = _LETTERS.upper()
_SIGNS: Final = "!?#"
_MAIL: Final = re.compile(r"mail|courriel|correo|epost|eposta|почта")
_PHONE: Final = re.compile(r"phone|mobile|msisdn|telephone|^tel$|cell")
_SHORTEST_NAME: Final = 8  # characters of the part that differs
_NAMES: Final = frozenset(names.ACCOUNT)
_PASSWORDS: Final = names.PASSWORD | names.NEW_PASSWORD | names.REPEATED
_RIGHTS: Final = frozenset(
    listed("""admin isadmin role roles superuser issuperuser isstaff staff permissions permission scope scopes groups group
    authorities privileges privilege rights isactive active verified isverified emailverified userrole usertype accounttype
    level accesslevel credit credits balance""")
)  # who registers asks for none of it, unless it must
_TOLD: Final = frozenset(listed("id uuid createdat updatedat deletedat"))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to register."""

    user: str
    email: str
    phone: str
    password: str

    def value(self, kind: str) -> str:
        """What goes into a field of this kind."""
        return {"user": self.user, "email": self.email, "phone": self.phone, "password": self.password}[kind]


def invented(seed: str, number: int) -> Person:
    """The n-th person of a run; equal seeds give equal persons."""
    digest = hashlib.sha256(f"{seed}/{number}".encode()).digest()
    tail = "".join(_LETTERS[each % len(_LETTERS)] for each in digest[:_SHORTEST_NAME])
    digits = "".join(str(each % 10) for each in digest[8:15])
    mixed = "".join(
        (_LETTERS[each % len(_LETTERS)], _UPPER[each % len(_UPPER)], "23456789"[each % 8])[at % 3]
        for at, each in enumerate(digest[15:26])
    )
    user = f"ostiary{tail}"
    return Person(user, f"{user}@example.com", f"+1555{digits}", f"Os{mixed}{_SIGNS[digest[30] % 3]}7")


def kind_of(key: str) -> str:
    """What a field takes: ``user``, ``email``, ``phone``, ``password``; empty: none of these."""
    if key in _PASSWORDS:
        return "password"
    if _MAIL.search(key):
        return "email"
    if _PHONE.search(key):
        return "phone"
    return "user" if key in _NAMES else ""


def is_right(path: Path) -> bool:
    """Whether a field asks for more than an ordinary account has, or for what the server itself decides."""
    key = squeezed(path[-1])
    return key in _RIGHTS or key in _TOLD


def fitted(kind: str, text: str, schema: Mapping[str, Any]) -> str:
    """The text within the bounds of a schema; the end of a name is what differs, so that stays."""
    least, most = schema.get("minLength"), schema.get("maxLength")
    if isinstance(most, int) and 0 < most < len(text):
        if kind == "email":
            text = text[-most:] if most > len("@example.com") else text[:most]
        else:
            text = text[:2] + text[len(text) - most + 2 :] if most > 2 else text[-most:]  # noqa: PLR2004 - two letters first
    if isinstance(least, int) and len(text) < least <= 200:  # noqa: PLR2004 - nobody means more
        text = ("a" * (least - len(text)) if kind == "email" else "") + text
        text += "Ab3d" * ((least - len(text) + 3) // 4) if kind == "password" else ""
        text += "1" * max(0, least - len(text)) if kind == "phone" else "a" * max(0, least - len(text))
    pattern = schema.get("pattern")
    if not isinstance(pattern, str):
        return text
    for each in (text, text.lstrip("+"), text.lstrip("+1"), re.sub(r"[^A-Za-z0-9]", "", text), text.capitalize()):
        try:
            if re.search(pattern, each):
                return each
        except re.error:
            return text
    return ""


def simpler(person: Person) -> Person:
    """The same person where signs and plus signs are refused."""
    return replace(person, phone=person.phone.lstrip("+"), password=re.sub(r"[^A-Za-z0-9]", "x", person.password))
