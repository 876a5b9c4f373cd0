"""How often somebody may guess: by account, by account and source, by code; or, careless, for ever."""

from __future__ import annotations

import time
from collections import OrderedDict

from ostiary.demo.reading import Refused

MOST = 5  # tries by one source
MOST_OF_ALL = 8  # tries by everybody
MOST_CODES = 5
MOST_UNASKED = 3  # tries before a challenge
MOST_SENT = 2
SPAN = 60.0  # seconds
MOST_KEYS = 1000


class Tries:
    """Counts in fixed windows, which is enough for a shop."""

    def __init__(self, faults: frozenset[str]) -> None:
        self.faults = faults
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def take(self, account: str, peer: str) -> None:
        """A sign-in is tried; refuses the one that is too many."""
        guarded = not {"account.captcha-challenge", "auth.login-jail", "auth.login-max-retry"} & self.faults
        if guarded and self._seen.get(f"login {account} {peer}", (0.0, 0))[1] >= MOST_UNASKED:
            raise Refused(403, "show that you are a person")
        if "auth.login-jail" not in self.faults:
            self._count(f"login {account} {peer}", MOST)
        if "auth.login-max-retry" not in self.faults:
            self._count(f"login {account}", MOST_OF_ALL)

    def forget(self, account: str, peer: str) -> None:
        """It was the right password."""
        self._seen.pop(f"login {account} {peer}", None)
        self._seen.pop(f"login {account}", None)

    def send(self, account: str) -> None:
        """A code is asked for."""
        if "account.auth-endpoint-limits" not in self.faults:
            self._count(f"send {account}", MOST_SENT)

    def check(self, account: str) -> None:
        """A code is tried."""
        if "account.auth-endpoint-limits" not in self.faults:
            self._count(f"check {account}", MOST_CODES)

    def call(self, who: str, most: int) -> None:
        """One more call of a caller; for allowances over a window."""
        self._count(f"call {who}", most)

    def _count(self, key: str, most: int) -> None:
        now = time.monotonic()
        began, count = self._seen.pop(key, (now, 0))
        if began + SPAN < now:
            began, count = now, 0
        self._seen[key] = (began, count + 1)
        while len(self._seen) > MOST_KEYS:
            self._seen.popitem(last=False)
        if count >= most:
            raise Refused(429, "too many tries", retry_after=str(int(SPAN)))
