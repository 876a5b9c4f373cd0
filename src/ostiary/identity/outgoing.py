"""Mails and texts are written with what they are about, in one transaction, and sent afterwards, at least once, with an end.

Whoever sends claims a message first, by one statement, for longer than a try may take: of several processes one sends it.
A process that dies between its claim and the server's yes leaves a claim that lapses, and the message is sent again: then,
and only then, it may arrive twice, under the same Message-ID.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from ostiary.errors import ConfigError, StoreError
from ostiary.identity.carriers import LONGEST_TRY, Carriers
from ostiary.identity.ids import new_id
from ostiary.identity.mails.templates import MAILS, TEXTS, write
from ostiary.identity.storage import outbox
from ostiary.identity.storage.database import AsyncConnection, Database
from ostiary.identity.storage.outbox import Kept
from ostiary.parts import mail
from ostiary.parts.delivering import Undeliverable
from ostiary.parts.identity_settings import Identity
from ostiary.parts.printable import UNPRINTABLE
from ostiary.parts.sealing import KeyRing, Unsealable
from ostiary.parts.text_messages import Sender, number
from ostiary.strict import dumps, loads

if TYPE_CHECKING:
    from ostiary.identity.services import Services

__all__ = ["Outgoing", "Shown", "list_outbox"]

logger = logging.getLogger("ostiary.identity")

AT_ONCE: Final = 8  # messages on their way
POLL: Final = 0.5  # seconds between two looks at what is due: one indexed read
LEASE: Final = 2 * LONGEST_TRY  # seconds that a claim lasts; a try is over long before
LAST_WORDS: Final = 5.0  # seconds for what is on its way when we stop
PAUSES: Final = (15.0, 30.0, 60.0, 120.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0)  # seconds after each failure
_LONGEST: Final = 2000  # characters of a value
_LINK: Final = re.compile(r"[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+")
_PATH: Final = re.compile(r"/[a-z0-9/-]*")


class Shown(NamedTuple):
    """A message as operators see it: `to`, `subject` and `body` are empty where it left this house, or still will."""

    id: str
    channel: str
    state: str  # "kept": there is no server, read it here; "waiting", "sent", "given up"
    created_at: float
    tries: int
    sent_at: float | None
    to: str = ""
    subject: str = ""
    body: str = ""


class Outgoing:
    """Writes messages, and sends them.

    :param issuer: all links begin with it, whatever a request said about its host.
    :param folder: where messages are put as files when there is no server: the development profile's; made, for its
        owner alone, when the first one is.
    :param texts: instead of the provider of the settings.
    :param where: the place of the settings, for messages.
    :raises ConfigError: when the settings of mail or texts cannot be obeyed.
    """

    def __init__(
        self,
        settings: Identity,
        *,
        issuer: str,
        database: Database,
        ring: KeyRing,
        now: Callable[[], float],
        entropy: Callable[[int], bytes],
        folder: Path | None = None,
        texts: Sender | None = None,
        where: str = "[identity]",
    ) -> None:
        self.issuer = issuer
        self._title = settings.title
        self._database, self._ring, self._now, self._entropy = database, ring, now, entropy
        self._carriers = Carriers(settings, issuer, folder=folder, texts=texts, where=where)
        if UNPRINTABLE.search(settings.title) or "\n" in settings.title or not settings.title.strip():
            raise ConfigError(f"{where} title", "is not one line of text")

    @property
    def can_text(self) -> bool:
        """Whether text messages lead anywhere; if not, telephone numbers cannot be proven."""
        return "text" in self._carriers.served

    def link(self, path: str, token: str) -> str:
        """A link into a page of ours, on the issuer.

        :param path: of the page: ``/verify``.
        :param token: goes into the query; the page answers with a redirect that takes it out, and no referrer.
        """
        if _PATH.fullmatch(path) is None:
            raise ValueError("a link leads to a page of ours")
        return f"{self.issuer}{path}?token={quote(token, safe='')}"

    async def mail(
        self,
        connection: AsyncConnection,
        to: str,
        template: str,
        values: Mapping[str, str],
        *,
        leaves: bool = True,
    ) -> None:
        """Owe somebody a mail: it leaves when the transaction is committed.

        :param to: one address.
        :param template: a name of `MAILS`.
        :param values: what it needs; `link` begins with the issuer. Title, issuer and time are known.
        :param leaves: False writes what another would have got, for nobody, so that the time says nothing.
        :raises ValueError: when the address could be more than one, or a value is not one line.
        """
        mail.recipient(to)
        subject, body = write(MAILS[template], self._values(values), signed=True)
        await self._add(connection, "mail" if leaves else outbox.NOBODY, {"to": to, "subject": subject, "body": body})

    async def text(self, connection: AsyncConnection, to: str, template: str, values: Mapping[str, str]) -> None:
        """Owe somebody a text message; see `mail`.

        :param to: E.164.
        :param template: a name of `TEXTS`.
        """
        _, body = write(TEXTS[template], self._values(values), signed=False)
        await self._add(connection, "text", {"to": number(to), "subject": "", "body": body})

    def _values(self, values: Mapping[str, str]) -> dict[str, str]:
        for name, value in values.items():
            if len(value) > _LONGEST or UNPRINTABLE.search(value) or "\n" in value or "\t" in value:
                raise ValueError(f"the value {name} of a message is not one line")
        link = values.get("link")
        if link is not None and (not link.startswith(f"{self.issuer}/") or _LINK.fullmatch(link) is None):
            raise ValueError("a link that leads elsewhere is not sent")
        at = datetime.fromtimestamp(int(self._now()), UTC).strftime("%Y-%m-%d at %H:%M UTC")
        return {**values, "title": self._title, "issuer": self.issuer, "at": at}

    async def _add(self, connection: AsyncConnection, channel: str, message: Mapping[str, str]) -> None:
        name = new_id(self._entropy)
        sealed = self._ring.seal(dumps(message), _place(name))
        await outbox.add(connection, name=name, channel=channel, message=sealed, at=self._now())

    async def run(self) -> None:
        """Send what is due, until cancelled; then what is on its way gets a few seconds, and the rest stays for the next."""
        busy: set[asyncio.Task[None]] = set()
        try:
            while True:
                for kept in await self._claimed(AT_ONCE - len(busy)):
                    task = asyncio.create_task(self._deliver(kept))
                    busy.add(task)
                    task.add_done_callback(busy.discard)
                if len(busy) >= AT_ONCE:
                    await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)
                else:
                    await asyncio.sleep(POLL)
        finally:
            if busy:
                await _finish(busy)

    async def deliver_once(self) -> int:
        """Send what is due now, a handful at most.

        :returns: how many were tried.
        """
        found = await self._claimed(AT_ONCE)
        await asyncio.gather(*(self._deliver(kept) for kept in found))
        return len(found)

    async def _claimed(self, most: int) -> list[Kept]:
        """What is ours to send now; nothing while the database does not answer: it is asked again soon."""
        channels, now = self._carriers.served, self._now()
        try:
            async with self._database.read() as connection:
                if not channels or not await outbox.any_due(connection, now=now, channels=channels):
                    return []
            async with self._database.write() as connection:
                return await outbox.claim(connection, now=now, until=now + LEASE, channels=channels, most=most)
        except StoreError as error:
            logger.warning("outbox: %s", error)
            return []

    async def _deliver(self, kept: Kept) -> None:
        """One try, and what it came to; it never raises, whatever a server answers."""
        wipe, failed = True, None
        try:
            wipe = await self._carriers.carry(kept.channel, kept.id, self._opened(kept), kept.created_at)
        except Undeliverable as error:
            failed = error
        except Exception as error:  # a message that breaks us must not stop those behind it
            failed = Undeliverable(f"it could not be sent: {type(error).__name__}", again=True)
        try:
            async with self._database.write() as connection:
                if failed is None:
                    await outbox.settle(connection, kept, now=self._now(), wipe=wipe)
                elif failed.again and kept.tries <= len(PAUSES):
                    await outbox.postpone(connection, kept, due=self._now() + PAUSES[kept.tries - 1])
                else:
                    await outbox.give_up(connection, kept)
        except StoreError as error:
            logger.warning("outbox: %s: %s", kept.id, error)  # the claim lapses, and it is tried again
        if failed is not None:
            logger.warning("outbox: %s %s, try %d: %s", kept.channel, kept.id, kept.tries, failed.why)

    def _opened(self, kept: Kept) -> dict[str, str]:
        try:
            return dict(loads(self._ring.open(kept.message, _place(kept.id))))
        except Unsealable as error:
            raise Undeliverable(str(error), again=False) from error

    async def latest(self, limit: int) -> list[Shown]:
        """See `list_outbox`."""
        async with self._database.read() as connection:
            found = await outbox.latest(connection, limit=min(max(limit, 1), 500))
        return [self._shown(kept) for kept in found]

    def _shown(self, kept: Kept) -> Shown:
        state = "waiting"
        if not kept.message:
            state = "sent" if kept.sent_at is not None else "given up"
        elif not self._carriers.leaves(kept.channel):
            state = "kept"
        shown = Shown(kept.id, kept.channel, state, kept.created_at, kept.tries, kept.sent_at)
        if state != "kept":
            return shown
        try:
            message = self._opened(kept)
            return shown._replace(to=message["to"], subject=message["subject"], body=message["body"])
        except Undeliverable:
            return shown


async def list_outbox(services: Services, limit: int = 50) -> list[Shown]:
    """The newest messages for operators. Only where no server takes them are they readable: they hold live links.

    :param limit: messages, 500 at most.
    :raises StoreError: when the database cannot be reached.
    """
    return await services.outgoing.latest(limit)


def _place(name: str) -> str:
    return f"outbox.message:{name}"


async def _finish(busy: set[asyncio.Task[None]]) -> None:
    """Wait for what is on its way, and end what takes longer: its claim lapses."""
    _, late = await asyncio.wait(set(busy), timeout=LAST_WORDS)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
