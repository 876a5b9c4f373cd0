"""A statement on SQLite is one visit to the connection's thread, and gives what the driver's own cursor would."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from ostiary.identity.storage import statements


def tried(tmp_path: Path, work: Callable[[Any], Awaitable[None]]) -> None:
    async def run() -> None:
        connection = await statements.connect(tmp_path / "some.db", 1.0)
        try:
            async with connection.cursor() as cursor:
                await cursor.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE)")
            await work(connection)
        finally:
            await connection.close()

    asyncio.run(run())


def test_rows_and_what_was_changed_are_told(tmp_path: Path) -> None:
    async def work(connection: Any) -> None:
        async with connection.cursor() as cursor:
            await cursor.executemany("INSERT INTO things (name) VALUES (?)", [("a",), ("b",), ("c",)])
            assert cursor.rowcount == 3
            await cursor.execute("INSERT INTO things (name) VALUES (?)", ("d",))
            assert (cursor.lastrowid, cursor.description) == (4, None)
            await cursor.execute("UPDATE things SET name = name || '!' WHERE id > ? RETURNING name", (2,))
            assert [each[0] for each in cursor.description] == ["name"]
            assert cursor.rowcount == 2
            assert sorted(await cursor.fetchall()) == [("c!",), ("d!",)]
            assert await cursor.fetchall() == ()

    tried(tmp_path, work)


def test_nothing_begins_by_itself_and_what_goes_wrong_is_raised(tmp_path: Path) -> None:
    async def work(connection: Any) -> None:
        async with connection.cursor() as cursor:
            await cursor.execute("INSERT INTO things (name) VALUES ('a')")
            assert not connection.in_transaction
            with pytest.raises(sqlite3.IntegrityError):
                await cursor.execute("INSERT INTO things (name) VALUES ('a')")
            await cursor.execute("SELECT count(*) FROM things")
            assert await cursor.fetchall() == [(1,)]

    tried(tmp_path, work)


def test_a_statement_is_one_visit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    visits = []

    async def work(connection: Any) -> None:
        visit = connection._execute

        async def counted(*given: Any, **more: Any) -> Any:
            visits.append(given)
            return await visit(*given, **more)

        monkeypatch.setattr(connection, "_execute", counted)
        async with connection.cursor() as cursor:
            await cursor.execute("SELECT 1")
            assert await cursor.fetchall() == [(1,)]
            await cursor.close()
        assert len(visits) == 1

    tried(tmp_path, work)
