"""Argon2id (RFC 9106) in one place: parameters come from settings, and those of a kept hash are bounded before it is run."""

from __future__ import annotations

from typing import Final

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import Argon2Error, InvalidHashError

__all__ = ["Argon"]

_MOST_MEMORY: Final = 1024 * 1024  # KiB: an imported row must not take the machine down
_MOST_PASSES: Final = 32
_MOST_LANES: Final = 16


class Argon:
    """Makes and checks ``$argon2id$`` hashes; blocks, so it belongs in a thread (the library lets go of the GIL).

    :param memory: bytes; RFC 9106 section 4 and OWASP ask for 19 MiB at the least with two passes.
    :param passes: iterations.
    """

    def __init__(self, memory: int, passes: int) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory // 1024, parallelism=1, type=Type.ID)

    def make(self, secret: bytes) -> str:
        """The hash in its PHC form, with a new salt of the library's."""
        return self._hasher.hash(secret)

    def fits(self, secret: bytes, kept: str) -> bool:
        """Whether the hash is of this secret; no for one that cannot be read, or that costs more than is sane."""
        if not self.is_sane(kept):
            return False
        try:
            return self._hasher.verify(kept, secret)
        except Argon2Error:
            return False

    def is_stale(self, kept: str) -> bool:
        """Whether it was made with other parameters than new hashes are."""
        try:
            return self._hasher.check_needs_rehash(kept)
        except InvalidHashError:
            return True

    @staticmethod
    def is_sane(kept: str) -> bool:
        """Whether it is an Argon2id hash that this process is willing to compute."""
        try:
            found = extract_parameters(kept)
        except (InvalidHashError, ValueError):
            return False
        within = (
            found.memory_cost <= _MOST_MEMORY
            and 0 < found.time_cost <= _MOST_PASSES
            and 0 < found.parallelism <= _MOST_LANES
        )
        return found.type is Type.ID and within
