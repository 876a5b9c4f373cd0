"""A challenge is made and checked by whoever the policy names; each answer counts once, for one operation, for minutes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from ostiary.errors import ConfigError, StoreError
from ostiary.parts.attempts_steps import Verdict
from ostiary.parts.fetching import check_url, fetch
from ostiary.strict import DecodeError, Secret, loads

MOST: Final = 8192  # characters of an answer
MOST_REPLY: Final = 16 * 1024  # bytes of what a service says
PATIENCE: Final = 5.0  # seconds for it
_MOST_USED: Final = 4096  # answers; a full memory starts anew
_REMEMBERED: Final = 600.0  # seconds: both services forget an answer after 5 minutes or less
URLS: Final = {
    "turnstile": "https://challenges.cloudflare.com/turnstile/v0/siteverify",
    "hcaptcha": "https://api.hcaptcha.com/siteverify",
}
# published for tests, they accept everything or nothing
_TEST_SECRET: Final = re.compile(r"[0-9]x0{20,}[0-9A-F]{0,2}", re.IGNORECASE)
_TEST_SITE: Final = re.compile(r"[0-9]x0{15,}[0-9A-F]{0,2}|[0-9]0000000-ffff-ffff-ffff-0{11}[0-9]", re.IGNORECASE)


class Captcha(Protocol):
    """What the control needs of a provider."""

    def challenge(self, operation: str, now: float) -> dict[str, Any]:
        """What the caller's program has to solve or show, as plain data."""
        ...

    def check(self, answer: str, operation: str, now: float) -> Verdict:
        """Whether an answer is right, and so far unused; steps for a walk, whose value is the verdict."""
        ...


def digest(answer: str) -> str:
    """An answer as part of a key."""
    return hashlib.blake2b(answer.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class Service:
    """Turnstile or hCaptcha: a token that a widget got there is shown to their siteverify endpoint.

    :param provider: ``turnstile`` or ``hcaptcha``.
    :param hostnames: the pages that the widget may have stood on, one of them.
    :param action: what the widget said it was for, exactly; empty: not asked.
    :param first: `Once.first` of the store: the service sees to single use, and we do not rely on it.
    :raises ConfigError: for settings with which everything would be accepted.
    """

    def __init__(
        self,
        provider: str,
        *,
        secret: Secret,
        site_key: str,
        hostnames: Sequence[str],
        action: str,
        url: str,
        first: Callable[[str, float], Any],
        production: bool,
        where: str,
    ) -> None:
        self._provider = provider
        self._secret = secret
        self._site_key = site_key
        self._hostnames = frozenset(each.lower() for each in hostnames)
        self._action = action
        self._url = url or URLS[provider]
        self._first = first
        self._used: dict[str, None] = {}  # here; the service and the store know of those elsewhere
        self._loopback = not production
        if not hostnames:
            hint = 'name the hosts of the pages it stands on: ["www.example.com"]'
            raise ConfigError(f"{where} hostnames", "a widget on anybody's page would do", hint)
        if not site_key:
            raise ConfigError(f"{where} site-key", "is missing: clients need it to show the widget")
        if production and (_TEST_SECRET.fullmatch(secret.reveal()) or _TEST_SITE.fullmatch(site_key)):
            hint = 'make keys of your own, or say profile = "development"'
            raise ConfigError(where, "these keys are published for tests: they accept everything", hint)
        check_url(self._url, f"{where} url", private=False, loopback=self._loopback)

    def challenge(self, operation: str, now: float) -> dict[str, Any]:  # noqa: ARG002 - the service keeps its own time
        """See `Captcha.challenge`."""
        told = {"provider": self._provider, "site-key": self._site_key}
        return {**told, "action": self._action} if self._action else told

    def check(self, answer: str, operation: str, now: float) -> Verdict:  # noqa: ARG002 - as above
        """See `Captcha.check`; StoreError when the service cannot be asked."""
        if not answer or len(answer) > MOST or not answer.isascii() or not answer.isprintable():
            return False
        name = digest(answer)
        if name in self._used or not self._accepts((yield self._ask(answer))):
            return False
        if len(self._used) >= _MOST_USED:
            self._used.clear()
        self._used[name] = None
        # the store hears of accepted answers alone: made-up ones would fill what proofs and messages share with them
        return bool((yield self._first(f"captcha:{name}", _REMEMBERED)))

    async def _ask(self, answer: str) -> Any:
        body = urlencode({"secret": self._secret.reveal(), "response": answer, "sitekey": self._site_key}).encode()
        status, _, text = await fetch(
            self._url, method="POST", headers=[("content-type", "application/x-www-form-urlencoded")], body=body,
            most=MOST_REPLY, timeout=PATIENCE, loopback=self._loopback,
        )  # fmt: skip
        try:
            told = loads(text)
        except (DecodeError, RecursionError):
            told = None
        if status >= 500 or not isinstance(told, dict):  # noqa: PLR2004 - its trouble, not the caller's
            raise StoreError(f"{self._provider} did not answer")
        return told

    def _accepts(self, told: dict[str, Any]) -> bool:
        if told.get("success") is not True:
            return False
        if str(told.get("hostname", "")).lower() not in self._hostnames:
            return False
        return not self._action or told.get("action") == self._action
