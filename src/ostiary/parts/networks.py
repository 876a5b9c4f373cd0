"""Whether an address is in a set of networks: ranges computed once, answers remembered, both bounded."""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable

from ostiary.errors import ConfigError

UNIX = "unix"  # how settings name the peer of a UNIX socket, which has no address
_MOST_REMEMBERED = 8192  # addresses; a full memory starts anew
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def address_of(text: str) -> Address | None:
    """The address a text denotes: an IPv4-mapped IPv6 address is the IPv4 one, a zone is not part of it; or None."""
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if found.version == 6 else found  # noqa: PLR2004 - an IP version


def is_local(peer: str) -> bool:
    """Whether a socket's peer is on this machine: loopback, or a UNIX socket."""
    if peer.startswith("127.") or peer in {"", "::1"}:
        return True
    return peer.startswith("::ffff:127.")


class Networks:
    """A set of networks, asked with ``address in networks``.

    :param texts: CIDRs or single addresses, IPv4 and IPv6; ``unix`` for the peer of a UNIX socket.
    :param where: the setting they come from, for messages.
    :raises ConfigError: when one is not a network, or has bits set right of its prefix.
    """

    def __init__(self, texts: Iterable[str], where: str) -> None:
        self._ranges: dict[int, tuple[list[int], list[int]]] = {}
        self._remembered: dict[str, bool] = {}
        texts = tuple(texts)
        self._unix = UNIX in texts
        networks = [_network(text, where) for text in texts if text != UNIX]
        for version in (4, 6):
            pairs = sorted(
                (int(each.network_address), int(each.broadcast_address)) for each in networks if each.version == version
            )
            starts: list[int] = []
            ends: list[int] = []
            for start, end in pairs:
                if ends and start <= ends[-1]:
                    ends[-1] = max(ends[-1], end)
                else:
                    starts.append(start)
                    ends.append(end)
            self._ranges[version] = (starts, ends)
        self._some = bool(texts)

    def __bool__(self) -> bool:
        return self._some

    def __contains__(self, address: str) -> bool:
        known = self._remembered.get(address)
        if known is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            known = self._remembered[address] = self._look(address)
        return known

    def _look(self, text: str) -> bool:
        if not text:
            return self._unix
        address = address_of(text)
        if address is None:
            return False
        starts, ends = self._ranges[address.version]
        at = bisect_right(starts, int(address)) - 1
        return at >= 0 and int(address) <= ends[at]


def _network(text: str, where: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        pass
    try:
        hint = f"did you mean {str(ipaddress.ip_network(text, strict=False))!r}?"
    except ValueError:
        hint = 'write networks such as "10.0.0.0/8", "2001:db8::/32" or "192.0.2.7"'
    raise ConfigError(where, f"{text!r} is not a network", hint)
