"""Public keys that a server publishes, in the spellings in which a verifier may hold them (RFC 7517, RFC 5280)."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final, NamedTuple
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
_PLACES: Final = (
    "/.well-known/jwks.json",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/jwks.json",
    "/jwks",
)
_DOCUMENTED: Final = re.compile(r"(?:^|[/._-])(?:jwks?(?:\.json)?|certs|publickeys?|public-keys?)$", re.IGNORECASE)
_CERTIFICATE: Final = re.compile(r"[A-Za-z0-9+/=\s]{64,}")


class KeySet(NamedTuple):
    """Public keys that a server publishes (RFC 7517), and where."""

    place: str  # a path of the target; empty: it publishes none
    keys: tuple[dict[str, Any], ...]


async def key_set(http: Http) -> KeySet:
    """The API's own key set, at the usual places, where its metadata points, or where its document has one."""
    documented = [
        each.path
        for each in http.operations
        if each.method == "GET" and "{" not in each.path and _DOCUMENTED.search(each.path)
    ]
    for place in dict.fromkeys((*documented, *_PLACES)):
        found = await _read(http, place)
        uri = found.get("jwks_uri")
        if isinstance(uri, str) and urlsplit(uri).netloc in {urlsplit(http.base).netloc, ""}:
            place = urlsplit(uri).path  # noqa: PLW2901 - that is where it is
            found = await _read(http, place)
        listed = found.get("keys")
        keys = tuple(each for each in listed if isinstance(each, dict)) if isinstance(listed, list) else ()
        if keys:
            return KeySet(place, keys)
    return KeySet("", ())


async def published(http: Http, kid: str = "") -> list[bytes]:
    """The API's own published key, as a careless verifier may hold it: as PEM of two kinds, with a line end and without.

    :param kid: of the key that is meant; another one where none has it.
    """
    found = sorted((await key_set(http)).keys, key=lambda each: each.get("kid") != kid)
    for each in found:
        spelt = spellings(each)
        if spelt:
            return spelt
    return []


def spellings(jwk: dict[str, Any]) -> list[bytes]:
    """A public key as the bytes that a verifier may take for a shared secret; empty for a shared one or an unknown kind."""
    found = [pem(jwk)]
    if jwk.get("kty") == "RSA" and found[0]:
        found.append(_armoured(_rsa(jwk), b"RSA PUBLIC KEY"))
    chain = jwk.get("x5c")
    first = chain[0] if isinstance(chain, list) and chain else ""
    if isinstance(first, str) and _CERTIFICATE.fullmatch(first):
        found.append(_lines(first.encode().translate(None, b" \r\n\t"), b"CERTIFICATE"))
    return [spelt for each in found if each for spelt in (each, each.rstrip(b"\n"))]


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
        key = _rsa(jwk)
        der = _sequence(_RSA + b"\x03" + _length(len(key) + 1) + b"\0" + key)
    elif kind == "EC" and curve in _CURVES and {"x", "y"} <= part.keys():
        der = _CURVES[curve] + b"\x04" + part["x"] + part["y"]
    elif kind == "OKP" and curve == "Ed25519" and "x" in part:
        der = _ED25519 + part["x"]
    else:
        return b""
    return _armoured(der, b"PUBLIC KEY")


def _rsa(jwk: dict[str, Any]) -> bytes:
    """RSAPublicKey (RFC 8017 appendix A.1.1)."""
    return _sequence(_integer(_bytes(str(jwk["n"]))) + _integer(_bytes(str(jwk["e"]))))


def _armoured(der: bytes, label: bytes) -> bytes:
    return _lines(base64.b64encode(der), label)


def _lines(text: bytes, label: bytes) -> bytes:
    """RFC 7468."""
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"\n".join([b"-----BEGIN " + label + b"-----", *lines, b"-----END " + label + b"-----", b""])


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
