"""The keys of an issuer are a closed set: whatever cannot be used safely stops the start, or is left out of a fetched set."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ostiary.errors import ConfigError
from ostiary.parts.issuers import Issuer
from ostiary.parts.tokens.jws import (
    Key,
    Malformed,
    Unusable,
    decode,
    key_of_jwk,
    key_of_pem,
    key_of_secret,
    read_object,
)
from ostiary.parts.tokens.strength import fault_of

__all__ = ["Ring", "fetched", "given"]

logger = logging.getLogger("ostiary.tokens")

MOST_KEYS = 100  # of a set; the largest issuers publish fewer than ten
MOST_TRIES = 4  # keys tried for a token that names none


class Ring:
    """The keys of one issuer at one time; `find` answers for what a header says, and tries nothing that it does not fit."""

    __slots__ = ("_by_kid", "_nameless", "keys")

    def __init__(self, keys: Iterable[Key]) -> None:
        self.keys = tuple(keys)
        self._by_kid = {key.kid: key for key in self.keys if key.kid}
        self._nameless = tuple(key for key in self.keys if not key.kid)

    def find(self, kid: str, algorithm: str) -> tuple[Key, ...] | None:
        """The keys that may have signed such a token, most often one; None: no key has that id, a newer set may.

        A key without an id stands for any. A token without one may be of any key of its algorithm, within bounds.
        """
        if kid and self._by_kid:
            key = self._by_kid.get(kid)
            if key is not None:
                return (key,) if algorithm in key.algorithms else ()
            if not self._nameless:
                return None
        among = self._nameless if kid else self.keys
        return tuple(key for key in among if algorithm in key.algorithms)[:MOST_TRIES]

    @property
    def thumbprints(self) -> frozenset[str]:
        """The keys themselves, whatever they are called (RFC 7638)."""
        return frozenset(key.thumbprint for key in self.keys)


def given(issuer: Issuer, where: str) -> Ring:
    """Read the keys that the policy gives itself: ``key``, or ``jwks`` where it is a file.

    :param where: the issuer's table, for messages.
    :raises ConfigError: for a key that is weak, private, broken, of no allowed algorithm, or twice there.
    """
    if issuer.key is not None:
        where, text = f"{where} key", issuer.key.reveal()
    else:
        where = f"{where} jwks"
        try:
            text = Path(issuer.jwks).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(where, f"{issuer.jwks} cannot be read", "give a file, or an https URL") from error
    try:
        keys = _read(text, issuer.algorithms, secrets=issuer.key is not None)
    except (Unusable, Malformed) as error:
        raise ConfigError(where, str(error), _HINT) from error
    if not keys:
        raise ConfigError(where, "holds no key that signatures can be verified with", _HINT)
    if len({key.symmetric for key in keys}) > 1:
        raise ConfigError(where, "mixes shared secrets and public keys", "give each its own issuer")
    if len({key.kid for key in keys if key.kid}) < sum(bool(key.kid) for key in keys):
        raise ConfigError(where, "two keys have the same kid", "give each its own")
    return Ring(keys)


_HINT = 'make a secret with "openssl rand -base64 48", or a key pair with "openssl genpkey -algorithm ed25519"'


def _read(text: str, algorithms: tuple[str, ...], *, secrets: bool) -> list[Key]:
    stripped = text.strip()
    if "-----BEGIN " in stripped:
        return [key_of_pem(stripped, algorithms)]
    if stripped.startswith("{") or not secrets:
        document = read_object(stripped.encode(), "key")
        jwks = document.get("keys", [document]) if "keys" in document or "kty" in document else None
        if not isinstance(jwks, list) or len(jwks) > MOST_KEYS:
            raise Unusable("it is neither a JWK nor a JWK set")
        found = [key_of_jwk(each, algorithms) for each in jwks]
        for each in jwks:
            if isinstance(each, dict) and each.get("kty") == "oct":
                _refuse_weak(decode(str(each.get("k")).encode(), "key").decode("latin-1"), str(each.get("k")))
        return [each for each in found if each is not None]
    key = key_of_secret(text.encode(), algorithms)
    _refuse_weak(text)
    return [key]


def _refuse_weak(*spellings: str) -> None:
    for spelling in spellings:
        fault = fault_of(spelling)
        if fault:
            raise Unusable(f"the secret can be guessed: {fault}")


def fetched(document: Any, algorithms: tuple[str, ...], name: str) -> Ring:
    """Read a JWK set that an issuer publishes: what cannot be used is left out, with a line in the log.

    Shared secrets and private keys are left out too: published, they are everybody's.

    :raises Malformed: when it is no JWK set, or holds no key to verify with.
    """
    jwks = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(jwks, list):
        raise Malformed("the key set has no list of keys")
    keys: list[Key] = []
    for each in jwks[:MOST_KEYS]:
        try:
            key = key_of_jwk(each, algorithms)
        except (Unusable, Malformed) as error:
            logger.warning("issuer %s publishes a key that is not taken: %s", name, error)
            continue
        if key is not None and not key.symmetric:
            keys.append(key)
    kids = [key.kid for key in keys if key.kid]
    doubtful = {kid for kid in kids if kids.count(kid) > 1}
    if doubtful:
        logger.warning("issuer %s publishes several keys under one kid: none of them is taken", name)
    keys = [key for key in keys if key.kid not in doubtful]
    if not keys:
        raise Malformed("the key set holds no key to verify with")
    return Ring(keys)
