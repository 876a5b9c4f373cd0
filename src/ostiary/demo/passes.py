"""The shop's own tokens: signed and checked by hand with HS256, or believed as the switches have it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from ostiary.demo.reading import Refused

ISSUER = "https://shop.example"
AUDIENCE = "shop"
KEY = "6e1d8f0b27a94c53b8e60a7d1f3c95e2"  # a demo's, good nowhere else
WEAK_KEY = "secret"  # what a careless shop still takes from its early days
LASTS = 600  # seconds
LONGEST = 4096
_CHALLENGE = 'Bearer realm="shop", error="invalid_token"'


def mint(subject: str, *, key: str = KEY, algorithm: str = "HS256", **claims: Any) -> str:
    """A token for a customer; `claims` replace the usual ones, and None leaves one out."""
    now = int(time.time())
    usual = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + LASTS,
        "scope": "orders:read orders:write", "roles": ["customer"], "client_id": "shop-app",
    }  # fmt: skip
    whole = {name: value for name, value in (usual | claims).items() if value is not None}
    head = _encode({"alg": algorithm, "typ": "at+jwt"})
    return f"{head}.{_encode(whole)}.{_sign(f'{head}.{_encode(whole)}', key, algorithm)}"


def read(token: str, faults: frozenset[str]) -> dict[str, Any]:
    """The claims of a token that is believed; refuses with 401."""
    if len(token) > LONGEST and "jwt.size-bounded" not in faults:
        raise Refused(431, "the token is too long")
    try:
        head, body, signature = token.split(".")
        algorithm = json.loads(_decode(head)).get("alg", "")
        claims = json.loads(_decode(body))
    except (ValueError, AttributeError):
        raise _unbelieved() from None
    if not isinstance(claims, dict) or not _is_signed(f"{head}.{body}", signature, algorithm, faults):
        raise _unbelieved()
    now = time.time()
    if "jwt.access-ttl-short" not in faults and not _number(claims.get("exp")) > now:
        raise _unbelieved()
    if "beyond.jwt-claims-validated" not in faults:
        named = claims.get("aud")
        audience = named if isinstance(named, list) else [named]
        if claims.get("iss") != ISSUER or AUDIENCE not in audience or _number(claims.get("nbf")) > now:
            raise _unbelieved()
    if "cnf" in claims and "beyond.sender-constrained-tokens" not in faults:
        raise _unbelieved()  # bound to a key that this shop cannot ask for
    return claims


def _is_signed(text: str, signature: str, algorithm: object, faults: frozenset[str]) -> bool:
    if "jwt.verify-before-use" in faults:
        return True
    if "jwt.algorithm-pinned" in faults and str(algorithm).lower() == "none":
        return True
    keys = [KEY, WEAK_KEY] if "jwt.strong-secret" in faults else [KEY]
    known = {"HS256", "HS512"} if "jwt.algorithm-pinned" in faults else {"HS256"}
    return algorithm in known and any(
        hmac.compare_digest(_sign(text, key, str(algorithm)).encode(), signature.encode()) for key in keys
    )


def _number(value: object) -> float:
    return value if isinstance(value, (int, float)) else 0.0


def _unbelieved() -> Refused:
    return Refused(401, "the token is not believed", www_authenticate=_CHALLENGE)


def _sign(text: str, key: str, algorithm: str) -> str:
    digest = hashlib.sha512 if algorithm == "HS512" else hashlib.sha256
    if algorithm.lower() == "none":
        return ""
    return _base64(hmac.new(key.encode(), text.encode(), digest).digest())


def _encode(value: Mapping[str, Any]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
