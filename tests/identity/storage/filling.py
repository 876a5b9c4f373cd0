"""Rows for every table there is, made from the schema itself, so that no table is forgotten when one is added."""

from __future__ import annotations

import itertools
from typing import Any

from sqlalchemy import Boolean, Column, Float, Integer, LargeBinary, Row, Table, select, update

from ostiary.identity.services import Services
from ostiary.identity.storage import sealed
from ostiary.identity.storage.schema import metadata, ring_marks

_numbers = itertools.count(1)
PLACES = {(each.table.name, each.column.name): each for each in sealed.COLUMNS}
SECRET = b"the secret of "


def value(table: Table, column: Column[Any], number: int, at: float) -> Any:
    """Something that fits; references lead to the row with the same number of the other table."""
    if column.info.get("sealed"):
        return None if column.nullable else b""
    for key in column.foreign_keys:
        return f"{key.column.table.name} {key.column.name} {number}"
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, Float):
        return at
    if isinstance(column.type, Integer):
        return number
    text = f"{table.name} {column.name} {number}"
    return text.encode() if isinstance(column.type, LargeBinary) else text


async def fill(services: Services, count: int = 1, *, at: float | None = None) -> list[int]:
    """So many rows in each table, every sealed column sealed for its place; the rows' numbers.

    :param at: every time in them; now, where it is not given.
    """
    at = services.now() if at is None else at
    numbers = list(itertools.islice(_numbers, count))
    await services.signing.stop()  # it would look into the table meanwhile, where not every row is a key
    async with services.database.write() as connection:
        for table in metadata.sorted_tables:
            if table is ring_marks:
                continue
            for number in numbers:
                row = {each.name: value(table, each, number, at) for each in table.columns}
                if table.name == "events":
                    del row["id"]  # the database counts them
                    place = PLACES["events", "source"].place(Fake(row))  # type: ignore[arg-type]
                    row["source"] = services.ring.seal(SECRET + place.encode(), place)
                await connection.execute(table.insert().values(row))
        for each in sealed.COLUMNS:
            if each.table.name == "events":
                continue
            for row_ in await connection.execute(
                select(each.key.label("key")).where(each.key.in_(keys(each, numbers)))
            ):
                place = each.place(row_)
                await connection.execute(
                    update(each.table)
                    .where(each.key == row_.key)
                    .values({each.column: services.ring.seal(SECRET + place.encode(), place)})
                )
    return numbers


def keys(each: sealed.Sealed, numbers: list[int]) -> list[Any]:
    return [value(each.table, each.key, number, 0.0) for number in numbers]


class Fake:
    """A row that is not yet one."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.__dict__.update(row)


async def opened(services: Services) -> dict[str, int]:
    """How many values of each sealed column open and say what was sealed there; anything else fails."""
    found = {}
    for each in sealed.COLUMNS:
        async with services.database.read() as connection:
            rows: list[Row[Any]] = list(
                await connection.execute(
                    select(each.key.label("key"), each.column.label("value"), *each.needs).where(
                        each.column.is_not(None)
                    )
                )
            )
        filled = [row for row in rows if row.value]
        for row in filled:
            if each.name == "signing_keys.private" and not str(row.key).startswith("signing_keys"):
                services.ring.open(row.value, each.place(row))  # a real one
            else:
                assert services.ring.open(row.value, each.place(row)) == SECRET + each.place(row).encode(), each.name
        found[each.name] = len(filled)
    return found


async def numbers_by_key(services: Services) -> dict[int, int]:
    """How many values each key seals."""
    found: dict[int, int] = {}
    for each in sealed.COLUMNS:
        async with services.database.read() as connection:
            for kept in (await connection.execute(select(each.column))).scalars():
                if kept:
                    found[kept[0]] = found.get(kept[0], 0) + 1
    return found


async def rows_of(services: Services) -> dict[str, int]:
    """How many rows each table has."""
    async with services.database.read() as connection:
        return {each.name: len((await connection.execute(select(each))).all()) for each in metadata.sorted_tables}
