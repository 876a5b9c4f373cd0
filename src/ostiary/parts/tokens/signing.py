"""A private key signs with the one algorithm it was made for, and its name is its thumbprint (RFC 7638)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final, Literal

from joserfc.jwk import ECKey, OKPKey
from joserfc.jws import JWSRegistry

from ostiary.strict import dumps, loads

__all__ = ["Algorithm", "PrivateKey", "make", "read"]

Algorithm = Literal["ES256", "EdDSA"]
_PUBLIC: Final = ("kty", "crv", "x", "y")  # RFC 7518 section 6.2.1, RFC 8037 section 2: `d` is all that is private


class PrivateKey:
    """A key that signs.

    :param jwk: a private JWK of P-256 or Ed25519, as `make` writes it.
    :raises ValueError: when it is no such key, or `alg` in it is not the one of its curve.
    """

    __slots__ = ("_key", "_model", "algorithm", "kid", "public")

    def __init__(self, jwk: Mapping[str, str]) -> None:
        curve, algorithm = jwk.get("crv"), jwk.get("alg")
        if (curve, algorithm) not in {("P-256", "ES256"), ("Ed25519", "EdDSA")} or "d" not in jwk:
            msg = "it is no private key of ours"
            raise ValueError(msg)
        kind: Any = ECKey if curve == "P-256" else OKPKey
        self._key: Any = kind.import_key({name: value for name, value in jwk.items() if name != "alg"})
        self._model: Any = JWSRegistry.algorithms[str(algorithm)]
        self.algorithm = str(algorithm)
        self.kid: str = self._key.thumbprint()
        public = {name: str(value) for name, value in jwk.items() if name in _PUBLIC}
        self.public: Mapping[str, str] = {**public, "use": "sig", "alg": self.algorithm, "kid": self.kid}

    def sign(self, claims: Mapping[str, Any], *, typ: str) -> str:
        """Claims as a compact JWS (RFC 7515 section 7.1).

        :param typ: what the token is for; whoever reads it must ask for just that (RFC 8725 section 3.11).
        """
        header = {"alg": self.algorithm, "kid": self.kid, "typ": typ}
        signed = f"{_encoded(dumps(header))}.{_encoded(dumps(claims))}"
        return f"{signed}.{_encoded(self._model.sign(signed.encode(), self._key))}"


def make(algorithm: Algorithm) -> bytes:
    """A new private key as a JWK; to be sealed before it is kept, and shown to nobody."""
    key: Any = ECKey.generate_key("P-256") if algorithm == "ES256" else OKPKey.generate_key("Ed25519")
    jwk = key.as_dict(private=True)
    return dumps({name: jwk[name] for name in (*_PUBLIC, "d") if name in jwk} | {"alg": algorithm})


def read(text: bytes) -> PrivateKey:
    """The key that `make` wrote.

    :raises ValueError: when it did not.
    """
    return PrivateKey(loads(text))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
