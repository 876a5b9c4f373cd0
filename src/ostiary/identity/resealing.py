"""Keys are changed while everything runs: a new one seals, old values are renewed in small batches, then old ones may go."""

from __future__ import annotations

import hmac
import logging
from pathlib import Path
from typing import Any, Final, NamedTuple

from ostiary.errors import ConfigError
from ostiary.identity import keyfolder
from ostiary.identity.services import Services
from ostiary.identity.storage import sealed
from ostiary.identity.storage.database import Database
from ostiary.parts.sealing import KeyRing, Unsealable

__all__ = ["LEAD", "Resealed", "agree", "let_go", "must_be_new", "reseal", "rotate"]

logger = logging.getLogger("ostiary.identity")

LEAD: Final = 300.0  # seconds in which every process has looked into the folder again, and seals with the new key
_BATCH: Final = 100  # rows


class Resealed(NamedTuple):
    """What `reseal` did.

    :param renewed: values that the newest key seals now.
    :param broken: values that no key opens; they are left as they are, and named in the log.
    :param free: numbers of keys that nothing needs any more: `let_go` removes them.
    """

    renewed: int
    broken: int
    free: tuple[int, ...]


async def agree(database: Database, ring: KeyRing, now: float, *, where: str = "[identity] keys") -> None:
    """See to it that the ring is the one that the database's values were sealed with, and remember its keys there.

    :param now: seconds since the epoch.
    :raises ConfigError: when a key is another one, or missing: nothing would open, and nobody would be found.
    :raises StoreError: when the database cannot be reached.
    """
    async with database.read() as connection:
        known = await sealed.marks(connection)
    numbers = (0, *ring.numbers)
    if set(numbers) - {each.number for each in known}:
        async with database.write() as connection:
            for number in numbers:
                await sealed.remember_mark(connection, sealed.Mark(number, ring.mark(number), now))
            known = await sealed.marks(connection)
    for each in known:
        name = f"key {each.number}" if each.number else "the pepper"
        if each.number not in numbers:
            raise ConfigError(where, f"{name} is missing, which the database needs", "restore the folder of keys")
        if not hmac.compare_digest(ring.mark(each.number), each.mark):
            problem = f"{name} is not the one that the database was written with"
            raise ConfigError(where, problem, "restore the folder of keys that belongs to it")


async def must_be_new(database: Database, *, where: str = "[identity] keys") -> None:
    """See to it that no value needs keys: asked before a folder of new ones is made.

    :raises ConfigError: when there are some.
    :raises StoreError: when the database cannot be reached.
    """
    async with database.read() as connection:
        if await sealed.marks(connection):
            raise ConfigError(where, "there is no such folder, and the database needs it", "restore it from a backup")


async def rotate(services: Services) -> int:
    """Add a key, which seals from now on, here at once and in other processes within minutes; its number.

    :raises ConfigError: when the folder of keys is not as it should be.
    :raises StoreError: when the database cannot be reached.
    """
    number = keyfolder.rotate(Path(services.settings.keys), services.entropy)
    services.ring.look()
    await agree(services.database, services.ring, services.now())
    return number


async def reseal(services: Services, *, batch: int = _BATCH) -> Resealed:
    """Renew all values that older keys sealed. It may be ended at any moment and begun again; others go on meanwhile.

    :param batch: rows per transaction.
    :raises StoreError: when the database cannot be reached.
    """
    services.ring.look()
    await agree(services.database, services.ring, services.now())
    renewed = broken = 0
    for each in sealed.COLUMNS:
        some, bad = await _renew(services, each, batch)
        renewed += some
        broken += bad
    return Resealed(renewed, broken, await _free(services))


async def let_go(services: Services, number: int) -> None:
    """Remove an old key that nothing needs any more. Backups from before need it: theirs is in their copy of the folder.

    :raises ConfigError: when values need it, or processes may still seal with it.
    :raises StoreError: when the database cannot be reached.
    """
    if number not in await _free(services):
        raise ConfigError("[identity] keys", f"key {number} may still be needed", "reseal, and wait for five minutes")
    async with services.database.write() as connection:
        await sealed.forget_mark(connection, number)
    keyfolder.forget(Path(services.settings.keys), number)
    services.ring.look()


async def _renew(services: Services, each: sealed.Sealed, batch: int) -> tuple[int, int]:
    renewed = broken = 0
    after: Any = None
    while True:
        async with services.database.read() as connection:
            rows = await sealed.old(connection, each, newest=services.ring.newest, after=after, most=batch)
        if not rows:
            return renewed, broken
        after = rows[-1].key
        changes = []
        for row in rows:
            try:
                name = each.place(row)
                changes.append((row.key, row.value, services.ring.seal(services.ring.open(row.value, name), name)))
            except Unsealable as error:
                broken += 1
                logger.error("a value of %s cannot be renewed: %s", each.name, error)  # noqa: TRY400 - where it is says it all
        async with services.database.write() as connection:
            for key, former, new in changes:
                renewed += await sealed.exchange(connection, each, key, former, new)


async def _free(services: Services) -> tuple[int, ...]:
    """Old keys that seal nothing that is kept, once the newest has been there for long enough to be used by everybody."""
    newest = services.ring.newest
    async with services.database.read() as connection:
        known = {each.number: each for each in await sealed.marks(connection)}
        if newest not in known or services.now() - known[newest].created_at < LEAD:
            return ()
        for each in sealed.COLUMNS:
            if await sealed.old(connection, each, newest=newest, after=None, most=1):
                return ()
    return tuple(number for number in known if 0 < number < newest)
