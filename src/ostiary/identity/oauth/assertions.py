"""A client's assertion is about itself, for us alone, for now, signed by a key it registered, and good a single time."""

from __future__ import annotations

import functools
import json
from typing import Any, Final

from ostiary.identity.oauth.clients import ASSERTION_ALGORITHMS
from ostiary.identity.services import Services
from ostiary.identity.storage import once
from ostiary.identity.storage.clients import Client
from ostiary.parts.tokens.jws import Compact, Key, Malformed, Unusable, key_of_jwk, parse, read_object

__all__ = ["KIND", "is_good", "named_in"]

KIND: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523 section 2.2
LONGEST: Final = 8192  # characters
_TYPES: Final = frozenset({"", "jwt", "client-authentication+jwt"})  # access tokens, proofs and logout tokens say other
_AHEAD: Final = 10.0  # seconds that a client's clock may be fast
# Seconds that an assertion may be good for: what authlib signs for unless told otherwise. It is good once all the same.
_LIFE: Final = 3600.0
_MOST_JTI: Final = 256
# Nobody has their private halves: what names no key that it could be checked with costs as much to refuse.
_NOBODY: Final = (
    {"kty": "EC", "crv": "P-256", "x": "9ebaCh_BdaPJopGQG5eI898wBgI4yl4ndOWcv94dVww", "y": "zeW8y7gGGMsLJXCADeY8H-Sitq7V_RiUsG99gFFkkR8"},
    {"kty": "OKP", "crv": "Ed25519", "x": "U6arbA8-xKC7ToeaxsCqXyVmRujXmmIIZGjMk3fIUi4"},
    {"kty": "RSA", "e": "AQAB", "n": "qEbcuo1qXMz6YV1hEHSUh7CXduXMcBrXFVgQWsu0oC65Bf0ai-RrPtuNizHS3m9o27bPWRYXBLKpVamvXLKKIAyn6ArcYvxgnnl3LjWXknas_0_dbMjbBsiBdA0F5wY_lsVJuK4ED1IO2ZFFBF1Wj6WcWxGS9IPYawE_i65HGcdQ7q-xJowh1FAHuABFeO35HxOKJzicZMKTsmblCsxlfNanRkaSdXbYyzRKQhIzna1724zlg08OwYM0lBdCaVCvdDSQPHgDofMkz4hhfwPpfdlsi4vUzhSugBd-Ssy8arbJchqXdDQFvX_ljwfYxsR9ZqPKhMD6eDwnK0sNRvOyqw"},
)  # fmt: skip


def named_in(assertion: str) -> str:
    """Whom an assertion claims to be of; "" when it is none. Nothing of it is believed yet."""
    try:
        claims = read_object(_opened(assertion).payload, "payload")
    except Malformed:
        return ""
    name = claims.get("sub")
    return name if isinstance(name, str) else ""


async def is_good(services: Services, client: Client | None, assertion: str) -> bool:
    """Whether an assertion proves that it is this client (RFC 7523 section 3, OpenID Connect Core section 9).

    :param client: None where nobody is of the name: the same is done then, and the answer is no.
    """
    try:
        sent = _opened(assertion)
        claims = read_object(sent.payload, "payload")
    except Malformed:
        return False
    key = _key(client, sent)
    verified = (key or _nobody(sent.header["alg"])).verify(sent.signed, sent.signature)
    if client is None or key is None or not verified:
        return False
    if not _is_about(claims, client.id) or not _is_for(claims, services.issuer) or not _is_now(claims, services.now()):
        return False
    async with services.database.write() as connection:
        return await once.first(
            connection, f"assertion {client.id} {claims['jti']}", claims["exp"] + _AHEAD, services.now()
        )


def _opened(assertion: str) -> Compact:
    if not assertion.isascii():
        msg = "an assertion is ASCII"
        raise Malformed(msg)
    return parse(assertion.encode(), longest=LONGEST)


def _key(client: Client | None, sent: Compact) -> Key | None:
    """The client's key: the one that is named, or the only one there is for the algorithm."""
    if client is None or sent.header.get("typ", "").lower() not in _TYPES:
        return None
    fitting = [
        key
        for jwk in client.jwks
        if (key := _read(json.dumps(jwk, sort_keys=True))) is not None
        and not key.symmetric
        and sent.header["alg"] in key.algorithms
    ]
    kid = sent.header.get("kid", "")
    named = [key for key in fitting if key.kid == kid] if kid else fitting
    return named[0] if len(named) == 1 else None


@functools.lru_cache(maxsize=256)
def _read(jwk: str) -> Key | None:
    """A key with the algorithms of its kind that are taken; RSA keys that name none are for PS256 or RS256 as they come."""
    plain: dict[str, Any] = json.loads(jwk)
    try:
        return key_of_jwk(plain, ASSERTION_ALGORITHMS)
    except Unusable:
        return None


@functools.cache
def _nobody(algorithm: str) -> Key:
    keys = [key for jwk in _NOBODY if (key := _read(json.dumps(jwk))) is not None]
    return next((key for key in keys if algorithm in key.algorithms), keys[0])


def _is_about(claims: dict[str, Any], client_id: str) -> bool:
    jti = claims.get("jti")
    named = claims.get("iss") == client_id and claims.get("sub") == client_id
    return named and isinstance(jti, str) and 0 < len(jti) <= _MOST_JTI


def _is_for(claims: dict[str, Any], issuer: str) -> bool:
    """For us alone: what is for another server too could be shown there first."""
    audience = claims.get("aud")
    if isinstance(audience, list) and len(audience) == 1:
        audience = audience[0]
    return isinstance(audience, str) and audience in {issuer, f"{issuer}/oauth/token"}


def _is_now(claims: dict[str, Any], now: float) -> bool:
    times: tuple[Any, ...] = (claims.get("exp"), claims.get("iat", now), claims.get("nbf", now))
    if not all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in times):
        return False
    ends, made, starts = times
    short: bool = now < ends <= now + _LIFE + _AHEAD and now - _LIFE - _AHEAD <= made <= now + _AHEAD
    begun: bool = starts <= now + _AHEAD
    return short and begun
