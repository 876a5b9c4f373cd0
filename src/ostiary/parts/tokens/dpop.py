"""A proof of possession is good for one request: this method, this URI, this token, now, and a single time (RFC 9449)."""

from __future__ import annotations

import functools
import hashlib
import hmac
import logging
import re
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from ostiary.errors import ConfigError, Denied
from ostiary.exchange import Exchange
from ostiary.parts.tokens.jws import (
    ALGORITHMS,
    Compact,
    Key,
    Malformed,
    Unusable,
    decode,
    key_of_jwk,
    parse,
    read_object,
)
from ostiary.store.ports import Once

__all__ = ["AHEAD", "LONGEST", "MOST_JTI", "Nonces", "Proofs", "is_same_uri", "key_of_proof"]

logger = logging.getLogger("ostiary.tokens")

LONGEST: Final = 4096  # bytes of a proof; one with an RSA key of 4096 bits has half of that
MOST_JTI: Final = 512  # characters
AHEAD: Final = 10.0  # seconds that a client's clock may be fast
_STAMP: Final = 8  # bytes of a time in a nonce
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})  # RFC 7518 section 6
_PORTS: Final = {"http": 80, "https": 443}
_ENCODED: Final = re.compile("%[0-9A-Fa-f]{2}")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Nonces:
    """Nonces that a server need not remember: a time, and our mark on it (RFC 9449 section 8).

    :param key: the same in every process that serves, 32 bytes or more.
    :param seconds: how long one may be used.
    """

    def __init__(self, key: bytes, seconds: float, now: Callable[[], float]) -> None:
        self._key = key
        self.seconds = seconds
        self._now = now

    def make(self) -> str:
        """One for now."""
        stamp = int(self._now()).to_bytes(_STAMP, "big")
        return _encoded(stamp + self._mark(stamp))

    def accepts(self, nonce: str) -> bool:
        """Whether we made it, and not too long ago."""
        try:
            raw = decode(nonce.encode("ascii"), "nonce")
        except ValueError:  # Malformed, and what is no ASCII
            return False
        stamp, mark = raw[:_STAMP], raw[_STAMP:]
        if len(stamp) != _STAMP or not hmac.compare_digest(mark, self._mark(stamp)):
            return False
        return -AHEAD <= self._now() - int.from_bytes(stamp, "big") <= self.seconds

    def _mark(self, stamp: bytes) -> bytes:
        return hmac.digest(self._key, b"ostiary DPoP nonce" + stamp, hashlib.sha256)[:16]


class Proofs:
    """Checks the proofs that come with bound tokens.

    :param origins: what callers put before the path: scheme and host, and what a proxy in front takes off the path.
    :param algorithms: asymmetric ones; what a proof may be signed with.
    :param window: seconds that a proof is good for after it was made.
    :param nonces: None: the client's clock is believed instead.
    :param where: the settings, for messages.
    :raises ConfigError: for an origin that is none, or an algorithm that is not asymmetric.
    """

    def __init__(
        self,
        origins: Iterable[str],
        *,
        algorithms: tuple[str, ...],
        window: float,
        nonces: Nonces | None,
        now: Callable[[], float],
        once: Once,
        where: str,
    ) -> None:
        self._origins = tuple(_origin(each, where) for each in origins)
        unfit = [each for each in algorithms if each not in ALGORITHMS or each.startswith("HS")]
        if unfit or not algorithms:
            raise ConfigError(
                where, f"algorithms: {unfit[0] if unfit else 'none'} cannot sign a proof", 'as in "ES256"'
            )
        self._algorithms = frozenset(algorithms)
        self._challenge = f'algs="{" ".join(algorithms)}"'
        self._window = window
        self._nonces = nonces
        self._now = now
        self._once = once
        self._kept = (nonces.seconds if nonces is not None else window) + AHEAD

    def refuse(self, error: str, reason: str, **headers: str) -> NoReturn:
        """Refuse with a DPoP challenge (RFC 9449 section 7.1).

        :raises Denied: always, with 401.
        """
        raise Denied(401, reason, {"www-authenticate": f'DPoP error="{error}", {self._challenge}', **headers})

    def check(self, exchange: Exchange, sent: list[bytes], token: bytes, thumbprint: str) -> Awaitable[None] | None:
        """Pass if what was `sent` is one good proof for this request and token, made with the key of this thumbprint.

        An awaitable where the store has to be asked whether the proof was used before.

        :raises Denied: 401, with what to do better.
        """
        if len(sent) != 1:
            self.refuse("invalid_dpop_proof", "a token that is bound to a key takes exactly one proof of it")
        try:
            proof = parse(sent[0], longest=LONGEST, embedded=True)
            key = key_of_proof(proof, self._algorithms)
            claims = read_object(proof.payload, "payload")
        except (Malformed, Unusable):
            self.refuse("invalid_dpop_proof", "the proof is not one")
        if not key.verify(proof.signed, proof.signature):
            self.refuse("invalid_dpop_proof", "the proof is not signed by the key in it")
        self._judge(claims, exchange, token)
        if not hmac.compare_digest(key.thumbprint.encode(), thumbprint.encode("utf-8", "surrogatepass")):
            self.refuse("invalid_token", "the token is bound to another key")
        return self._first(claims["jti"], thumbprint)

    def _judge(self, claims: dict[str, Any], exchange: Exchange, token: bytes) -> None:
        """RFC 9449 section 4.3, steps 3 and 8 to 12."""
        jti, iat, ath = claims.get("jti"), claims.get("iat"), claims.get("ath")
        if not isinstance(jti, str) or not 0 < len(jti) <= MOST_JTI:
            self.refuse("invalid_dpop_proof", "the proof has no name of its own")
        if not isinstance(iat, (int, float)) or isinstance(iat, bool):
            self.refuse("invalid_dpop_proof", "the proof has no time")
        if claims.get("htm") != exchange.method or not self._is_here(claims.get("htu"), exchange.raw_path):
            self.refuse("invalid_dpop_proof", "the proof is for another request")
        digest = _encoded(hashlib.sha256(token).digest())
        if not isinstance(ath, str) or not hmac.compare_digest(ath.encode("utf-8", "surrogatepass"), digest.encode()):
            self.refuse("invalid_dpop_proof", "the proof is for another token")
        if self._nonces is not None:
            nonce = claims.get("nonce")
            if not isinstance(nonce, str) or not self._nonces.accepts(nonce):
                self.refuse("use_dpop_nonce", "a fresh nonce is required", **{"dpop-nonce": self._nonces.make()})
        elif not -AHEAD <= self._now() - iat <= self._window:
            self.refuse("invalid_dpop_proof", "the proof is not from now")

    def _is_here(self, uri: object, path: bytes) -> bool:
        if not self._origins:
            _complain()
            return False
        if not isinstance(uri, str):
            return False
        try:
            found = _normal(uri)
        except ValueError:
            return False
        here = _path(path.decode("latin-1"))
        return any(found == (*origin[:3], origin[3] + here) for origin in self._origins)

    def _first(self, jti: str, thumbprint: str) -> Awaitable[None] | None:
        name = hashlib.sha256(f"{thumbprint}.{jti}".encode("utf-8", "surrogatepass")).hexdigest()
        first = self._once.first(f"dpop:{name}", self._kept)
        if first is True:
            return None
        return self._replayed() if first is False else self._wait(first)

    async def _wait(self, answer: Awaitable[bool]) -> None:
        if not await answer:
            self._replayed()

    def _replayed(self) -> NoReturn:
        self.refuse("invalid_dpop_proof", "the proof has been used")


def key_of_proof(proof: Compact, algorithms: frozenset[str]) -> Key:
    """The public key that a proof brings along (RFC 9449 section 4.3, steps 4 to 7).

    :param algorithms: asymmetric ones that are accepted.
    :raises Malformed: when it is not a proof's header.
    :raises Unusable: when the key is none to verify with.
    """
    header = proof.header
    jwk = header.get("jwk")
    if header.get("typ", "").lower() != "dpop+jwt" or header["alg"] not in algorithms:
        raise Malformed("the header is not that of a proof")
    if not isinstance(jwk, dict) or not all(isinstance(each, str) for each in jwk.values()) or _PRIVATE & jwk.keys():
        raise Malformed("the header has no public key")
    key = _key_of(tuple(sorted(jwk.items())), header["alg"])
    if key is None or header["alg"] not in key.algorithms:
        raise Unusable("the key is for something else")
    return key


def is_same_uri(one: str, other: str) -> bool:
    """Whether two URIs name the same resource, in whatever spelling; what is no URI names none."""
    try:
        return _normal(one) == _normal(other)
    except ValueError:
        return False


@functools.lru_cache(maxsize=1024)
def _key_of(jwk: tuple[tuple[str, str], ...], algorithm: str) -> Key | None:
    """A client sends the same key with every request; reading one costs as much as verifying with it."""
    return key_of_jwk(dict(jwk), (algorithm,))


@functools.cache
def _complain() -> None:
    logger.error("beyond.sender-constrained-tokens: no origins are known, so no DPoP proof can be good; set origins")


_Uri = tuple[str, str, int | None, str]


def _normal(uri: str) -> _Uri:
    """Scheme, host, port and path in one spelling (RFC 3986 sections 6.2.2 and 6.2.3), without query and fragment.

    :raises ValueError: when it is no URI of a resource.
    """
    parts = urlsplit(uri)
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        raise ValueError
    return scheme, parts.hostname.lower(), parts.port or _PORTS[scheme], _path(parts.path)


def _path(path: str) -> str:
    if "%" in path:
        path = _ENCODED.sub(_one_spelling, path)
    return path or "/"


def _one_spelling(match: re.Match[str]) -> str:
    char = chr(int(match[0][1:], 16))
    return char if char in _UNRESERVED else match[0].upper()


def _origin(text: str, where: str) -> _Uri:
    hint = 'write it as callers do: "https://api.example.com"'
    try:
        scheme, host, port, path = _normal(text)
    except ValueError:
        raise ConfigError(where, f"{text!r} is not an origin", hint) from None
    if "?" in text or "#" in text:
        raise ConfigError(where, f"{text!r} is not an origin", hint)
    return scheme, host, port, path.rstrip("/")


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
