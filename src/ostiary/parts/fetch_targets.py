"""A URL that a server will fetch is read one way only: what two readers could read differently is no URL here."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import Final, NamedTuple

from ostiary.parts.networks import Address

_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,31})://([^/?#\\]*)(?:[/?#].*)?", re.DOTALL)
_UNSEEN: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]")
_USER: Final = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*")  # RFC 3986 section 3.2.1
_PORT: Final = re.compile(r"[0-9]{1,5}")
_NAME: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")  # WHATWG URL, "ends in a number checker"
_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
_DEVIANT: Final = frozenset(
    "\u00df\u03c2\u200c\u200d"
)  # sharp s, final sigma, joiners; what is newer than Unicode 3.2 beside them
MOST: Final = 8192  # characters of a URL
_LONGEST_NAME: Final = 253  # RFC 1035 section 2.3.4

# RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`, and what offices and clouds use without asking anybody.
LOCAL: Final = frozenset({
    "localhost", "local", "internal", "intranet", "lan", "corp", "home", "private", "localdomain", "arpa", "invalid", "test",
    "onion", "cluster", "consul", "docker", "svc",
})  # fmt: skip


class Target(NamedTuple):
    """Where a URL leads: `address` where the host is written as one, else None."""

    scheme: str
    host: str
    port: int
    address: Address | None

    @property
    def is_local(self) -> bool:
        """Whether the name is one of this machine's or this network's by itself."""
        return self.address is None and ("." not in self.host or self.host.rpartition(".")[2] in LOCAL)


def target_of(url: str) -> Target:
    """Read an absolute URL.

    :raises ValueError: when it is none, or one of which two readers could make different things: backslashes, white
        space and control characters, more than one ``@``, escapes in the host, addresses in any but their usual form.
    """
    match = _URL.fullmatch(url) if len(url) <= MOST else None
    if match is None or _UNSEEN.search(url) is not None:
        raise ValueError("is not a plain URL")
    scheme, authority = match[1].lower(), match[2]
    user, at, place = authority.rpartition("@")
    if at and _USER.fullmatch(user) is None:
        raise ValueError("is not a plain URL")
    if place.startswith("["):
        literal, _, rest = place[1:].partition("]")
        port = _port(rest.removeprefix(":") if rest else "", scheme, valid=rest[:1] in {"", ":"})
        return Target(scheme, f"[{literal.lower()}]", port, _six(literal))
    host, _, number = place.partition(":")
    name = _ascii(host)
    return Target(scheme, name, _port(number, scheme), _four(name))


def _port(text: str, scheme: str, *, valid: bool = True) -> int:
    if not text and valid:
        return _PORTS.get(scheme, 0)
    if not valid or _PORT.fullmatch(text) is None or int(text) > 65535:  # noqa: PLR2004 - 16 bits
        raise ValueError("is not a plain URL")
    return int(text)


def _six(text: str) -> ipaddress.IPv6Address:
    if "%" in text:  # a zone is for this machine's own links
        raise ValueError("is not a plain URL")
    return ipaddress.IPv6Address(text)


def _ascii(host: str) -> str:
    """The host in lower case, international names as they are asked of DNS (RFC 3490), one final dot taken off."""
    if not host.isascii():
        if len(host) > _LONGEST_NAME:  # encoded, it is no shorter; and the codec takes quadratic time
            raise ValueError("is not a plain URL")
        if any(each in _DEVIANT or unicodedata.ucd_3_2_0.category(each) == "Cn" for each in host):
            raise ValueError("is not a plain URL")  # IDNA 2003 and 2008 (RFC 5894 section 7.2) make two names of it
        try:
            host = host.encode("idna").decode("ascii")  # maps full-width digits and dots to plain ones, as browsers do
        except UnicodeError as error:
            raise ValueError("is not a plain URL") from error
    name = host.lower().removesuffix(".")
    if len(name) > _LONGEST_NAME or _NAME.fullmatch(name) is None:
        raise ValueError("is not a plain URL")
    return name


def _four(name: str) -> ipaddress.IPv4Address | None:
    """The address, where the last label is a number; ``0177.1``, ``0x7f000001`` and ``2130706433`` are no way to write one."""
    if _NUMBER.fullmatch(name.rpartition(".")[2]) is None:
        return None
    return ipaddress.IPv4Address(name)
