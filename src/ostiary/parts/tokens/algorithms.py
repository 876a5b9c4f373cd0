"""Signature algorithms that are believed, by the kind of key that they take; "none" is not among them (RFC 7518, RFC 9864)."""

from __future__ import annotations

from typing import Final

RSA: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
SECRET: Final = {"HS256": 32, "HS384": 48, "HS512": 64}  # bytes a secret must have at least (RFC 7518 section 3.2)
BY_CURVE: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
EDWARDS: Final = ("EdDSA", "Ed25519")  # two names of one algorithm, of which the first is older (RFC 9864 section 2.2)
ALGORITHMS: Final = frozenset((*RSA, *SECRET, *BY_CURVE.values(), *EDWARDS))
