"""Signed tokens as an attacker sees them: read without a key, and made anew with whatever key there is (RFC 7515, 7519)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from ostiary.parts.seen import own_keys

_JWT: Final = re.compile(r"(?<![\w.-])(eyJ[\w-]+)\.(eyJ[\w-]+)\.([\w-]+)(?![\w.-])")
_HASHES: Final = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
_NOBODYS_KEY: Final = b"a key that no issuer has, made up by the auditor"
_ID_TOKEN: Final = frozenset({"at_hash", "c_hash", "nonce"})  # OpenID Connect Core section 2


class Token(NamedTuple):
    """A JWT in compact form, unverified."""

    raw: str
    header: dict[str, Any]
    claims: dict[str, Any]

    @property
    def algorithm(self) -> str:
        """What its header names."""
        return str(self.header.get("alg", ""))

    @property
    def signature(self) -> str:
        """The last part, as it was sent."""
        return self.raw.rpartition(".")[2]

    @property
    def is_hmac(self) -> bool:
        """Whether its key is a secret that the verifier shares."""
        return self.algorithm in _HASHES

    @property
    def is_id_token(self) -> bool:
        """Whether it tells a client who its user is, and is no access token."""
        return bool(_ID_TOKEN & self.claims.keys())

    def number(self, claim: str) -> float:
        """A claim that is a time; 0 when it is none."""
        value = self.claims.get(claim)
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.0

    def signed_by(self, key: bytes) -> bool:
        """Whether this shared secret made the signature."""
        made = hmac.new(key, self.raw.rpartition(".")[0].encode(), _HASHES[self.algorithm]).digest()
        return _base64(made) == self.signature


def find(text: str) -> Token | None:
    """The first JWT in a text, or None."""
    for match in _JWT.finditer(text):
        header, claims = _object(match[1]), _object(match[2])
        if header is not None and claims is not None and "alg" in header:
            return Token(match[0], header, claims)
    return None


def every(text: str, most: int = 20) -> list[Token]:
    """All JWTs in a text."""
    return [token for match in list(_JWT.finditer(text))[:most] if (token := find(match[0])) is not None]


def made(header: Mapping[str, Any], claims: Mapping[str, Any], key: bytes | None = None, *, signature: str = "") -> str:
    """A token with these members, signed with `key` by the HMAC that the header names (HS256 for anything else).

    :param signature: the last part as it is, where there is no key.
    """
    text = f"{_base64(_json(header))}.{_base64(_json(claims))}"
    if key is not None:
        digest = _HASHES.get(str(header.get("alg")), hashlib.sha256)
        signature = _base64(hmac.new(key, text.encode(), digest).digest())
    return f"{text}.{signature}"


def ours(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """A token with these members, signed by the auditor's own private key; ``alg`` is one that the key is for."""
    text = f"{_base64(_json(header))}.{_base64(_json(claims))}"
    return f"{text}.{own_keys.signed(str(header['alg']), text)}"


def broken(token: Token) -> str:
    """The same token with a signature of nobody's, as long as the old one: nothing of the old one can be read from it."""
    text = token.raw.rpartition(".")[0]
    size = max(len(token.signature) * 6 // 8, 1)
    digest = hashlib.shake_256(hmac.new(_NOBODYS_KEY, text.encode(), hashlib.sha256).digest()).digest(size)
    return f"{text}.{_base64(digest)}"


def edited(token: Token, **claims: Any) -> str:
    """The same token with more or other claims, under the old signature."""
    return made(token.header, {**token.claims, **claims}, signature=token.signature)


class Carrier(NamedTuple):
    """Where a request carries its token, and the other credentials that go with it."""

    name: str  # of the header field
    before: str
    token: Token
    after: str
    others: tuple[tuple[str, str], ...] = ()

    def carrying(self, text: str) -> list[tuple[str, str]]:
        """The credentials with another token in this one's place."""
        return [*self.others, (self.name, f"{self.before}{text}{self.after}")]


def carrier(credentials: Sequence[tuple[str, str]]) -> Carrier | None:
    """Where among these header fields a token is; None: it is opaque, or there is none."""
    for at, (name, value) in enumerate(credentials):
        token = find(value)
        if token is not None:
            before, _, after = value.partition(token.raw)
            others = tuple(pair for number, pair in enumerate(credentials) if number != at)
            return Carrier(name, before, token, after, others)
    return None


def _object(part: str) -> dict[str, Any] | None:
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
