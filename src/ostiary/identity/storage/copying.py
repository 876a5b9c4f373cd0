"""A copy of an SQLite file is taken while it is being written, is one moment of it, and is looked at before it is believed."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Row, delete, select, update

from ostiary.identity.storage import schema
from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.sealed import Sealed

__all__ = ["copy", "fault", "page", "settle"]

_WAIT: Final = 30.0  # seconds for the file's lock
_WHY: Final = "restored"


def copy(source: Path, target: Path) -> None:
    """Copy a database of one moment into a new file, in one piece (https://www.sqlite.org/backup.html).

    :raises sqlite3.Error: when the source cannot be read, or the disk is full.
    """
    here = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=_WAIT)
    with closing(here), closing(sqlite3.connect(target)) as there:
        here.backup(there)
        there.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it


def fault(path: Path) -> str:
    """What is wrong with a database file, as a clause; "" when every page, index and reference is as it should be."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_WAIT)) as database:
            found = database.execute("PRAGMA integrity_check(1)").fetchone()
            if found != ("ok",):
                return "is damaged"
            if database.execute("PRAGMA foreign_key_check").fetchone() is not None:
                return "has rows that belong to nothing"
    except sqlite3.Error:
        return "is no database"
    return ""


async def page(connection: AsyncConnection, sealed: Sealed, *, after: Any, most: int) -> Sequence[Row[Any]]:
    """Sealed values, in the order of their keys, as `key` and `value`.

    :param after: the key of the last row that was seen; None: from the beginning.
    """
    wanted = (
        select(sealed.key.label("key"), sealed.column.label("value"), *sealed.needs)
        .where(sealed.column.is_not(None), sealed.column != b"")
        .order_by(sealed.key)
        .limit(most)
    )
    return (await connection.execute(wanted if after is None else wanted.where(sealed.key > after))).all()


async def settle(connection: AsyncConnection, now: float) -> None:
    """Let nothing come back to life that was spent, ended or revoked after the copy was taken.

    Sessions, grants and tokens end; links, codes and challenges are gone; messages that may have left are not sent again.

    :param now: seconds since the epoch.
    """
    await connection.execute(update(schema.users).values(tokens_not_before=now))
    sessions, families, tokens = schema.sessions, schema.families, schema.access_tokens
    ended = update(sessions).where(sessions.c.ended_at.is_(None))
    await connection.execute(ended.values(ended_at=now, ended_why=_WHY))
    revoked = update(families).where(families.c.revoked_at.is_(None))
    await connection.execute(revoked.values(revoked_at=now, revoked_why=_WHY))
    await connection.execute(update(tokens).where(tokens.c.revoked_at.is_(None)).values(revoked_at=now))
    gone = (schema.tickets, schema.challenges, schema.codes, schema.refresh_tokens, schema.requests, schema.devices)
    for table in gone:
        await connection.execute(delete(table))
    await connection.execute(delete(schema.outbox).where(schema.outbox.c.sent_at.is_(None)))
