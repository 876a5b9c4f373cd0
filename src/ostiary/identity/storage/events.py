"""The audit log is added to and read; nothing here changes or removes a row, and the tables would refuse it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import event as hooks
from sqlalchemy import insert, select

from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.schema import events

__all__ = ["MOST", "Event", "add", "page", "place", "when_kept"]

MOST: Final = 100  # rows of a page


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: `source` is sealed for `place`, `details` is JSON."""

    id: int
    at: float
    user_id: str | None
    actor: str
    what: str
    source: bytes | None
    details: str


def place(at: float, what: str) -> str:
    """What an event's source is sealed for; its number is not known before it is written."""
    return f"events.source:{at!r}:{what}"


async def add(
    connection: AsyncConnection,
    *,
    at: float,
    what: str,
    user_id: str | None,
    actor: str,
    source: bytes | None,
    details: str,
) -> None:
    """Add a row."""
    await connection.execute(
        insert(events).values(at=at, what=what, user_id=user_id, actor=actor, source=source, details=details)
    )


def when_kept(connection: AsyncConnection, told: Callable[[], None]) -> None:
    """Have something called when the connection's transaction is committed; never, when it is undone."""
    plain = connection.sync_connection
    if plain is None:  # it is closed, and nothing will be committed on it
        return
    hooks.listen(plain, "commit", lambda _: told(), once=True)


async def page(
    connection: AsyncConnection,
    *,
    user_id: str | None = None,
    what: str = "",
    before: int | None = None,
    since: float | None = None,
    most: int = MOST,
) -> Sequence[Event]:
    """Events, the latest first.

    :param user_id: of one account; None: of all.
    :param what: of one kind; "": of all.
    :param before: only those with a smaller id: the last one of the page before.
    :param since: only those from then on, in seconds since the epoch.
    :param most: at most so many, and never more than `MOST`.
    """
    wanted = select(events).order_by(events.c.id.desc()).limit(max(1, min(most, MOST)))
    if user_id is not None:
        wanted = wanted.where(events.c.user_id == user_id)
    if what:
        wanted = wanted.where(events.c.what == what)
    if before is not None:
        wanted = wanted.where(events.c.id < before)
    if since is not None:
        wanted = wanted.where(events.c.at >= since)
    found = (await connection.execute(wanted)).mappings()
    return [Event(**{name: row[name] for name in Event.__slots__}) for row in found]
