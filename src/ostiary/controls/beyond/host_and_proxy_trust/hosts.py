"""Which host names are served: those that are configured, else those of the document, and loopback to itself."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable

from ostiary.errors import ConfigError
from ostiary.parts.networks import address_of

_MOST_REMEMBERED = 1024  # Host values whose verdict is known; a full memory starts anew
# RFC 9110 section 7.2 with RFC 3986 section 3.2.2, without the letters nobody puts in a host name; the port apart
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9._\-]{0,253}))(?::[0-9]{0,5})?")


class Verdict(enum.IntEnum):
    """What a Host value is to us."""

    SERVED = 0
    LOOPBACK = 1  # a name of the machine itself, good for callers on it
    UNKNOWN = 2
    MALFORMED = 3


class Hosts:
    """The names served, asked with a raw Host value.

    :param names: ``api.example.com``, ``*.example.com`` (any depth below), ``*`` (any name), addresses.
    :param where: the setting they come from, for messages.
    :raises ConfigError: when one is not a host name.
    """

    def __init__(self, names: Iterable[str], where: str) -> None:
        self._remembered: dict[bytes, Verdict] = {}
        self._exact: set[str] = set()
        self._below: set[str] = set()
        self._any = False
        for name in names:
            if name == "*":
                self._any = True
                continue
            plain = name_of(name.removeprefix("*.").encode())
            if not plain or "/" in name:
                raise ConfigError(where, f"{name!r} is not a host name", 'write "api.example.com", without a scheme')
            (self._below if name.startswith("*.") else self._exact).add(plain)

    def verdict(self, host: bytes) -> Verdict:
        """What a Host value is to us; remembered."""
        known = self._remembered.get(host)
        if known is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            known = self._remembered[host] = self._look(name_of(host))
        return known

    def _look(self, name: str) -> Verdict:
        if not name:
            return Verdict.MALFORMED
        if self._any or name in self._exact or any(each in self._below for each in _parents(name)):
            return Verdict.SERVED
        return Verdict.LOOPBACK if _is_loopback(name) else Verdict.UNKNOWN


def name_of(host: bytes) -> str:
    """The name of a Host value: lower case, no port, no trailing dot; IPv6 in its short form; empty if malformed."""
    match = _HOST.fullmatch(host)
    if match is None:
        return ""
    name = match[1].decode().lower()
    if name.startswith("["):
        address = address_of(name[1:-1])
        return f"[{address}]" if address else ""
    name = name.removesuffix(".")
    return "" if ".." in name or name.endswith(".") else name


def _is_loopback(name: str) -> bool:
    address = address_of(name.strip("[]"))
    return address.is_loopback if address else name == "localhost" or name.endswith(".localhost")


def _parents(name: str) -> Iterable[str]:
    while "." in name:
        name = name.partition(".")[2]
        yield name
