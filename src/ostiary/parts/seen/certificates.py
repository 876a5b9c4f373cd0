"""What a certificate says of its own strength: its key, the hash under its signature, and its pin (RFC 5280, RFC 7469)."""

from __future__ import annotations

import base64
import hashlib
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
_CONTEXT: Final = 0xA0


class Certificate(NamedTuple):
    """``bits`` is 0 for a kind of key that is not known; ``weak_hash`` is empty unless it is broken."""

    kind: str
    bits: int
    weak_hash: str
    issued_to_itself: bool
    pin: str  # base64 of the SHA-256 of its public key, as pins are written

    @property
    def fault(self) -> str:
        """What is too weak in it, or an empty string; nobody relies on a root's signature of itself."""
        if self.bits and self.bits < _FLOOR.get(self.kind, 0):
            return f"a key of {self.bits} bits ({self.kind})"
        return f"a signature over {self.weak_hash}" if self.weak_hash and not self.issued_to_itself else ""


def certificate(der: bytes) -> Certificate | None:
    """Read a certificate; None: it is none."""
    try:
        whole = _parts(_value(der))
        fields = _parts(_value(whole[0]))
        if fields[0][0] == _CONTEXT:
            fields = fields[1:]
        _, _, issuer, _, subject, key = fields[:6]
        kind, bits = _key(key)
        signed = _value(_parts(_value(whole[1]))[0]).hex()
    except (IndexError, ValueError):
        return None
    pin = base64.b64encode(hashlib.sha256(key).digest()).decode()
    return Certificate(kind, bits, _BROKEN_HASHES.get(signed, ""), issuer == subject, pin)


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
