"""The name in a Host value or in the authority of a URL, in one spelling, so that two of them can be compared."""

from __future__ import annotations

import functools
import re
from typing import Final

from ostiary.parts.networks import address_of

# RFC 9110 section 7.2 with RFC 3986 section 3.2.2, without the letters nobody puts in a host name; the port apart
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253}))(?::([0-9]{0,5}))?")


@functools.lru_cache(maxsize=1024)
def split(host: str) -> tuple[str, str]:
    """Name and port: lower case, no trailing dot, IPv6 in its short form; two empty texts where it is malformed."""
    match = _HOST.fullmatch(host)
    if match is None:
        return "", ""
    name = match[1].lower()
    if name.startswith("["):
        address = address_of(name[1:-1])
        name = f"[{address}]" if address else ""
    return name.removesuffix("."), match[2] or ""


def name_of(host: bytes) -> str:
    """The name of a Host value; empty where it is malformed."""
    return split(host.decode("latin-1"))[0]


def is_loopback(name: str) -> bool:
    """Whether a name, as `name_of` spells it, is this machine to whoever uses it."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = address_of(name.strip("[]"))
    return address is not None and address.is_loopback
