"""Text messages leave by a provider's HTTP interface; a number is E.164 before anybody is asked to pay for it."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Final, Protocol
from urllib.parse import quote, urlencode

from ostiary.errors import ConfigError, StoreError
from ostiary.parts.delivering import Undeliverable
from ostiary.parts.fetching import check_url, fetch

__all__ = ["Sender", "Twilio", "number"]

_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")  # ITU-T E.164 section 6: fifteen digits at most
_SPACES: Final = re.compile(r"[ .()/-]")
_LONGEST: Final = 1600  # characters that the provider takes
_ACCOUNT: Final = re.compile(r"[A-Za-z0-9]{1,64}")
_TAKEN: Final = range(200, 300)
_AGAIN: Final = frozenset({401, 403, 404, 408, 409, 425, 429})  # our login, our URL or our pace, not this message


class Sender(Protocol):
    """Takes a text message."""

    async def send(self, to: str, body: str, *, timeout: float) -> None:  # noqa: ASYNC109 - the whole of it
        """Hand a text over.

        :param to: E.164.
        :param timeout: seconds for all of it.
        :raises Undeliverable: when it was not taken.
        """
        ...


def number(text: str) -> str:
    """A telephone number in E.164, as it is kept and compared; spaces, dots, dashes, slashes and brackets are dropped.

    :raises ValueError: when it is none; the message does not repeat it.
    """
    plain = _SPACES.sub("", text) if len(text) <= 40 else ""  # noqa: PLR2004 - characters, far beyond any number
    if _NUMBER.fullmatch(plain) is None:
        raise ValueError("not a telephone number with its country's code (+49...)")
    return plain


class Twilio:
    """Twilio's Messages resource, and whatever speaks like it.

    :param url: with the version: ``https://api.twilio.com/2010-04-01``.
    :param user: the account's SID; `password`: its token.
    :param sender: the number it comes from.
    :param where: the place of the settings, for messages.
    :raises ConfigError: when one of them cannot be used.
    """

    def __init__(self, url: str, user: str, password: str, sender: str, *, where: str = "[identity.texts]") -> None:
        check_url(url, f"{where} url", private=False, loopback=True)
        if "?" in url:
            raise ConfigError(f"{where} url", "has a query")
        if _ACCOUNT.fullmatch(user) is None:
            raise ConfigError(f"{where} user", "is not an account", "write the account's SID")
        if not password:
            raise ConfigError(f"{where} password", "is not set", 'write password = { env = "NAME" }')
        try:
            self._sender = number(sender)
        except ValueError as error:
            raise ConfigError(f"{where} sender", f"is {error}") from error
        self._url = f"{url.rstrip('/')}/Accounts/{quote(user, safe='')}/Messages.json"
        self._login = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")

    async def send(self, to: str, body: str, *, timeout: float) -> None:  # noqa: ASYNC109 - the whole of it
        """Hand a text over; see `Sender`."""
        try:
            fields: Mapping[str, str] = {"To": number(to), "From": self._sender, "Body": body[:_LONGEST]}
        except ValueError as error:
            raise Undeliverable(str(error), again=False) from error
        headers = [
            ("authorization", self._login),
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "application/json"),
        ]
        try:
            status, _, _ = await fetch(
                self._url,
                method="POST",
                headers=headers,
                body=urlencode(fields).encode("ascii"),
                timeout=timeout,
                loopback=True,
            )
        except StoreError as error:
            raise Undeliverable(str(error), again=True) from None
        if status not in _TAKEN:
            again = status in _AGAIN or status not in range(400, 500)
            raise Undeliverable(f"the provider answers {status}", again=again)
