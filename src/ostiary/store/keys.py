"""A key is 120 bytes at the most wherever it goes: a longer one keeps its beginning and becomes a digest."""

from __future__ import annotations

import hashlib
import re

SHORT = 30  # characters: at 4 bytes each, no key this long is cut
LONGEST = 120  # bytes; what controls make of addresses, accounts and identities is shorter, an attacker's may not be
_KEPT = 92  # bytes of the beginning, so that lists can be searched by prefix; with the digest longer than any short key
_DIGEST = 16  # bytes: two keys that share one take 2^64 tries to find (BLAKE2b, RFC 7693)
_CUT = re.compile(rb"(?s).{%d}[0-9a-f]{%d}" % (_KEPT, 2 * _DIGEST))


def encoded(key: str) -> bytes:
    """The key as bytes; lone surrogates and NUL, which clients can send, are bytes like others."""
    raw = key.encode("utf-8", "surrogatepass")
    if len(raw) <= LONGEST:
        return raw
    kept = raw[:_KEPT].decode("utf-8", "ignore").encode()  # no half characters in lists
    digest = hashlib.blake2b(raw, digest_size=_DIGEST).hexdigest().encode()
    return kept.ljust(_KEPT, b"~") + digest


def decoded(raw: bytes) -> str:
    """The key that `encoded` made these bytes of, if it was not too long."""
    return raw.decode("utf-8", "surrogatepass")


def searched(prefix: str) -> bytes:
    """The beginning of encoded keys that stands for this beginning of a key; a key as it is listed stands for itself."""
    raw = prefix.encode("utf-8", "surrogatepass")
    return raw if _CUT.fullmatch(raw) else encoded(prefix)


def bounded(key: str) -> str:
    """The key as a text of bounded length; one of 120 characters or less is returned as it is."""
    return key if len(key) <= LONGEST else decoded(encoded(key)).ljust(LONGEST + 5, "~")
