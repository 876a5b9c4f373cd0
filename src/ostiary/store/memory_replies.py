"""Stored replies in this process, bounded in number and bytes; what is being run is never pushed out by what is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ostiary.store.keys import bounded
from ostiary.store.ports import Begun


class _Claim(NamedTuple):
    fingerprint: str
    until: float


class _Done(NamedTuple):
    fingerprint: str
    until: float
    reply: bytes


class MemoryReplies:
    """`Replies` in two dicts: claims, which refuse new ones when full, and replies, of which the oldest goes first."""

    def __init__(self, *, clock: Callable[[], float], most_keys: int = 10_000, most_bytes: int = 64 << 20) -> None:
        self._clock = clock
        self._most_keys = most_keys
        self._most_bytes = most_bytes
        self._bytes = 0
        self._claims: dict[str, _Claim] = {}
        self._done: dict[str, _Done] = {}

    def begin(self, key: str, fingerprint: str, seconds: float, lock: float) -> Begun:  # noqa: ARG002 - for stores with a life of their own
        """See `Replies.begin`."""
        now = self._clock()
        key = bounded(key)
        done = self._done.get(key)
        if done is not None and done.until > now:
            return Begun("done", done.reply) if done.fingerprint == fingerprint else Begun("other")
        claim = self._claims.pop(key, None)
        if claim is not None and claim.until > now:
            self._claims[key] = claim
            return Begun("busy" if claim.fingerprint == fingerprint else "other")
        if len(self._claims) >= self._most_keys and not self._lapse(now):
            return Begun("busy")
        self._claims[key] = _Claim(fingerprint, now + lock)
        return Begun("new")

    def finish(self, key: str, fingerprint: str, reply: bytes, seconds: float) -> None:
        """See `Replies.finish`; a reply larger than a hundredth of the room is not kept, and its claim lapses."""
        key = bounded(key)
        claim = self._claims.get(key)
        if claim is None or claim.fingerprint != fingerprint or len(reply) > self._most_bytes // 100:
            return
        del self._claims[key]
        self._forget(key)
        while self._done and (
            self._bytes + len(reply) > self._most_bytes or len(self._done) + len(self._claims) >= self._most_keys
        ):
            self._forget(next(iter(self._done)))
        self._done[key] = _Done(fingerprint, self._clock() + seconds, reply)
        self._bytes += len(reply)

    def drop(self, key: str, fingerprint: str) -> None:
        """See `Replies.drop`."""
        key = bounded(key)
        claim = self._claims.get(key)
        if claim is not None and claim.fingerprint == fingerprint:
            del self._claims[key]

    def _lapse(self, now: float) -> bool:
        """Whether the oldest claims could make room: they stand in the order of their ends, or nearly so."""
        while self._claims:
            oldest = next(iter(self._claims))
            if self._claims[oldest].until > now:
                break
            del self._claims[oldest]
        return len(self._claims) < self._most_keys

    def _forget(self, key: str) -> None:
        done = self._done.pop(key, None)
        if done is not None:
            self._bytes -= len(done.reply)
