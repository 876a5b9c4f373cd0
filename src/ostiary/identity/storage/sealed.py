"""Every sealed column has a place: ``<table>.<column>:<primary key>``, bytes as hexadecimal; all are known and renewed here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, Row, Table, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ostiary.identity.storage import events
from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.schema import metadata, ring_marks

__all__ = ["COLUMNS", "Mark", "Sealed", "exchange", "forget_mark", "marks", "old", "place", "remember_mark"]


class Sealed(NamedTuple):
    """A column whose values are sealed; `place` says for what, from `key` (the primary key) and `needs`."""

    table: Table
    column: Column[bytes]
    key: Column[Any]
    needs: tuple[Column[Any], ...]
    place: Callable[[Row[Any]], str]

    @property
    def name(self) -> str:
        """``users.email``."""
        return f"{self.table.name}.{self.column.name}"


class Mark(NamedTuple):
    """What is remembered of a key that sealed values need; number 0 is the pepper."""

    number: int
    mark: bytes
    created_at: float


def place(table: str, column: str, key: str | bytes) -> str:
    """What a value is sealed for, so that it opens nowhere else."""
    return f"{table}.{column}:{key.hex() if isinstance(key, bytes) else key}"


def _columns() -> tuple[Sealed, ...]:
    found = []
    for table in metadata.sorted_tables:
        for column in table.columns:
            if not column.info.get("sealed"):
                continue
            key, *more = table.primary_key.columns
            if more:
                msg = f"{table.name} has sealed columns and no single key"
                raise TypeError(msg)
            if table.name == "events":  # the number of a row is not known before it is written
                needs = (table.c.at, table.c.what)
                found.append(Sealed(table, column, key, needs, lambda row: events.place(row.at, row.what)))
            else:
                found.append(Sealed(table, column, key, (), _by_key(table.name, column.name)))
    return tuple(found)


def _by_key(table: str, column: str) -> Callable[[Row[Any]], str]:
    return lambda row: place(table, column, row.key)


COLUMNS: Final = _columns()


async def old(connection: AsyncConnection, sealed: Sealed, *, newest: int, after: Any, most: int) -> Sequence[Row[Any]]:
    """Rows whose value was sealed by another key than the newest, in the order of their keys, as `key` and `value`.

    :param after: the key of the last row that was seen; None: from the beginning.
    """
    wanted = (
        select(sealed.key.label("key"), sealed.column.label("value"), *sealed.needs)
        .where(sealed.column.is_not(None), func.length(sealed.column) > 0)
        .where(func.substr(sealed.column, 1, 1) != literal(bytes([newest]), sealed.column.type))
        .order_by(sealed.key)
        .limit(most)
    )
    if after is not None:
        wanted = wanted.where(sealed.key > after)
    return (await connection.execute(wanted)).all()


async def exchange(connection: AsyncConnection, sealed: Sealed, key: Any, former: bytes, renewed: bytes) -> bool:
    """Put the renewed value in the place of the former; False where somebody has changed the row meanwhile."""
    changed = update(sealed.table).where(sealed.key == key, sealed.column == former).values({sealed.column: renewed})
    return (await connection.execute(changed)).rowcount == 1


async def marks(connection: AsyncConnection) -> list[Mark]:
    """What is remembered of keys."""
    return [Mark(*row) for row in await connection.execute(select(*ring_marks.c).order_by(ring_marks.c.number))]


async def remember_mark(connection: AsyncConnection, mark: Mark) -> None:
    """Remember a key, unless its number is known."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    await connection.execute(dialect.insert(ring_marks).values(mark._asdict()).on_conflict_do_nothing())


async def forget_mark(connection: AsyncConnection, number: int) -> None:
    """Forget a key that nothing needs any more."""
    await connection.execute(ring_marks.delete().where(ring_marks.c.number == number))
