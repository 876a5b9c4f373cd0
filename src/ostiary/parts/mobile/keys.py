"""Keys that an app encrypts or signs with and holds itself: constants that reach the making of a key, or stand beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ostiary.parts.secrets.found import MASK
from ostiary.parts.secrets.names import meaning

if TYPE_CHECKING:
    from ostiary.evidence.package import Package

MAKES: Final = (
    "javax.crypto.spec.SecretKeySpec.<init>", "javax.crypto.spec.DESKeySpec.<init>", "javax.crypto.spec.DESedeKeySpec.<init>",
)  # fmt: skip
SIGNS: Final = (
    "com.auth0.jwt.algorithms.Algorithm.HMAC*", "io.jsonwebtoken.*.setSigningKey", "io.jsonwebtoken.*.signWith",
    "io.jsonwebtoken.*.verifyWith", "io.jsonwebtoken.security.Keys.hmacShaKeyFor", "com.nimbusds.jose.crypto.MAC*.<init>",
    "org.jose4j.keys.HmacKey.<init>",
)  # fmt: skip
_ALGORITHMS: Final = ("AES", "DES", "Hmac", "HMAC", "RSA", "Blowfish", "RC4", "ARC", "ChaCha", "SHA", "MD5", "PBKDF")
_SHORTEST: Final = 8  # characters


@dataclass(frozen=True, slots=True)
class Key:
    """A key that is built in."""

    where: str
    what: str
    shown: str


def built_in(package: Package, known: Collection[str] = ()) -> Iterator[Key]:
    """Keys for ciphers and checksums.

    :param known: places where secrets were found already.
    """
    making = package.calls(*MAKES)
    for call in making:
        if call.where not in known and (key := _key(call.texts)):
            yield Key(call.where, "a key for a cipher is a constant", key[:2] + MASK)
    places = {call.where for call in making} - set(known) - {call.where for call in making if _key(call.texts)}
    for text in package.texts():
        if text.where in places and text.name and _is_key(text.name) and _key((text.value,)):
            yield Key(text.where, f"a key for a cipher is the constant {text.name}", text.value[:2] + MASK)


def signing(package: Package) -> Iterator[Key]:
    """Keys that tokens are signed with."""
    for call in package.calls(*SIGNS):
        if key := _key(call.texts):
            yield Key(call.where, "the key that tokens are signed with is a constant", key[:2] + MASK)


def _is_key(name: str) -> bool:
    return name.lower().strip("_m") in {"key", "iv_key"} or meaning(name).kind in {"key", "secret", "password"}


def _key(texts: Collection[str]) -> str:
    """The first text that is no algorithm's name."""
    return next((each for each in texts if len(each) >= _SHORTEST and not each.startswith(_ALGORITHMS)), "")
