"""An issuer with a key of its own, and holders of its tokens who can prove it; signed by PyJWT, which the guard does not use."""

from __future__ import annotations

import hashlib
import time
import uuid
from base64 import urlsafe_b64encode
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from ostiary.parts.issuers import Issuer
from ostiary.strict import Secret, dumps

ISSUER = "https://id.test"
AUDIENCE = "https://api.test"


@cache
def key_of(kind: str) -> Any:
    """A private key that lives as long as the tests; `kind` begins with what it is, unless that is P-256."""
    if kind.startswith("rsa"):
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if kind.startswith("ed"):
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP384R1() if kind.startswith("p384") else ec.SECP256R1())


def issuer(**more: Any) -> Issuer:
    """The issuer whose tokens `token` makes."""
    pem = (
        key_of("issuer")
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return Issuer(**{"issuer": ISSUER, "audience": (AUDIENCE,), "key": Secret(pem.decode()), **more})


def token(*, signer: str = "issuer", headers: dict[str, Any] | None = None, **claims: Any) -> str:
    """A token for alice; a claim that is None is left out."""
    now = int(time.time())
    said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "iat": now, "exp": now + 300, **claims}
    said = {name: value for name, value in said.items() if value is not None}
    return jwt.encode(said, key_of(signer), algorithm="ES256", headers={"typ": "at+jwt", **(headers or {})})


def bearer(text: str) -> tuple[str, str]:
    return ("authorization", f"Bearer {text}")


_ALGORITHMS = {"rsa": "PS256", "ed": "EdDSA", "p3": "ES384"}


class Holder:
    """Somebody with a key, who proves it with every request (RFC 9449)."""

    def __init__(self, kind: str = "holder") -> None:
        self.key = key_of(kind)
        self.algorithm = next((each for start, each in _ALGORITHMS.items() if kind.startswith(start)), "ES256")
        made = jwt.get_algorithm_by_name(self.algorithm).to_jwk(self.key.public_key(), as_dict=True)
        self.jwk: dict[str, Any] = {
            name: each for name, each in made.items() if name in {"kty", "crv", "x", "y", "n", "e"}
        }

    @property
    def thumbprint(self) -> str:
        """RFC 7638."""
        return digest(dumps(dict(sorted(self.jwk.items()))))

    def token(self, **claims: Any) -> str:
        """A token that is bound to the key."""
        return token(**{"cnf": {"jkt": self.thumbprint}, **claims})

    def proof(
        self, method: str, uri: str, text: str, *, headers: dict[str, Any] | None = None, key: Any = None, **claims: Any
    ) -> str:
        """A proof for one request with this token; a member that is None is left out."""
        said = {
            "jti": str(uuid.uuid4()),
            "htm": method,
            "htu": uri,
            "iat": int(time.time()),
            "ath": digest(text.encode()),
        }
        said = {name: value for name, value in (said | claims).items() if value is not None}
        head = {"typ": "dpop+jwt", "jwk": self.jwk, **(headers or {})}
        return jwt.encode(said, key or self.key, algorithm=head.pop("alg", self.algorithm), headers=head)

    def sends(self, method: str, uri: str, text: str, **rest: Any) -> list[tuple[str, str]]:
        """The header fields of a request with this token."""
        return [("authorization", f"DPoP {text}"), ("dpop", self.proof(method, uri, text, **rest))]


def digest(raw: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(raw).digest()).rstrip(b"=").decode()


@cache
def key_file() -> str:
    """The issuer's public key as a file, for policies that are written."""
    path = Path(mkdtemp(prefix="ostiary-test-")) / "key.pem"
    key = issuer().key
    path.write_text(key.reveal() if key is not None else "")
    return str(path)
