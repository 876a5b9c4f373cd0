"""What is kept is sealed with AES-256-GCM under a ring of keys, bound to its place; old keys open, the newest seals."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ostiary.errors import OstiaryError

__all__ = ["KeyRing", "Unsealable", "hashed"]

_NONCE: Final = 12  # bytes, random: 2^32 messages per key are safe (NIST SP 800-38D section 8.3)
_KEY: Final = 32  # bytes
_NUMBERS: Final = range(1, 256)
_MARK: Final = b"ostiary: the mark of a key"


class Unsealable(ValueError):  # noqa: N818 - what it is, not that it happened
    """What was kept was not sealed by this ring, or not for this place."""


class KeyRing:
    """Keys by number, the highest of which seals.

    :param keys: 32 random bytes each, by number from 1 to 255.
    :param pepper: 32 random bytes for keyed digests; it does not rotate with the keys, or nothing would be found again.
    :param entropy: gives that many random bytes.
    :param look_again: gives the keys as they are now, where keys may be added while we run; asked when something was
        sealed by a key that is not known.
    :raises ValueError: for no key, for a number or a length that is not one, for an all-zero key.
    """

    def __init__(
        self,
        keys: Mapping[int, bytes],
        pepper: bytes,
        entropy: Callable[[int], bytes],
        look_again: Callable[[], Mapping[int, bytes]] | None = None,
    ) -> None:
        if len(pepper) != _KEY or not any(pepper):
            msg = f"a pepper has {_KEY} random bytes"
            raise ValueError(msg)
        self._ciphers: dict[int, AESGCM] = {}
        self._marks = {0: hmac.digest(pepper, _MARK, "sha256")}
        self._newest = 0
        self._take(keys)
        self._pepper = pepper
        self._entropy = entropy
        self._look_again = look_again

    def _take(self, keys: Mapping[int, bytes]) -> None:
        if not keys or any(len(key) != _KEY or not any(key) or number not in _NUMBERS for number, key in keys.items()):
            msg = f"a key ring takes keys of {_KEY} random bytes, numbered from 1 to 255"
            raise ValueError(msg)
        self._ciphers = {number: AESGCM(key) for number, key in keys.items()}
        self._marks = {0: self._marks[0]} | {number: hmac.digest(key, _MARK, "sha256") for number, key in keys.items()}
        self._newest = max(keys)

    @property
    def newest(self) -> int:
        """The number of the key that seals."""
        return self._newest

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of all keys, the newest last."""
        return tuple(sorted(self._ciphers))

    def seal(self, text: bytes, place: str) -> bytes:
        """Seal a text for a place (``users.email:<id>``), so that a row cannot be given the value of another."""
        nonce = self._entropy(_NONCE)
        return bytes([self._newest]) + nonce + self._ciphers[self._newest].encrypt(nonce, text, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """The text again.

        :raises Unsealable: when it was not sealed by a key of this ring, or for another place.
        """
        cipher = self._cipher(sealed[0]) if len(sealed) > _NONCE else None
        if cipher is None:
            msg = "sealed by a key that the ring does not have"
            raise Unsealable(msg)
        try:
            return cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], place.encode())
        except (InvalidTag, ValueError) as error:
            msg = f"does not open for {place.partition(':')[0]}"
            raise Unsealable(msg) from error

    def _cipher(self, number: int) -> AESGCM | None:
        cipher = self._ciphers.get(number)
        if cipher is None:
            self.look()
            cipher = self._ciphers.get(number)
        return cipher

    def look(self) -> None:
        """Take keys that were added since; what cannot be read now changes nothing."""
        if self._look_again is not None:
            with contextlib.suppress(OstiaryError, ValueError):
                self._take(self._look_again())

    def mark(self, number: int) -> bytes:
        """What tells a key from another one with its number, and nothing else about it; 0 is the pepper.

        :raises KeyError: when the ring has no such key.
        """
        return self._marks[number]

    def is_old(self, sealed: bytes) -> bool:
        """Whether it was sealed by another key than the newest."""
        return not sealed or sealed[0] != self._newest

    def digest(self, text: bytes, purpose: str) -> bytes:
        """A keyed digest (HMAC-SHA-256) for one purpose: to find an address without keeping it, to keep a short code."""
        key = hmac.digest(self._pepper, purpose.encode(), "sha256")
        return hmac.digest(key, text, "sha256")


def hashed(secret: bytes) -> bytes:
    """SHA-256, for secrets of at least 128 random bits: nothing is gained by a slow hash of those."""
    return hashlib.sha256(secret).digest()
