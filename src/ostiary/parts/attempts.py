"""A guess is counted under names that tell nothing of the account: a keyed digest, and the network it comes from."""

from __future__ import annotations

import functools
import hashlib
import ipaddress
import re
import unicodedata
from typing import Final

from ostiary.parts.networks import address_of
from ostiary.strict import Secret

LABEL: Final = b"ostiary attempts"  # the key where the policy gives none: digests that at least no other table has
LONGEST: Final = 1024  # characters of an account's name; e-mail addresses end at 254 (RFC 5321 section 4.5.3.1)
_DIGEST: Final = 16  # bytes: two accounts that share one take 2^64 tries to find
_NUMBER: Final = re.compile(r"[^\w@]*(?:[0-9][^\w@]*){5,}")  # nothing but digits, and what people put between them
_UUID: Final = re.compile(r"(?:urn:uuid:)?\{?((?:[0-9a-f]-?){31}[0-9a-f])\}?")
_NOT_DIGITS: Final = re.compile(r"[^0-9]")
_UNSEEN: Final = frozenset({"Cf", "Cc", "Me", "Cn"})
_SELECTORS: Final = re.compile(
    "[\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0000-\U000e0fff]"
)  # of one form of a letter or another
_CONTROLS: Final = dict.fromkeys((*range(32), 127))
# Letters that do not decompose, and that the same databases, or UPPER(), take for others.
_LIKE: Final = str.maketrans(
    {"\u0131": "i", "\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u00e6": "ae", "\u0153": "oe"}
)
_IPV6_SITE: Final = 64  # bits: what one customer gets at the least (RFC 6177), and may roam in freely


def normalised(name: str) -> str:
    """An account's name as the most forgiving application compares it.

    Case and compatibility forms folded (Unicode TR 15, NFKC), space around it gone, and so are accents and characters
    that show nothing: databases that ignore them (MySQL's default collation) would know ``alicé`` as ``alice``, and each
    spelling would have tries of its own. Dots and what follows a plus stay: few applications ignore those. A telephone
    number is its digits.
    """
    if name.isascii():
        text = name.lower().translate(_CONTROLS).strip()
    else:
        folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
        text = unicodedata.normalize("NFKC", "".join(filter(_shows, folded)).translate(_LIKE)).strip()
    if _NUMBER.fullmatch(text) is not None:
        return _NOT_DIGITS.sub("", text).lstrip("0")
    return text


def _shows(char: str) -> bool:
    """Whether a character of a decomposed name tells it from another: no mark on the letter before, no selector of its form."""
    if " " <= char <= "~":
        return True
    seen = not unicodedata.combining(char) and unicodedata.category(char) not in _UNSEEN
    return seen and _SELECTORS.match(char) is None


def _challenge(name: str) -> str:
    """A challenge's id as readers of UUIDs and of numbers take it: in any case, with dashes, braces and zeros or without."""
    text = name.strip().casefold()
    match = _UUID.fullmatch(text)
    return text.lstrip("0") if match is None else match[1].replace("-", "")


def account_digest(name: str, pepper: Secret | None = None, *, kind: str = "") -> str:
    """The key of an account: a digest of its normalised name that cannot be undone without the pepper's knowledge.

    :param kind: what else than an account is named: ``client``, whose names are taken exactly, or ``challenge``.
    """
    key = LABEL if pepper is None else hashlib.blake2b(pepper.reveal().encode(), digest_size=32).digest()
    text = f"{kind}\x00{_challenge(name) if kind == 'challenge' else name}" if kind else normalised(name)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=key, digest_size=_DIGEST).hexdigest()


@functools.lru_cache(maxsize=8192)
def source_of(client: str) -> str:
    """What a client is counted by: its IPv4 address, its IPv6 /64; empty where it has no address (a UNIX socket)."""
    address = address_of(client)
    if address is None:
        return ""
    if address.version == 4:  # noqa: PLR2004 - an IP version
        return str(address)
    kept = int(address) >> (128 - _IPV6_SITE) << (128 - _IPV6_SITE)
    return str(ipaddress.IPv6Network((kept, _IPV6_SITE)))


def key(*parts: str) -> str:
    """One key of parts; its end is marked, so that no key is the beginning of another (``192.0.2.1``, ``192.0.2.10``)."""
    return ":".join(parts) + ";"
