"""An address is public or it is not, and what it carries inside (mapped, translated, tunnelled) counts as well."""

from __future__ import annotations

import ipaddress
from typing import Final

from ostiary.parts.networks import Address

# IANA Special-Purpose Address Registries (RFC 6890 and its successors), and a metadata service on a public address.
_NOT_PUBLIC_4: Final = tuple(
    ipaddress.IPv4Network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # Azure: the host's own agent
    )
)  # fmt: skip
_GLOBAL_6: Final = ipaddress.IPv6Network("2000::/3")  # all that is assigned to anybody
_NOT_PUBLIC_6: Final = tuple(
    ipaddress.IPv6Network(each)
    for each in (
        "2001::/23",  # Teredo, ORCHID, benchmarks and other assignments of the IETF
        "2001:db8::/32", "3fff::/20",  # documentation
    )
)  # fmt: skip
_EMBEDDING: Final = (  # prefix, and how many bits are right of the IPv4 address that stands in it
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0),  # IPv4-mapped
    (ipaddress.IPv6Network("::ffff:0:0:0/96"), 0),  # IPv4-translated, RFC 2765
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),  # NAT64, RFC 6052
    (ipaddress.IPv6Network("2002::/16"), 80),  # 6to4, RFC 3056
)


def is_public(address: Address) -> bool:
    """Whether an address is somebody's on the Internet: not private, loopback, link-local, multicast or reserved.

    Addresses that carry an IPv4 one are judged by it; Teredo and IPv4-compatible ones never are public.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in each for each in _NOT_PUBLIC_4)
    inner = embedded(address)
    if inner is not None:
        return is_public(inner)
    return address in _GLOBAL_6 and not any(address in each for each in _NOT_PUBLIC_6)


def embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for, or None."""
    for network, right in _EMBEDDING:
        if address in network:
            return ipaddress.IPv4Address(int(address) >> right & 0xFFFFFFFF)
    return None
