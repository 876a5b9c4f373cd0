"""Cookies as an auditor sees them set: what they are for, judged by name and value, and which attributes they lack."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

_STATE: Final = re.compile(
    r"sess|sid$|^sid|auth|token|jwt|login|logged|remember|credential|identity|user_?id|access|refresh|ticket|\.aspnet",
    re.IGNORECASE,
)
# What scripts have to read, or anybody may: the form token that is sent back, languages, consent, counting, balancing.
_OTHER: Final = re.compile(
    r"x?[cs]srf|xsrf|antiforgery|verification|lang|locale|i18n|theme|consent|currency|time_?zone|^tz$|^_ga|^_gid|^_fbp|utm|analytics|"
    r"country|region|^awsalb|^bigip|^incap|^__cf|^cf_|lb_?cookie|affinity|flash|messages?$|color|accessib",
    re.IGNORECASE,
)
_RANDOM: Final = re.compile(r"[\w.%+/=:~-]{20,}")
_DISTINCT: Final = 10  # characters of a value that is random rather than a word


class Set(NamedTuple):
    """One Set-Cookie field (RFC 6265 section 4.1), attributes in lower case."""

    name: str
    value: str
    attributes: dict[str, str]

    @property
    def is_state(self) -> bool:
        """Whether it holds a session or a login, rather than a preference."""
        if _OTHER.search(self.name):
            return False
        bare = re.sub(r"^__(?:Host|Secure)-", "", self.name, flags=re.IGNORECASE)
        random = _RANDOM.fullmatch(self.value.strip('"')) is not None and len(set(self.value)) >= _DISTINCT
        return bool(_STATE.search(bare)) or random

    def deletes(self, now: float) -> bool:
        """Whether it takes the cookie away (`now`: seconds since the epoch)."""
        age = self.attributes.get("max-age", "")
        if age.lstrip("-").isdecimal():
            return int(age) <= 0
        try:
            return parsedate_to_datetime(self.attributes.get("expires", "").replace("-", " ")).timestamp() < now
        except (TypeError, ValueError, OverflowError):
            return not self.value.strip('"')

    @property
    def same_site(self) -> str:
        """``strict``, ``lax``, ``none``, or empty."""
        found = self.attributes.get("samesite", "").lower()
        return found if found in {"strict", "lax", "none"} else ""


def read(field: str) -> Set:
    """Read one Set-Cookie field."""
    pair, *rest = field.split(";")
    name, _, value = pair.partition("=")
    attributes = {}
    for each in rest:
        key, _, said = each.partition("=")
        attributes[key.strip().lower()] = said.strip()
    return Set(name.strip(), value.strip(), attributes)
