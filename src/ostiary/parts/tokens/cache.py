"""A token that was verified is known by a digest of all of it, until it expires, its key is gone, or it is revoked."""

from __future__ import annotations

from collections.abc import Collection

from ostiary.exchange import Principal

__all__ = ["Entry", "Verified"]

MOST_TOKENS = 10_000  # about 20 MB; when more are in use at once, the oldest are verified again


class Entry:
    """A verified token: who it speaks for, until when (seconds since the epoch), and by which key it was signed."""

    __slots__ = ("epoch", "principal", "signer", "until")

    def __init__(self, principal: Principal, until: float, signer: str, epoch: int) -> None:
        self.principal = principal
        self.until = until
        self.signer = signer  # the key's thumbprint; "" where no key of ours was asked
        self.epoch = epoch  # of the orders that it was last compared with


class Verified:
    """Verified tokens by the SHA-256 digest of the header field's value; only the verified get in, so none is pushed out by a guess."""

    __slots__ = ("_most", "entries", "find")

    def __init__(self, most: int = MOST_TOKENS) -> None:
        self._most = most
        self.entries: dict[bytes, Entry] = {}
        self.find = self.entries.get

    def add(self, digest: bytes, entry: Entry) -> None:
        """Remember a token; in a full cache the oldest is forgotten."""
        entries = self.entries
        if len(entries) >= self._most and digest not in entries:
            del entries[next(iter(entries))]
        entries[digest] = entry

    def drop(self, digest: bytes) -> None:
        """Forget a token."""
        self.entries.pop(digest, None)

    def keep_signed(self, issuer: str, signers: Collection[str]) -> None:
        """Forget an issuer's tokens that were signed with a key which is not among these any more."""
        gone = [
            digest
            for digest, entry in self.entries.items()
            if entry.principal.issuer == issuer and entry.signer and entry.signer not in signers
        ]
        for digest in gone:
            del self.entries[digest]
