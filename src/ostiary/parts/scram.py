"""SCRAM-SHA-256 as a client speaks it (RFC 5802, RFC 7677), without channel binding; nothing is sent or read here."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

_MOST_ROUNDS: Final = 1_000_000  # a server that asks for more would keep us busy for seconds
_GS2: Final = "n,,"


class Scram:
    """One sign-in.

    :param nonce: printable, without commas, new each time.
    """

    def __init__(self, user: str, password: str, nonce: str) -> None:
        self._password = password
        self._nonce = nonce
        self._bare = f"n={user.replace('=', '=3D').replace(',', '=2C')},r={nonce}"
        self._proved = b""

    def first(self) -> str:
        """The first message."""
        return _GS2 + self._bare

    def final(self, challenge: str) -> str:
        """The second message, in answer to the server's first.

        :raises ValueError: when that is none, or asks for an absurd amount of work.
        """
        words = dict(each.split("=", 1) for each in challenge.split(",") if "=" in each)
        try:
            nonce, salt, rounds = words["r"], base64.b64decode(words["s"], validate=True), int(words["i"])
        except (KeyError, ValueError) as error:
            raise ValueError("no challenge of SCRAM") from error
        if not nonce.startswith(self._nonce) or not 0 < rounds <= _MOST_ROUNDS:
            raise ValueError("no challenge of SCRAM")
        salted = hashlib.pbkdf2_hmac("sha256", self._password.encode(), salt, rounds)
        key = hmac.digest(salted, b"Client Key", "sha256")
        final = f"c={base64.b64encode(_GS2.encode()).decode()},r={nonce}"
        said = f"{self._bare},{challenge},{final}".encode()
        signature = hmac.digest(hashlib.sha256(key).digest(), said, "sha256")
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        self._proved = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), said, "sha256")
        return f"{final},p={base64.b64encode(proof).decode()}"

    def knows(self, verdict: str) -> bool:
        """Whether the server's last message shows that it knows the password as well."""
        return hmac.compare_digest(verdict.removeprefix("v="), base64.b64encode(self._proved).decode())
