"""What is over is deleted, a few rows at a time, so that nothing grows for ever; events never are."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Final, NamedTuple

from sqlalchemy import Column, ColumnElement, Table, and_, delete, exists, or_, select

from ostiary.errors import StoreError
from ostiary.identity.storage import schema
from ostiary.identity.storage.database import Database

__all__ = ["RULES", "Rule", "Sweeper", "sweep"]

logger = logging.getLogger("ostiary.identity")

_HOUR: Final = 3600.0
_DAY: Final = 24 * _HOUR
_EVERY: Final = 600.0  # seconds between two sweeps of one process
_BATCH: Final = 500  # rows deleted in one transaction
_MOST: Final = 200  # batches of one table in one sweep; the next one goes on
_PAUSE: Final = 0.05  # seconds between two batches, for those who serve people


class Rule(NamedTuple):
    """Which rows of a table are over.

    :param keep: seconds for which they stay after that: a used code that comes again ends what it led to.
    """

    table: Table
    over: Callable[[float], ColumnElement[bool]]
    keep: float


def _expired(table: Table, keep: float, column: str = "expires_at") -> Rule:
    return Rule(table, lambda before: table.c[column] < before, keep)


def _childless(before: float) -> ColumnElement[bool]:
    """Families whose tokens are gone, so that one deletion never takes thousands of rows with it."""
    family = schema.families.c
    children = (schema.codes, schema.refresh_tokens, schema.access_tokens)
    return and_(family.expires_at < before, *(~exists().where(each.c.family_id == family.id) for each in children))


def _settled(before: float) -> ColumnElement[bool]:
    """Messages that have left, and those that wait for a way out for so long that their links are dead."""
    message = schema.outbox.c
    return and_(message.created_at < before, or_(message.sent_at.is_(None), message.sent_at < before))


RULES: Final = (  # children before their parents
    _expired(schema.once, 0.0),
    _expired(schema.challenges, _DAY),
    _expired(schema.tickets, _DAY),
    _expired(schema.requests, _HOUR),
    _expired(schema.devices, _DAY),
    _expired(schema.codes, _DAY),
    _expired(schema.access_tokens, _HOUR),
    _expired(schema.refresh_tokens, _DAY),
    Rule(schema.families, _childless, _DAY),
    _expired(schema.sessions, 30 * _DAY),  # until then their owner sees when and why they ended
    Rule(schema.outbox, _settled, 7 * _DAY),
    _expired(schema.signing_keys, _DAY, "gone_at"),
)


async def sweep(
    database: Database, now: float, *, batch: int = _BATCH, most: int = _MOST, pause: float = _PAUSE
) -> dict[str, int]:
    """Delete what is over; how many rows of each table. Several processes may do so at the same time.

    :param now: seconds since the epoch.
    :param batch: rows per transaction.
    :param most: batches per table.
    :param pause: seconds between two transactions.
    :raises StoreError: when the database cannot be reached.
    """
    gone: dict[str, int] = {}
    for rule in RULES:
        for _ in range(most):
            deleted = await _some(database, rule, now, batch)
            gone[rule.table.name] = gone.get(rule.table.name, 0) + deleted
            if deleted < batch:
                break
            await asyncio.sleep(pause)
    return gone


async def _some(database: Database, rule: Rule, now: float, batch: int) -> int:
    key: Column[object] = next(iter(rule.table.primary_key.columns))
    over = rule.over(now - rule.keep)
    async with database.read() as connection:  # asked without the only writer: mostly there is nothing
        if (await connection.execute(select(key).where(over).limit(1))).first() is None:
            return 0
    some = select(key).where(over).limit(batch).with_for_update(skip_locked=True)
    async with database.write() as connection:
        return (await connection.execute(delete(rule.table).where(key.in_(some)))).rowcount


class Sweeper:
    """Sweeps now and then until it is stopped, and looks for new keys meanwhile.

    :param now: seconds since the epoch.
    :param look: called every minute: `KeyRing.look`, so that a rotated key is used by all processes within minutes.
    """

    def __init__(
        self, database: Database, now: Callable[[], float], *, look: Callable[[], None], every: float = _EVERY
    ) -> None:
        self._database = database
        self._now = now
        self._look = look
        self._every = every

    async def run(self) -> None:
        """Go on until cancelled; a database that is away is tried again at the next turn."""
        while True:
            until = self._every * random.uniform(0.75, 1.25)  # noqa: S311 - so that processes do not sweep in step
            while until > 0:
                await asyncio.sleep(min(until, 60.0))
                until -= 60.0
                await asyncio.to_thread(self._look)
            try:
                gone = await sweep(self._database, self._now())
            except StoreError as error:
                logger.warning("what is over is not deleted: %s", error)
            else:
                if any(gone.values()):
                    logger.info(
                        "deleted what is over: %s",
                        ", ".join(f"{name} {count}" for name, count in gone.items() if count),
                    )
