"""The auditor signs with keys of his own, that everybody can read here: no server should believe what they sign."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Final

KEY_ID: Final = "ostiary-probe"
SHARED: Final = b"ostiary-ostiary-ostiary-ostiary"  # ostiary:probe
_HASHES: Final = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}
_N: Final = int(  # RSA, 2048 bits, ostiary:probe
    "dc61374c1ab78f820f773010415b017a6f26466f0662c3522886dcc9f770beb77d93a8bb86aa99a474a853e15ff672ebd5c33cd1c3a2016b1990"
    "23c82caa1b54cbce68f67f97f1bc52762e6a35132add8b6c32e1ce5069adc424f772dc4d46cc6e4476ae739a358271e22af122bc9139883ea469"
    "220aa791b315b7f67f862da23d2ae3bf817f185943b65b2b13c47cc9f4219ce32e8f3a63255097f626c2a7be075826a9fa52e568072974538b67"
    "7289c0a5638fa62bb3878ca1dc5e78a1cbb8db393fcd0778e05561068a55a3fd2c5417ec11e019de762b88a8b98be11d166250954f7ece3c6658"
    "bce9f9ea5113c2c4685c1e083d8754f156d153ad59559647",
    16,
)
_D: Final = int(  # ostiary:probe
    "61cb1a18c17a574a65c68423927ce9e904cdbd4fa34bcc54f6faf19b061c97e520ea9763afdca09563d71671da7da87d92bc328efafb3719e99c"
    "16e4cb3d2927b5d100aef1ebe12faa801b14b23cb136e299bef288f51210340c1b6a72ec2fd0a3d5e9bc7c3c2026a496b26b92f88e91332e6912"
    "e632482dd5847bbffcd2f40849b472c99543b5ced01d0771e084bcaff4594f77ce2b5cc2be1f14bdd58747e1877e698fb48f527dde60b3aebc00"
    "39ec1cfdd63cf4f3d181e002098e7b5ef829dd64f124daeedbd407bd1dec449dfa16bf49cf2b397543d7ed1af0258918d11e59669f4e979083d8"
    "92bf8e677c63e13b320feb3a0976555ea793dd5e9870a891",
    16,
)
_E: Final = 65537
_INFO: Final = {  # DigestInfo up to the digest (RFC 8017 section 9.2 note 1)
    "256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
# The curve P-256 (FIPS 186-4 appendix D.1.2.3), and a point of it whose logarithm is no secret.
_P: Final = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_BASE: Final = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_SCALAR: Final = 0x892341735FA0F3D37589509C6A6DA4EBF8BD7D78626E2B83450CAF8C11C83BD3  # ostiary:probe
_Point = tuple[int, int] | None  # None: the point at infinity


def algorithm_for(given: str) -> str:
    """The algorithm to sign with so that a verifier of `given` would take it: its own family where we have a key for it."""
    return given if given in {"ES256", "RS256", "RS384", "RS512"} else "RS256"


def public(algorithm: str) -> dict[str, Any]:
    """The public half as a JWK (RFC 7517)."""
    if algorithm == "ES256":
        x, y = _public_point()
        kind = {"kty": "EC", "crv": "P-256", "x": _base64(x.to_bytes(32, "big")), "y": _base64(y.to_bytes(32, "big"))}
    else:
        kind = {"kty": "RSA", "n": _base64(_N.to_bytes(256, "big")), "e": _base64(_E.to_bytes(3, "big"))}
    return {**kind, "kid": KEY_ID, "use": "sig", "alg": algorithm}


def signed(algorithm: str, text: str) -> str:
    """A JWS signature over a text (RFC 7518 sections 3.3 and 3.4), in base64url.

    :param algorithm: what `algorithm_for` gave.
    """
    if algorithm == "ES256":
        return _base64(_ecdsa(hashlib.sha256(text.encode()).digest()))
    size = algorithm[-3:]
    told = _INFO[size] + _HASHES[size](text.encode()).digest()
    padded = b"\x00\x01" + b"\xff" * (256 - 3 - len(told)) + b"\x00" + told
    return _base64(pow(int.from_bytes(padded, "big"), _D, _N).to_bytes(256, "big"))


def _ecdsa(digest: bytes) -> bytes:
    number = int.from_bytes(digest, "big")
    count = 0
    while True:  # one round, but for a chance of 2 to the minus 256
        seed = hashlib.sha512(_SCALAR.to_bytes(32, "big") + digest + bytes([count])).digest()
        once = int.from_bytes(seed, "big") % (_ORDER - 1) + 1  # the same each time: reports are to be repeated
        point = _times(once, _BASE)
        r = point[0] % _ORDER if point is not None else 0
        s = pow(once, -1, _ORDER) * (number + r * _SCALAR) % _ORDER
        if r and s:
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        count += 1


def _public_point() -> tuple[int, int]:
    return _times(_SCALAR, _BASE) or _BASE


def _times(scalar: int, point: _Point) -> _Point:
    found: _Point = None
    while scalar:
        if scalar & 1:
            found = _sum(found, point)
        point = _sum(point, point)
        scalar >>= 1
    return found


def _sum(one: _Point, other: _Point) -> _Point:
    if one is None or other is None:
        return one or other
    if one[0] == other[0] and (one[1] + other[1]) % _P == 0:
        return None
    if one == other:
        slope = (3 * one[0] * one[0] - 3) * pow(2 * one[1], -1, _P)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, _P)
    x = (slope * slope - one[0] - other[0]) % _P
    return x, (slope * (one[0] - x) - one[1]) % _P


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
