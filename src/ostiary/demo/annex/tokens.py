"""The annex's access tokens: HS256 by hand, believed only as signed, whole and in time, or as the switches have it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import os.path
import secrets
import time
import urllib.request
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ostiary.demo.reading import Refused

ISSUER = "https://annex.example"
AUDIENCE = "annex"
KEY_ID = "main"
WEAK_KEY = "secret"
LASTS = 600  # seconds
LASTS_TOO_LONG = 30 * 86400
LASTS_IN_NAME = 20  # for a token whose end nobody looks at
LONGEST = 4096  # characters
MOST_READ = 4096  # bytes of a key
KEYS = "/srv/annex/keys"  # where a careless annex believes its keys to be
FAULTS = {
    "jwt.strong-secret": 'signs its tokens with the key "secret"',
    "jwt.algorithm-pinned": "takes unsigned tokens that call themselves so",
    "beyond.jwt-claims-validated/kid": "reads its key from whatever file the token's kid names",
    "jwt.verify-before-use": "believes a token without looking at its signature",
    "jwt.access-ttl-short": "never looks at a token's end, which comes after twenty seconds",
    "jwt.access-ttl-short/month": "makes access tokens that last a month",
    "beyond.jwt-claims-validated": "fetches the key that a token's jku points to",
    "userdata.jwt-where-it-fits": "takes ID tokens, made for a client, for access tokens",
    "jwt.no-sensitive-claims": "puts the password's hash and the e-mail address into its tokens",
}
_CHALLENGE = 'Bearer realm="annex", error="invalid_token"'


def lasting(faults: frozenset[str]) -> int:
    """Seconds that a new token says it lasts."""
    if "jwt.access-ttl-short/month" in faults:
        return LASTS_TOO_LONG
    return LASTS_IN_NAME if "jwt.access-ttl-short" in faults else LASTS


class Tokens:
    """Mints and reads tokens with one key; sound or not by the switches."""

    def __init__(self, faults: frozenset[str]) -> None:
        self.faults = faults
        weak = "jwt.strong-secret" in faults
        self._key = WEAK_KEY.encode() if weak else secrets.token_bytes(32)

    def mint(self, person: Mapping[str, Any], session: str) -> str:
        """A token for a session of an account (a row of ``people``)."""
        now = int(time.time())
        claims = {
            "iss": ISSUER, "aud": AUDIENCE, "sub": person["id"], "iat": now, "exp": now + lasting(self.faults),
            "jti": str(uuid.uuid4()), "sid": session, "client_id": "annex-app", "role": person["role"],
        }  # fmt: skip
        if "jwt.no-sensitive-claims" in self.faults:
            claims |= {"email": person["email"], "password": person["password"]}
        if "userdata.jwt-where-it-fits" in self.faults:  # OpenID Connect Core section 2
            claims |= {"nonce": secrets.token_hex(8), "at_hash": secrets.token_urlsafe(16), "auth_time": now}
        head = {"alg": "HS256", "typ": "at+jwt", "kid": KEY_ID}
        signed = f"{_encoded(head)}.{_encoded(claims)}"
        return f"{signed}.{_base64(_hmac(signed, self._key))}"

    def read(self, token: str) -> dict[str, Any]:
        """The claims of a token that is believed; refuses with 401. May fetch, where it is careless: call it in a thread."""
        if len(token) > LONGEST:
            raise Refused(431, "the token is too long")
        try:
            head, body, signature = token.split(".")
            header, claims = json.loads(_decoded(head)), json.loads(_decoded(body))
            given = _decoded(signature)
            canonical = _base64(given) == signature  # or two spellings of one token would pass
        except (ValueError, RecursionError):
            raise unbelieved() from None
        if not isinstance(header, dict) or not isinstance(claims, dict):
            raise unbelieved()
        if not (canonical or "jwt.verify-before-use" in self.faults):
            raise unbelieved()
        if not self._is_signed(f"{head}.{body}", given, header):
            raise unbelieved()
        in_time = _number(claims.get("exp")) > time.time() or "jwt.access-ttl-short" in self.faults
        in_time = in_time and _number(claims.get("nbf")) <= time.time()
        if not in_time or claims.get("iss") != ISSUER or claims.get("aud") != AUDIENCE:
            raise unbelieved()
        return claims

    def _is_signed(self, signed: str, given: bytes, header: Mapping[str, Any]) -> bool:
        algorithm = header.get("alg")
        if "jwt.verify-before-use" in self.faults:
            return True
        if "jwt.algorithm-pinned" in self.faults and str(algorithm).lower() == "none":
            return True
        if "beyond.jwt-claims-validated" in self.faults and isinstance(header.get("jku"), str):
            return any(_verifies(key, signed, given) for key in _fetched(header["jku"]))
        key = self._key
        if "beyond.jwt-claims-validated/kid" in self.faults and header.get("kid") != KEY_ID:
            key = _key_file(str(header.get("kid")))
        return algorithm == "HS256" and hmac.compare_digest(_hmac(signed, key), given)


def unbelieved() -> Refused:
    """What a token that is not believed is answered with."""
    return Refused(401, "the token is not believed", www_authenticate=_CHALLENGE)


def _key_file(name: str) -> bytes:
    path = Path(os.path.normpath(f"{KEYS}/{name}"))
    try:
        with path.open("rb") as file:
            return file.read(MOST_READ)
    except (OSError, ValueError):
        return secrets.token_bytes(32)


def _fetched(url: str) -> list[Mapping[str, Any]]:
    parts = urlsplit(url)
    try:
        near = ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        near = parts.hostname == "localhost"
    if parts.scheme not in {"http", "https"} or not near:  # careless, not harmful: it reaches no one else
        return []
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:  # noqa: S310 - the scheme was looked at
            found = json.loads(reply.read(MOST_READ * 4))
        return [each for each in found["keys"] if isinstance(each, dict)]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _verifies(key: Mapping[str, Any], signed: str, given: bytes) -> bool:
    try:
        if key.get("kty") == "oct":
            return hmac.compare_digest(_hmac(signed, _decoded(key["k"])), given)
        modulus, exponent = (int.from_bytes(_decoded(key[name]), "big") for name in ("n", "e"))
    except (KeyError, ValueError, TypeError):
        return False
    if not modulus or len(given) > MOST_READ:
        return False
    size = (modulus.bit_length() + 7) // 8
    wanted = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(signed.encode()).digest()
    padded = b"\x00\x01" + b"\xff" * (size - len(wanted) - 3) + b"\x00" + wanted  # RFC 8017 section 9.2
    return pow(int.from_bytes(given, "big"), exponent, modulus) == int.from_bytes(padded, "big")


def _number(value: object) -> float:
    return value if isinstance(value, (int, float)) else 0.0


def _hmac(signed: str, key: bytes) -> bytes:
    return hmac.new(key, signed.encode(), hashlib.sha256).digest()


def _encoded(value: Mapping[str, Any]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
