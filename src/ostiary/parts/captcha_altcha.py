"""Proof of work by ALTCHA needs no third party: a signed puzzle, worth one try at one operation; altcha is imported here alone."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Any, Final

from ostiary.errors import ConfigError
from ostiary.parts.attempts_steps import Verdict
from ostiary.parts.captcha import MOST
from ostiary.strict import Secret

ALGORITHM: Final = "PBKDF2/SHA-256"
SHORTEST_KEY: Final = 32  # bytes: HMAC-SHA-256 is as strong as its key (RFC 2104 section 3)
_FOR: Final = "for"  # the operation that a puzzle is for, in what is signed


class Altcha:
    """Puzzles signed with the policy's key.

    :param cost: PBKDF2 iterations of one trial.
    :param trials: how many there are at the most; half of them at the least.
    :param seconds: until a puzzle is too old.
    :param first: `Once.first` of the store.
    :raises ConfigError: when the library is not installed, or the key is short.
    """

    def __init__(
        self, key: Secret, *, cost: int, trials: int, seconds: float, first: Callable[[str, float], Any], where: str
    ) -> None:
        try:
            import altcha  # noqa: PLC0415 - an optional library
        except ImportError as error:
            raise ConfigError(where, "altcha is not installed", "pip install 'ostiary[captcha]'") from error
        text = key.reveal().encode()
        if len(text) < SHORTEST_KEY:
            raise ConfigError(f"{where} key", f"is shorter than {SHORTEST_KEY} bytes", "openssl rand -base64 32")
        self._altcha: Any = altcha
        self._cost = cost
        self._trials = trials
        self._seconds = seconds
        self._first = first
        self._sign = _derived(text, b"puzzle")
        self._solution = _derived(text, b"solution")

    def challenge(self, operation: str, now: float) -> dict[str, Any]:
        """See `Captcha.challenge`; ``challenge`` is what ALTCHA's widget takes."""
        made = self._altcha.create_challenge(
            ALGORITHM,
            self._cost,
            counter=self._trials // 2 + secrets.randbelow(max(1, self._trials // 2)),
            expires_at=int(now + self._seconds),
            data={_FOR: operation},
            hmac_secret=self._sign,
            hmac_key_secret=self._solution,
        )
        return {"provider": "altcha", "challenge": made.to_dict()}

    def check(self, answer: str, operation: str, now: float) -> Verdict:
        """See `Captcha.check`."""
        payload = self._read(answer)
        if payload is None:
            return False
        parameters = payload.challenge.parameters
        if not isinstance(parameters.data, dict) or parameters.data.get(_FOR) != operation:
            return False
        left = parameters.expires_at - now
        if not 0 < left <= self._seconds + 1:
            return False
        return bool((yield self._first(f"captcha:{parameters.nonce}", left + 1)))

    def _read(self, answer: str) -> Any:
        """The answer, its signature and its solution checked; None when anything is wrong with it."""
        if not answer or len(answer) > MOST:
            return None
        try:
            result = self._altcha.verify_solution(answer, self._sign, hmac_key_secret=self._solution)
            return self._altcha.Payload.from_base64(answer) if result.verified else None
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            return None  # the library reads what a stranger wrote


def _derived(key: bytes, use: bytes) -> bytes:
    """A key for one use alone (BLAKE2b with personalisation, RFC 7693)."""
    return hashlib.blake2b(hashlib.sha512(key).digest(), digest_size=32, person=b"ostiary " + use[:8]).digest()
