"""Keys and tokens for tests: minted by PyJWT and cryptography, or by hand where they must be wrong."""

from __future__ import annotations

import base64
import json
import secrets
import time
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ostiary.parts.issuers import Issuer
from ostiary.strict import Secret

ISSUER = "https://id.test"
AUDIENCE = "https://api.test"
SECRET = secrets.token_urlsafe(48)
CURVES: dict[str, type[ec.EllipticCurve]] = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}


def key(algorithm: str, number: int = 0) -> Any:
    """A private key for an algorithm; another for each number."""
    return _key(algorithm, number)


@cache
def _key(algorithm: str, number: int) -> Any:
    if algorithm.startswith("HS"):
        return SECRET if not number else secrets.token_urlsafe(48 + number)
    if algorithm in CURVES:
        return ec.generate_private_key(CURVES[algorithm]())
    if algorithm in {"EdDSA", "Ed25519"}:
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, 2048) if algorithm == "RSA" else key("RSA", number)


def pem(private: Any) -> str:
    """The public half."""
    return str(private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def jwk(algorithm: str, number: int = 0, **more: Any) -> dict[str, Any]:
    """The public half as PyJWT writes it, with `kid`, `use` and `alg` unless `more` says otherwise."""
    made = jwt.get_algorithm_by_name("EdDSA" if algorithm == "Ed25519" else algorithm)
    plain = json.loads(made.to_jwk(key(algorithm, number).public_key()))
    plain.pop("key_ops", None)
    full = {**plain, "kid": f"{algorithm.lower()}-{number}", "use": "sig", "alg": algorithm, **more}
    return {name: value for name, value in full.items() if value is not None}


class In(int):
    """A claim that is so many seconds from the moment in which its token is minted."""


def claims(**changes: Any) -> dict[str, Any]:
    """Claims of an honest access token; None takes one away."""
    now = int(time.time())
    honest = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "user-1", "exp": now + 600, "iat": now, "jti": secrets.token_hex(8),
        "client_id": "shop", "scope": "orders:read orders:write",
    }  # fmt: skip
    given = {name: now + value if isinstance(value, In) else value for name, value in changes.items()}
    return {name: value for name, value in (honest | given).items() if value is not None}


def mint(algorithm: str = "ES256", number: int = 0, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """A token signed by PyJWT."""
    head = {"typ": "at+jwt", "kid": f"{algorithm.lower()}-{number}", **(header or {})}
    head = {name: value for name, value in head.items() if value is not None}
    if algorithm == "Ed25519":  # PyJWT knows it by its older name
        return by_hand(json.dumps({"alg": algorithm, **head}), json.dumps(claims(**changes)), key(algorithm, number))
    return jwt.encode(claims(**changes), key(algorithm, number), algorithm=algorithm, headers=head)


def b64(raw: bytes | str) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw.encode() if isinstance(raw, str) else raw).rstrip(b"=").decode()


def by_hand(header: str | bytes, payload: str | bytes, private: Any, algorithm: str = "EdDSA") -> str:
    """A token whose header and payload are these very bytes, rightly signed."""
    signed = f"{b64(header)}.{b64(payload)}"
    made = jwt.get_algorithm_by_name(algorithm)
    return f"{signed}.{b64(made.sign(signed.encode(), made.prepare_key(private)))}"


def issuer(folder: Path, *algorithms: str, **changes: Any) -> Issuer:
    """The honest issuer, its keys in a file as PyJWT writes them."""
    file = folder / f"jwks-{secrets.token_hex(4)}.json"
    file.write_text(json.dumps({"keys": [jwk(each) for each in algorithms or ("ES256",)]}), encoding="utf-8")
    return Issuer(**{"issuer": ISSUER, "audience": (AUDIENCE,), "jwks": str(file), **changes})


def shared(**changes: Any) -> Issuer:
    """An issuer with a shared secret."""
    return Issuer(**{"issuer": ISSUER, "audience": (AUDIENCE,), "key": Secret(SECRET), **changes})
