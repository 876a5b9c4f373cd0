"""Forwarding headers: which there are, and what the chain of trusted proxies says of the client."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from ostiary.model import Exchange
from ostiary.parts.networks import Networks, address_of

# The forwarding headers that proxies and content networks write, and that applications believe.
FORWARDING = (
    "forwarded", "forwarded-for", "x-forwarded", "x-forwarded-for", "x-forwarded-by", "x-forwarded-host",
    "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-proto", "x-forwarded-protocol", "x-forwarded-scheme",
    "x-forwarded-server", "x-forwarded-ssl", "x-forwarded-client-cert", "x-host", "x-original-host", "x-url-scheme",
    "front-end-https", "x-real-ip", "x-client-ip", "client-ip", "true-client-ip", "cf-connecting-ip",
    "cf-connecting-ipv6", "fastly-client-ip", "x-cluster-client-ip", "x-envoy-external-address", "x-originating-ip",
    "x-remote-ip", "x-remote-addr", "proxy-client-ip", "wl-proxy-client-ip",
)  # fmt: skip
# Of these a trusted proxy's word is needed for links and ports; the client's address is rewritten, the rest goes.
WORD_OF_PROXIES = frozenset({"x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-proto"})
# Some frameworks route by these: a rule for one path is got round by asking for another.
REWRITING = ("x-original-url", "x-rewrite-url", "x-original-uri", "x-rewrite-uri", "x-override-url")


def spellings(names: Iterable[str]) -> frozenset[bytes]:
    """Every name, and every way to write it with underscores: CGI and WSGI read both as the same."""
    found = set()
    for name in names:
        parts = name.lower().split("-")
        for marks in itertools.product("-_", repeat=len(parts) - 1):
            found.add("".join(map("".join, zip(parts, (*marks, ""), strict=True))).encode())
    return frozenset(found)


def believe(exchange: Exchange, trusted: Networks, *, by_standard: bool) -> None:
    """Set client and scheme from what a trusted peer says, going from it outwards as far as proxies are trusted.

    :param by_standard: read ``Forwarded`` (RFC 7239) instead of ``X-Forwarded-For`` and ``X-Forwarded-Proto``.
    """
    said = (_forwarded if by_standard else _x_forwarded)(exchange)
    for node, scheme in reversed(said):  # the last was written by the peer itself
        if scheme in {"http", "https"}:
            exchange.scheme = scheme
        address = address_of(node)
        if address is None:
            break  # hidden or garbled: what stands left of it, anybody may have written
        exchange.client = str(address)
        if exchange.client not in trusted:
            break


def _x_forwarded(exchange: Exchange) -> list[tuple[str, str]]:
    """(address, scheme) from left to right; only the nearest proxy's scheme is known to be its own."""
    texts = b",".join(exchange.all(b"x-forwarded-for")).decode("latin-1").split(",")
    addresses = [_bare(each) for each in texts]
    scheme = b",".join(exchange.all(b"x-forwarded-proto")).decode("latin-1").rpartition(",")[2].strip().lower()
    return [*((each, "") for each in addresses[:-1]), (addresses[-1], scheme)]


_PAIR = r"[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=(?:\"((?:[^\"\\]|\\.)*)\"|([^ \t;,\"]*))[ \t]*"
_ONE = re.compile(_PAIR)
_ELEMENT = re.compile(rf"{_PAIR}(?:;{_PAIR})*;?[ \t]*")


def _forwarded(exchange: Exchange) -> list[tuple[str, str]]:
    """(address, scheme) of each element, from left to right (RFC 7239 section 4).

    Read from the right, a comma at a time: a quotation mark that a stranger left open must not swallow what the proxy
    wrote behind it. An element that is none by itself ends the chain, and so does one that names its client twice.
    """
    said: list[tuple[str, str]] = []
    for element in reversed(b",".join(exchange.all(b"forwarded")).decode("latin-1").split(",")):
        pairs: dict[str, str] = {}
        if _ELEMENT.fullmatch(element) is not None:
            found = [(match[1].lower(), match[2] or match[3] or "") for match in _ONE.finditer(element)]
            pairs = dict(found) if len(dict(found)) == len(found) else {}
        said.append((_bare(pairs.get("for", "")), pairs.get("proto", "").lower()))
    return said[::-1]


def _bare(node: str) -> str:
    """An address without brackets and port."""
    node = node.strip()
    if node.startswith("["):
        return node[1:].partition("]")[0]
    return node.partition(":")[0] if node.count(":") == 1 else node
