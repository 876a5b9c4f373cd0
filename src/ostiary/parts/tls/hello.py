"""TLS greetings are written by hand: a library's own could not offer what a server must refuse (RFC 5246, RFC 8446)."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ostiary.parts.tls.suites import FINITE

VERSIONS: Final = {0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}
SSL3, TLS10, TLS11, TLS12, TLS13 = VERSIONS
_ALERT, _HANDSHAKE = 21, 22
_SERVER_HELLO, _CERTIFICATE, _SERVER_KEY, _DONE = 2, 11, 12, 14
_SAFE_RENEGOTIATION: Final = 0x00FF  # RFC 5746 section 3.3: no suite
_GROUPS: Final = (29, 23, 24, 25, 30, 26, 27, 28, 256, 257, 258)  # X25519, NIST's, X448, Brainpool's, and integers
_SIGNATURES: Final = (
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B, 0x0401, 0x0501, 0x0601, 0x0203,
    0x0201, 0x0402, 0x0202,
)  # fmt: skip
_RANDOM: Final = bytes(range(32))  # nothing is encrypted with it: the greeting is all there is
_SESSION: Final = bytes(range(32, 64))  # TLS 1.3 looks like a resumption of 1.2, for boxes between (RFC 8446, D.4)
_AGAIN: Final = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")  # HelloRetryRequest
_ENDED: Final = frozenset({_DONE})
_FINITE: Final = frozenset(FINITE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """What a server answered; ``version`` is 0 where it agreed to nothing, and ``alert`` then says why.

    ``chain`` is empty in TLS 1.3, where certificates are encrypted; ``prime`` are the bits of a Diffie-Hellman group.
    ``group`` is the one that TLS 1.3 agreed to, also where it asked for another greeting to use it (``again``).
    """

    version: int = 0
    suite: int = 0
    compressed: bool = False
    chain: tuple[bytes, ...] = ()
    prime: int = 0
    alert: int = -1  # -1: none came
    group: int = 0
    again: bool = False


def client_hello(version: int, suites: Sequence[int], *, host: str = "") -> bytes:
    """A ClientHello in its record, which offers one version (below TLS 1.3: and what lies beneath it).

    :param host: the name to ask for; addresses are not named (RFC 6066 section 3).
    """
    offered = [*suites, _SAFE_RENEGOTIATION]
    session = _SESSION if version == TLS13 else b""
    body = struct.pack("!H", min(version, TLS12)) + _RANDOM + bytes([len(session)]) + session
    body += _sized(struct.pack(f"!{len(offered)}H", *offered))
    body += b"\x01\x00" if version == TLS13 else b"\x02\x01\x00"  # no compression; below, DEFLATE too (RFC 3749)
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


def goodbye(version: int) -> bytes:
    """A fatal alert, so that nobody waits for the rest of a handshake ("user canceled" would not end TLS 1.3)."""
    return struct.pack("!BHHBB", _ALERT, min(version, TLS12), 2, 2, 80)


def speaks(data: bytes) -> bool:
    """Whether bytes begin as a record of TLS does: an answer to a greeting, or an alert."""
    return len(data) >= 3 and data[0] in {_ALERT, _HANDSHAKE} and data[1] == 3  # noqa: PLR2004 - type and version


def settled(data: bytes) -> bool:
    """Whether nothing more will come that tells: an alert, all of a server's first words, or what is no TLS."""
    if len(data) >= 3 and not speaks(data):  # noqa: PLR2004 - type and version
        return True
    messages, alert, sealed = _records(data)
    if alert >= 0 or sealed:
        return True
    found = dict(_messages(messages))
    if _SERVER_HELLO in found and _hello(found[_SERVER_HELLO]).version == TLS13:
        return True  # the rest is encrypted
    return bool(_ENDED & found.keys())


def read(data: bytes) -> Greeting:
    """What a server's records say, as far as they came."""
    messages, alert, _ = _records(data)
    hello, prime = Greeting(), 0
    chain: tuple[bytes, ...] = ()
    for kind, body in _messages(messages):
        if kind == _SERVER_HELLO:
            hello = _hello(body)
        elif kind == _CERTIFICATE:
            chain = tuple(_listed(body[3:]))
        elif kind == _SERVER_KEY and hello.suite in _FINITE:
            prime = int.from_bytes(body[2 : 2 + int.from_bytes(body[:2], "big")], "big").bit_length()
    return Greeting(
        version=hello.version,
        suite=hello.suite,
        compressed=hello.compressed,
        chain=chain,
        prime=prime,
        alert=alert,
        group=hello.group,
        again=hello.again,
    )


def _records(data: bytes) -> tuple[bytes, int, bool]:
    """Messages of the handshake, an alert's number (-1: none), and whether encrypted records follow."""
    messages, alert = bytearray(), -1
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
            return bytes(messages), alert, True
    return bytes(messages), alert, False


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 4:  # noqa: PLR2004 - type and length
        length = int.from_bytes(data[1:4], "big")
        if len(data) < 4 + length:
            return
        yield data[0], data[4 : 4 + length]
        data = data[4 + length :]


def _hello(body: bytes) -> Greeting:
    if len(body) < 38:  # noqa: PLR2004 - up to the session's length
        return Greeting()
    version, group = int.from_bytes(body[:2], "big"), 0
    at = 35 + body[34]
    suite, compressed = int.from_bytes(body[at : at + 2], "big"), body[at + 2 : at + 3] not in {b"", b"\x00"}
    rest = body[at + 5 :]
    while len(rest) >= 4:  # noqa: PLR2004 - an extension's head
        number, length = struct.unpack("!HH", rest[:4])
        if number == 43 and length == 2:  # noqa: PLR2004 - supported_versions
            version = int.from_bytes(rest[4:6], "big")
        elif number == 51:  # noqa: PLR2004 - key_share
            group = int.from_bytes(rest[4:6], "big")
        rest = rest[4 + length :]
    return Greeting(version=version, suite=suite, compressed=compressed, group=group, again=body[2:34] == _AGAIN)


def _listed(data: bytes) -> Iterator[bytes]:
    while len(data) > 3:  # noqa: PLR2004 - a length
        length = int.from_bytes(data[:3], "big")
        yield data[3 : 3 + length]
        data = data[3 + length :]
