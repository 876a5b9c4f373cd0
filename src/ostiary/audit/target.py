"""What may be audited: the address is resolved once, must be near unless the operator is authorized, and is pinned."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from ostiary.errors import ConfigError, Unanswerable

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z._-]{0,252})")
_SHARED: Final = ipaddress.ip_network("100.64.0.0/10")  # RFC 6598: a carrier's inside, not ours to call private


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A base URL with the addresses that its name had when the audit began; no later lookup can move it.

    ``prefix`` is the URL's path without a trailing slash; ``addresses`` are tried in order.
    """

    scheme: str
    host: str
    port: int
    prefix: str = ""
    addresses: tuple[str, ...] = ()

    @property
    def authority(self) -> str:
        """What belongs into the Host header: brackets around IPv6, no default port (RFC 9110 section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def base(self) -> str:
        """Scheme, host and port, without a path."""
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        """The URL as audited, with its path prefix."""
        return self.base + self.prefix


def parse(url: str) -> Target:
    """Read a URL; a bare ``host:port`` is taken as http on loopback-like names, as the user would mean it.

    :raises ConfigError: when it is no http(s) URL of a host.
    """
    text = url if "://" in url else f"http://{url}"
    if not text.isascii() or re.search(r"[\x00-\x20\x7f\\]", text):
        raise ConfigError("URL", f"{url!r} holds a character that no URL has", "write names in their ASCII form")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ConfigError("URL", f"{url!r} is no URL: {error}") from error
    _refuse_odd(url, parts)
    host = (parts.hostname or "").rstrip(".")
    if not _is_host(host):
        raise ConfigError("URL", f"{url!r} names no host", "for example http://127.0.0.1:8000")
    if port == 0:
        raise ConfigError("URL", "port 0 cannot be connected to")
    return Target(
        scheme=parts.scheme, host=host, port=port or DEFAULT_PORTS[parts.scheme], prefix=parts.path.rstrip("/")
    )


def _refuse_odd(url: str, parts: SplitResult) -> None:
    if parts.scheme not in DEFAULT_PORTS:
        raise ConfigError("URL", f"{parts.scheme!r} is not http or https", "for example http://127.0.0.1:8000")
    if parts.username is not None or parts.password is not None:
        raise ConfigError("URL", "holds credentials", "give them with --header or --bearer, where reports mask them")
    if parts.query or parts.fragment:
        raise ConfigError(
            "URL", f"{url!r} has a query or a fragment", "give the base of the API; --api names a document"
        )


def _is_host(host: str) -> bool:
    return _address(host) is not None or _HOST.fullmatch(host) is not None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def is_near(address: str) -> bool:
    """Whether an address is this machine's or of a private network (RFC 1918, 4193, link-local)."""
    found = _address(address)
    if found is None:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.is_multicast or found in _SHARED:
        return False
    return found.is_loopback or found.is_private or found.is_link_local or found.is_unspecified


async def pin(target: Target, *, authorized: bool = False, resolve: Sequence[str] = ()) -> Target:
    """Look the name up once and keep the addresses for the whole run.

    :param authorized: the operator says that the owner of a public target agreed.
    :param resolve: ``HOST:PORT:ADDRESS`` as curl's ``--resolve`` writes it; such a host is not looked up.
    :raises ConfigError: when an address is public and `authorized` is not given.
    :raises Unanswerable: when the name has no address.
    """
    addresses = _resolved(target, resolve)
    if not addresses and _address(target.host) is not None:
        addresses = [target.host]
    if not addresses:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise Unanswerable(f"{target.host} has no address: {error.strerror or error}") from error
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    refuse_far(target.host, addresses, authorized=authorized)
    return Target(
        scheme=target.scheme,
        host=target.host,
        port=target.port,
        prefix=target.prefix,
        addresses=tuple(addresses),
    )


def refuse_far(host: str, addresses: Sequence[str], *, authorized: bool, where: str = "URL") -> None:
    """Only what is near is asked, unless the operator says that its owner agreed.

    :raises ConfigError: for an address that is neither loopback nor private.
    """
    far = [each for each in addresses if not is_near(each)]
    if far and not authorized:
        named = host if far[0] == host else f"{host} is {far[0]}, which"
        raise ConfigError(
            where,
            f"{named} is a public address; only loopback and private ones are audited without a word from you",
            "if its owner agreed to this audit, say so with --authorized",
        )


def _resolved(target: Target, resolve: Sequence[str]) -> list[str]:
    found = []
    for each in resolve:
        host, _, rest = each.partition(":")
        port, _, address = rest.partition(":")
        address = address.strip("[]")
        if not port.isdigit() or _address(address) is None:
            raise ConfigError("--resolve", f"{each!r} is not HOST:PORT:ADDRESS", "for example api.test:443:127.0.0.1")
        with contextlib.suppress(ValueError):
            if host.lower() == target.host.lower() and int(port) == target.port:
                found.append(address)
    return found
