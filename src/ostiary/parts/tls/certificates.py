"""What a certificate says of itself: its names, its time, its key, the hash under its signature, its pin (RFC 5280, RFC 7469)."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import ipaddress
import itertools
from collections.abc import Sequence
from typing import Final, NamedTuple

_RSA: Final = bytes.fromhex("2a864886f70d010101")
_PSS: Final = bytes.fromhex("2a864886f70d01010a")
_DSA: Final = bytes.fromhex("2a8648ce380401")
_EC: Final = bytes.fromhex("2a8648ce3d0201")
_CURVES: Final = {
    "2a8648ce3d030101": 192, "2b81040021": 224, "2a8648ce3d030107": 256, "2b81040022": 384, "2b81040023": 521,
    "2b8104000a": 256, "2b2403030208010107": 256, "2b240303020801010b": 384, "2b240303020801010d": 512,
}  # fmt: skip
_EDWARDS: Final = {"2b6570": ("Ed25519", 256), "2b6571": ("Ed448", 448)}
_BROKEN_HASHES: Final = {
    "2a864886f70d010102": "MD2", "2a864886f70d010104": "MD5", "2a864886f70d010105": "SHA-1", "2a8648ce3d0401": "SHA-1",
    "2a8648ce380403": "SHA-1", "2b0e03021d": "SHA-1", "2b0e03020d": "SHA-1",
}  # fmt: skip
_FLOOR: Final = {"RSA": 2048, "DSA": 2048, "EC": 224}  # NIST SP 800-57 part 1: 112 bits of security
_CONTEXT, _EXTENSIONS = 0xA0, 0xA3
_UTC_TIME: Final = 0x17
_COMMON_NAME, _ALTERNATIVE, _CONSTRAINTS = bytes.fromhex("550403"), bytes.fromhex("551d11"), bytes.fromhex("551d13")
_DNS, _IP = 0x82, 0x87
_MOST_NAMES: Final = 100


class Certificate(NamedTuple):
    """``bits`` is 0 for a kind of key that is not known; ``weak_hash`` is empty unless it is broken."""

    kind: str
    bits: int
    weak_hash: str
    issued_to_itself: bool
    pin: str  # base64 of the SHA-256 of its public key, as pins are written
    subject: str = ""  # its common name, or its first other name
    issuer: str = ""  # the common name of who signed it
    begins: dt.datetime | None = None
    ends: dt.datetime | None = None
    names: tuple[str, ...] = ()  # hosts and addresses that it is for
    authority: bool = False  # whether it may sign others
    subject_der: bytes = b""
    issuer_der: bytes = b""

    @property
    def fault(self) -> str:
        """What is too weak in it, or an empty string; nobody relies on a root's signature of itself."""
        if self.bits and self.bits < _FLOOR.get(self.kind, 0):
            return f"a key of {self.bits} bits ({self.kind})"
        return f"a signature over {self.weak_hash}" if self.weak_hash and not self.issued_to_itself else ""

    def is_for(self, host: str) -> bool:
        """Whether a host or address is among its names (RFC 9525: common names count no more, one star for one label)."""
        host = host.strip("[]").rstrip(".").lower()
        try:
            host = str(ipaddress.ip_address(host))
        except ValueError:
            wild = "*." + host.partition(".")[2]
            return any(each.lower() in {host, wild} for each in self.names)
        return host in self.names


def certificate(der: bytes) -> Certificate | None:
    """Read a certificate; None: it is none."""
    try:
        whole = _parts(_value(der))
        fields = _parts(_value(whole[0]))
        if fields[0][0] == _CONTEXT:
            fields = fields[1:]
        _, _, issuer, times, subject, key = fields[:6]
        kind, bits = _key(key)
        signed = _value(_parts(_value(whole[1]))[0]).hex()
        begins, ends = (_time(each) for each in _parts(_value(times))[:2])
        names, authority = _extended(fields[6:])
    except (IndexError, ValueError):
        return None
    return Certificate(
        kind=kind,
        bits=bits,
        weak_hash=_BROKEN_HASHES.get(signed, ""),
        issued_to_itself=issuer == subject,
        pin=base64.b64encode(hashlib.sha256(key).digest()).decode(),
        subject=_common_name(subject) or next(iter(names), ""),
        issuer=_common_name(issuer),
        begins=begins,
        ends=ends,
        names=names,
        authority=authority,
        subject_der=subject,
        issuer_der=issuer,
    )


def unlinked(chain: Sequence[Certificate]) -> int:
    """Where a chain breaks: the position (from 1) of the first certificate that the next one did not sign; 0: nowhere.

    What is sent in another order than RFC 5246 section 7.4.2 asks for is found too; a single one links to nothing.
    """
    for at, (one, following) in enumerate(itertools.pairwise(chain), 1):
        if one.issuer_der != following.subject_der:
            return at
    return 0


def _time(der: bytes) -> dt.datetime | None:
    text = _value(der).decode("ascii", "replace")
    if der[0] == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text  # RFC 5280 section 4.1.2.5.1
    try:
        return dt.datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        return None


def _common_name(name: bytes) -> str:
    found = ""
    for group in _parts(_value(name)):
        for pair in _parts(_value(group)):
            kind, value = _parts(_value(pair))[:2]
            if _value(kind) == _COMMON_NAME:
                found = _value(value).decode("utf-8", "replace")
    return found[:200]


def _extended(rest: Sequence[bytes]) -> tuple[tuple[str, ...], bool]:
    """The names that a certificate is for, and whether it is an authority's."""
    names, authority = list[str](), False
    for each in rest:
        for extension in _parts(_value(_parts(_value(each))[0])) if each[0] == _EXTENSIONS else ():
            words = _parts(_value(extension))
            inner = _value(words[-1])
            if _value(words[0]) == _ALTERNATIVE:
                names += [name for part in _parts(_value(inner))[:_MOST_NAMES] if (name := _name(part))]
            elif _value(words[0]) == _CONSTRAINTS:
                flags = _parts(_value(inner))
                authority = bool(flags) and flags[0] == b"\x01\x01\xff"
    return tuple(names), authority


def _name(part: bytes) -> str:
    if part[0] == _DNS:
        return _value(part).decode("ascii", "replace")
    if part[0] == _IP:
        try:
            return str(ipaddress.ip_address(_value(part)))
        except ValueError:
            return ""
    return ""


def _key(key: bytes) -> tuple[str, int]:
    algorithm, content = _parts(_value(key))[:2]
    words = _parts(_value(algorithm))
    name, bits = _value(words[0]), _value(content)[1:]
    if name in {_RSA, _PSS}:
        return "RSA", int.from_bytes(_value(_parts(_value(bits))[0]), "big").bit_length()
    if name == _DSA:
        return "DSA", int.from_bytes(_value(_parts(_value(words[1]))[0]), "big").bit_length()
    if name == _EC:
        return "EC", _CURVES.get(_value(words[1]).hex(), 0)
    return _EDWARDS.get(name.hex(), (name.hex(), 0))


def _size(data: bytes) -> tuple[int, int]:
    """Where the value of a DER element begins, and how long it is (X.690 section 8.1.3)."""
    first = data[1]
    if first < 0x80:  # noqa: PLR2004 - the short form
        return 2, first
    count = first & 0x7F
    return 2 + count, int.from_bytes(data[2 : 2 + count], "big")


def _value(data: bytes) -> bytes:
    start, length = _size(data)
    if len(data) < start + length:
        raise ValueError("cut short")
    return data[start : start + length]


def _parts(data: bytes) -> list[bytes]:
    found = []
    while data:
        start, length = _size(data)
        found.append(data[: start + length])
        data = data[start + length :]
    return found
