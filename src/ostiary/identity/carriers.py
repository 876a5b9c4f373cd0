"""What takes a message away: a mail server, a provider of texts, or a folder of our own where there is neither."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ostiary.errors import ConfigError
from ostiary.parts import mail
from ostiary.parts.delivering import Undeliverable
from ostiary.parts.identity_settings import Identity
from ostiary.parts.text_messages import Sender, Twilio

__all__ = ["LONGEST_TRY", "Carriers"]

LONGEST_TRY: Final = 60.0  # seconds, whatever the settings say
_TEXT_TRY: Final = 20.0  # seconds


class Carriers:
    """Hands messages over.

    :param issuer: its host is what we call ourselves, and what message ids end in.
    :param folder: where messages are put as files when there is no server; made when the first one is.
    :param texts: instead of the provider of the settings.
    :param where: the place of the settings, for messages.
    :raises ConfigError: when the settings of mail or texts cannot be obeyed.
    """

    def __init__(
        self, settings: Identity, issuer: str, *, folder: Path | None, texts: Sender | None, where: str
    ) -> None:
        self._mail = settings.mail
        self._domain = urlsplit(issuer).hostname or "localhost"
        self._folder = folder
        self._server = mail.read_server(self._mail.server, f"{where}.mail server") if self._mail.server else None
        if self._server is not None and not self._mail.sender:
            raise ConfigError(f"{where}.mail sender", "is not set", 'write "Example <no-reply@example.com>"')
        sender = self._mail.sender or "no-reply@localhost"
        self._sender = mail.read_sender(sender, f"{where}.mail sender")
        self._texts = texts or _provider(settings, f"{where}.texts")

    def leaves(self, channel: str) -> bool:
        """Whether messages of a channel ("mail", "text") leave this house."""
        return (self._server if channel == "mail" else self._texts) is not None

    @property
    def served(self) -> tuple[str, ...]:
        """The channels whose messages can be handed over now, if only to a folder."""
        return tuple(each for each in ("mail", "text") if self._folder is not None or self.leaves(each))

    async def carry(self, channel: str, name: str, message: Mapping[str, str], at: float) -> bool:
        """Hand a message over; False where that was to our own folder.

        :param name: the message's id, the same for every try.
        :param at: when it was written, in seconds since the epoch.
        :raises Undeliverable: when nobody took it.
        """
        if channel == "mail" and self._server is not None:
            await self._send(self._server, name, message, at)
            return True
        if channel == "text" and self._texts is not None:
            await self._texts.send(message["to"], message["body"], timeout=_TEXT_TRY)
            return True
        if self._folder is None:
            raise Undeliverable("there is nobody to hand it to", again=True)
        await asyncio.to_thread(_write, self._folder, f"{channel}-{name}", message, at)
        return False

    async def _send(self, server: mail.MailServer, name: str, message: Mapping[str, str], at: float) -> None:
        try:
            to = mail.recipient(message["to"])
            subject, body = message["subject"], message["body"]
            made = mail.compose(self._sender, to, subject, body, name=name, domain=self._domain, at=at)
        except ValueError as error:
            raise Undeliverable("the mail cannot be written", again=False) from error
        password = self._mail.password.reveal() if self._mail.password is not None else ""
        timeout = min(float(self._mail.timeout), LONGEST_TRY)
        await mail.submit(server, made, user=self._mail.user, password=password, name=self._domain, timeout=timeout)


def _provider(settings: Identity, where: str) -> Sender | None:
    texts = settings.texts
    if not texts.url:
        return None
    password = texts.password.reveal() if texts.password is not None else ""
    return Twilio(texts.url, texts.user, password, texts.sender, where=where)


def _write(folder: Path, name: str, message: Mapping[str, str], at: float) -> None:
    """A message as a file that nobody else reads; written beside and moved, so that nobody sees half of one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{datetime.fromtimestamp(int(at), UTC):%Y%m%dT%H%M%SZ}-{name}.txt"
    beside = path.with_suffix(".part")
    beside.unlink(missing_ok=True)
    subject = f"Subject: {message['subject']}\n" if message["subject"] else ""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(beside, flags, 0o600), "w", encoding="utf-8") as file:
        file.write(f"To: {message['to']}\n{subject}\n{message['body']}\n")
    beside.replace(path)
