"""Public keys that a server publishes, in the spellings in which a verifier may hold them (RFC 7517, RFC 5280)."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final
from urllib.parse import urlsplit

from ostiary.errors import Unanswerable
from ostiary.evidence import Http
from ostiary.parts.seen.bodies import parse

_RSA: Final = bytes.fromhex(
    "300d06092a864886f70d0101010500"
)  # AlgorithmIdentifier rsaEncryption (RFC 8017 appendix A.1)
_CURVES: Final = {  # SubjectPublicKeyInfo up to the point (RFC 5480 section 2)
    "P-256": bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200"),
    "P-384": bytes.fromhex("3076301006072a8648ce3d020106052b81040022036200"),
}
_ED25519: Final = bytes.fromhex("302a300506032b6570032100")  # RFC 8410 section 4
_PLACES: Final = ("/.well-known/jwks.json", "/jwks.json", "/.well-known/openid-configuration")


async def published(http: Http, kid: str = "") -> list[bytes]:
    """The API's own published key as PEM, with a line end and without; empty when it publishes none."""
    for place in _PLACES:
        found = await _read(http, place)
        uri = found.get("jwks_uri")
        if isinstance(uri, str) and urlsplit(uri).netloc in {urlsplit(http.base).netloc, ""}:
            found = await _read(http, urlsplit(uri).path)
        listed = found.get("keys")
        keys = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
        keys.sort(key=lambda each: each.get("kid") != kid)
        for each in keys:
            spelt = pem(each)
            if spelt:
                return [spelt, spelt.rstrip(b"\n")]
    return []


async def _read(http: Http, place: str) -> dict[str, Any]:
    try:
        answer = await http.send("GET", place, identity="")
    except Unanswerable:
        return {}
    found = parse(answer.body) if answer.accepted else None
    return found if isinstance(found, dict) else {}


def pem(jwk: dict[str, Any]) -> bytes:
    """A public JWK as PEM; empty when it is of a kind that is not known here."""
    try:
        part = {name: _bytes(str(jwk[name])) for name in ("n", "e", "x", "y") if name in jwk}
    except (ValueError, binascii.Error):
        return b""
    kind, curve = jwk.get("kty"), jwk.get("crv")
    if kind == "RSA" and {"n", "e"} <= part.keys():
        key = _sequence(_integer(part["n"]) + _integer(part["e"]))
        der = _sequence(_RSA + b"\x03" + _length(len(key) + 1) + b"\0" + key)
    elif kind == "EC" and curve in _CURVES and {"x", "y"} <= part.keys():
        der = _CURVES[curve] + b"\x04" + part["x"] + part["y"]
    elif kind == "OKP" and curve == "Ed25519" and "x" in part:
        der = _ED25519 + part["x"]
    else:
        return b""
    text = base64.b64encode(der)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"\n".join([b"-----BEGIN PUBLIC KEY-----", *lines, b"-----END PUBLIC KEY-----", b""])


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _integer(number: bytes) -> bytes:
    body = number.lstrip(b"\0") or b"\0"
    body = b"\0" + body if body[0] & 0x80 else body
    return b"\x02" + _length(len(body)) + body


def _sequence(body: bytes) -> bytes:
    return b"\x30" + _length(len(body)) + body


def _length(size: int) -> bytes:
    if size < 0x80:  # noqa: PLR2004 - X.690 section 8.1.3
        return bytes([size])
    text = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(text)]) + text
