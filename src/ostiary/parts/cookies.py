"""A Set-Cookie field is read as browsers read it (RFC 10025 section 5.6): cut at semicolons, the last of a kind counts."""

from __future__ import annotations

import calendar
import re
from typing import Final, NamedTuple

_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")
_DAY: Final = re.compile(
    r"(?:^|[^0-9])([0-3]?[0-9])[ -](jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ -]([0-9]{2,4})"
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SITES: Final = frozenset({"strict", "lax", "none"})
_A_DAY: Final = 86400.0  # seconds


class Cookie(NamedTuple):
    """One Set-Cookie field: `attributes` maps lower-case names to the last value given."""

    name: str
    value: str
    attributes: dict[str, str]

    @property
    def prefixed(self) -> bool:
        """Whether its name promises Secure (``__Host-``, ``__Secure-``; browsers compare them without case)."""
        return self.name.lower().startswith(("__host-", "__secure-", "__http-", "__host-http-"))

    @property
    def same_site(self) -> str:
        """``strict``, ``lax`` or ``none``; empty when nothing that browsers know is said."""
        value = self.attributes.get("samesite", "").lower()
        return value if value in _SITES else ""

    def deletes(self, now: float) -> bool:
        """Whether it only removes a cookie: Max-Age is not above 0, or else Expires is past by a day (`now`: epoch)."""
        age = self.attributes.get("max-age", "")
        if _NUMBER.fullmatch(age):
            return int(age) <= 0
        found = _DAY.search(self.attributes.get("expires", "").lower())
        if found is None:
            return False
        year = int(found[3])
        year += 1900 if 70 <= year <= 99 else 2000 if year < 70 else 0  # noqa: PLR2004 - RFC 10025 section 5.1.1
        day = calendar.timegm((year, _MONTHS.index(found[2]) + 1, min(max(int(found[1]), 1), 28), 0, 0, 0))
        return day < now - _A_DAY * 4  # the 31st was taken for the 28th


def read(field: bytes) -> Cookie:
    """Read the value of a Set-Cookie field; any text is one, as to a browser."""
    pair, *rest = field.decode("latin-1").split(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", name
    attributes = {}
    for each in rest:
        key, _, said = each.partition("=")
        attributes[key.strip(" \t").lower()] = said.strip(" \t")
    return Cookie(name.strip(" \t"), value.strip(" \t"), attributes)


def without(field: bytes, attribute: str) -> bytes:
    """The field without an attribute, every time it is given; `attribute` in lower case."""
    pair, *rest = field.split(b";")
    wanted = attribute.encode()
    kept = [each for each in rest if each.partition(b"=")[0].strip(b" \t").lower() != wanted]
    return b";".join([pair, *kept])
