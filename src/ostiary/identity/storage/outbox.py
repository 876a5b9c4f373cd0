"""Messages wait here inside the transaction that owes them; one statement claims what is due, so that nobody sends it twice.

Some are addressed to nobody: where somebody would have got one, and whoever asked must not be able to tell.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, and_, insert, or_, select, update

from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.schema import metadata

__all__ = ["Kept", "add", "any_due", "claim", "give_up", "latest", "postpone", "settle"]

_OUTBOX: Final = metadata.tables["outbox"]
NOBODY: Final = "nobody"  # the channel of what is written so that the time says nothing, and swept with the rest
NEVER: Final = 253_402_300_799.0  # the end of the year 9999: an index by time leads to what is due alone


class Kept(NamedTuple):
    """A message as it is kept: `message` is sealed, and empty once it was sent or given up."""

    id: str
    channel: str
    message: bytes
    created_at: float
    due_at: float
    tries: int
    sent_at: float | None
    claimed_until: float | None


_COLUMNS: Final = [_OUTBOX.c[name] for name in Kept._fields]


async def add(connection: AsyncConnection, *, name: str, channel: str, message: bytes, at: float) -> None:
    """Put a message there; it leaves when the transaction is committed, and never where it is not, or for `NOBODY`."""
    due = NEVER if channel == NOBODY else at
    row = {"id": name, "channel": channel, "message": message, "created_at": at, "due_at": due, "tries": 0}
    await connection.execute(insert(_OUTBOX).values(row))


def _due(now: float, channels: Collection[str]) -> ColumnElement[bool]:
    free = or_(_OUTBOX.c.claimed_until.is_(None), _OUTBOX.c.claimed_until <= now)
    return and_(_OUTBOX.c.due_at <= now, _OUTBOX.c.sent_at.is_(None), _OUTBOX.c.channel.in_(channels), free)


async def any_due(connection: AsyncConnection, *, now: float, channels: Collection[str]) -> bool:
    """Whether something may be claimed: asked often, and without the only writer."""
    found = await connection.execute(select(_OUTBOX.c.id).where(_due(now, channels)).limit(1))
    return found.first() is not None


async def claim(
    connection: AsyncConnection, *, now: float, until: float, channels: Collection[str], most: int
) -> list[Kept]:
    """Take what is due, the oldest first, for nobody else until `until`; a claim that lapses may be taken again.

    :param channels: those that can be served now.
    :param most: rows.
    """
    due = select(_OUTBOX.c.id).where(_due(now, channels)).order_by(_OUTBOX.c.due_at).limit(most)
    taken = (
        update(_OUTBOX)
        .where(_OUTBOX.c.id.in_(due.with_for_update(skip_locked=True)), _due(now, channels))
        .values(claimed_until=until, tries=_OUTBOX.c.tries + 1)
        .returning(*_COLUMNS)
    )
    return [Kept(*row) for row in await connection.execute(taken)]


async def settle(connection: AsyncConnection, kept: Kept, *, now: float, wipe: bool) -> None:
    """It was sent: what it said is not kept any longer, only that it was sent.

    :param wipe: False where it was sent nowhere but to the operator's own folder.
    """
    values = {"sent_at": now, "due_at": NEVER, "claimed_until": None}
    statement = update(_OUTBOX).where(_OUTBOX.c.id == kept.id, _OUTBOX.c.sent_at.is_(None))
    await connection.execute(statement.values(**(values | {"message": b""} if wipe else values)))


async def postpone(connection: AsyncConnection, kept: Kept, *, due: float) -> None:
    """It was not taken: try again then. Without effect where the claim lapsed and is another's."""
    await connection.execute(update(_OUTBOX).where(_mine(kept)).values(due_at=due, claimed_until=None))


async def give_up(connection: AsyncConnection, kept: Kept) -> None:
    """It will not be tried again; what it said is not kept."""
    await connection.execute(update(_OUTBOX).where(_mine(kept)).values(due_at=NEVER, claimed_until=None, message=b""))


def _mine(kept: Kept) -> ColumnElement[bool]:
    return and_(_OUTBOX.c.id == kept.id, _OUTBOX.c.sent_at.is_(None), _OUTBOX.c.claimed_until == kept.claimed_until)


async def latest(connection: AsyncConnection, *, limit: int) -> list[Kept]:
    """The newest messages, sent ones too, without those to nobody."""
    newest = select(*_COLUMNS).where(_OUTBOX.c.channel != NOBODY).order_by(_OUTBOX.c.created_at.desc()).limit(limit)
    found = await connection.execute(newest)
    return [Kept(*row) for row in found]
