"""TLS greetings are written by hand: a library's own could not offer what a server must refuse (RFC 5246, RFC 8446)."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ostiary.evidence import Http

VERSIONS: Final = {0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}
SSL3, TLS10, TLS11, TLS12, TLS13 = VERSIONS
WAIT: Final = 1.5  # seconds for a server that does not hang up
_ALERT, _HANDSHAKE = 21, 22
_SERVER_HELLO, _CERTIFICATE, _SERVER_KEY = 2, 11, 12
_SAFE_RENEGOTIATION: Final = 0x00FF  # RFC 5746 section 3.3: no suite
_GROUPS: Final = (29, 23, 24, 25, 256)
_SIGNATURES: Final = (
    0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0402, 0x0202,
)  # fmt: skip
_RANDOM: Final = bytes(range(32))  # nothing is encrypted with it: the greeting is all there is
_DHE: Final = frozenset(
    {0x0033, 0x0039, 0x0067, 0x006B, 0x009E, 0x009F, 0xCCAA, 0x0016, 0x0015, 0x0014, 0x0045, 0x0088}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """What a server answered; ``version`` is 0 where it agreed to nothing, and ``alert`` then says why.

    ``chain`` is empty in TLS 1.3, where certificates are encrypted; ``prime`` are the bits of a Diffie-Hellman group.
    """

    version: int = 0
    suite: int = 0
    compressed: bool = False
    chain: tuple[bytes, ...] = ()
    prime: int = 0
    alert: int = -1  # -1: none came


async def greet(http: Http, version: int, suites: Sequence[int], *, name: bool = True) -> Greeting:
    """Offer one version (and, below TLS 1.3, what lies beneath it) with these suites; one or two connections.

    :param name: whether to say which host is meant (RFC 6066 section 3).
    :raises Unanswerable: when no connection can be made.
    """
    hello = client_hello(version, suites, host=http.host if name else "")
    found = read(await http.raw(hello + _goodbye(version), tls=False, seconds=WAIT))
    if not found.version and found.alert < 0:  # some hang up on a goodbye so fast that their own words are lost
        found = read(await http.raw(hello, tls=False, seconds=WAIT))
    return found


def client_hello(version: int, suites: Sequence[int], *, host: str = "") -> bytes:
    """A ClientHello in its record."""
    legacy = min(version, TLS12)
    offered = [*suites, _SAFE_RENEGOTIATION]
    body = struct.pack("!H", legacy) + _RANDOM + b"\x00" + _sized(b"".join(struct.pack("!H", each) for each in offered))
    body += b"\x02\x01\x00"  # DEFLATE (RFC 3749), and none
    if version == TLS13:
        body = body[:-3] + b"\x01\x00"
    if version > SSL3:
        body += _sized(b"".join(_extensions(version, host)))
    handshake = b"\x01" + struct.pack("!I", len(body))[1:] + body
    return struct.pack("!BHH", _HANDSHAKE, min(version, TLS10), len(handshake)) + handshake


def _extensions(version: int, host: str) -> Iterator[bytes]:
    if host and not _is_address(host):
        yield _extension(0, _sized(b"\x00" + _sized(host.encode("ascii", "replace"))))
    yield _extension(10, _sized(struct.pack(f"!{len(_GROUPS)}H", *_GROUPS)))
    yield _extension(11, b"\x01\x00")
    if version >= TLS12:
        yield _extension(13, _sized(struct.pack(f"!{len(_SIGNATURES)}H", *_SIGNATURES)))
    if version == TLS13:
        yield _extension(43, b"\x02\x03\x04")
        yield _extension(51, _sized(struct.pack("!HH", 29, 32) + b"\x09" + bytes(31)))  # the base point of X25519


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _sized(data: bytes) -> bytes:
    return struct.pack("!H", len(data)) + data


def _extension(number: int, data: bytes) -> bytes:
    return struct.pack("!H", number) + _sized(data)


def _goodbye(version: int) -> bytes:
    """A fatal alert, so that nobody waits for the rest of a handshake ("user canceled" would not end TLS 1.3)."""
    return struct.pack("!BHHBB", _ALERT, min(version, TLS12), 2, 2, 80)


def read(data: bytes) -> Greeting:
    """What a server's records say, as far as they came."""
    messages, alert = _records(data)
    version = suite = prime = 0
    compressed = False
    chain: tuple[bytes, ...] = ()
    for kind, body in _messages(messages):
        if kind == _SERVER_HELLO and len(body) >= 38:  # noqa: PLR2004 - up to the session's length
            version, suite, compressed = _hello(body)
        elif kind == _CERTIFICATE:
            chain = tuple(_listed(body[3:]))
        elif kind == _SERVER_KEY and suite in _DHE:
            prime = int.from_bytes(body[2 : 2 + int.from_bytes(body[:2], "big")], "big").bit_length()
    return Greeting(version=version, suite=suite, compressed=compressed, chain=chain, prime=prime, alert=alert)


def _records(data: bytes) -> tuple[bytes, int]:
    messages, alert = b"", -1
    while len(data) >= 5:  # noqa: PLR2004 - type, version, length
        kind, major, length = data[0], data[1], int.from_bytes(data[3:5], "big")
        if major != 3:  # noqa: PLR2004 - not TLS at all
            break
        fragment, data = data[5 : 5 + length], data[5 + length :]
        if kind == _HANDSHAKE:
            messages += fragment
        elif kind == _ALERT and len(fragment) == 2:  # noqa: PLR2004 - in clear
            alert = fragment[1]
        else:
            break  # what is encrypted from here on
    return messages, alert


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 4:  # noqa: PLR2004 - type and length
        length = int.from_bytes(data[1:4], "big")
        if len(data) < 4 + length:
            return
        yield data[0], data[4 : 4 + length]
        data = data[4 + length :]


def _hello(body: bytes) -> tuple[int, int, bool]:
    version = int.from_bytes(body[:2], "big")
    at = 35 + body[34]
    suite, compressed = int.from_bytes(body[at : at + 2], "big"), body[at + 2 : at + 3] not in {b"", b"\x00"}
    rest = body[at + 5 :]
    while len(rest) >= 4:  # noqa: PLR2004 - an extension's head
        number, length = struct.unpack("!HH", rest[:4])
        if number == 43 and length == 2:  # noqa: PLR2004 - supported_versions
            version = int.from_bytes(rest[4:6], "big")
        rest = rest[4 + length :]
    return version, suite, compressed


def _listed(data: bytes) -> Iterator[bytes]:
    while len(data) > 3:  # noqa: PLR2004 - a length
        length = int.from_bytes(data[:3], "big")
        yield data[3 : 3 + length]
        data = data[3 + length :]
