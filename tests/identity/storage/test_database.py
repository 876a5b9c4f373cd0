"""A change is whole or did not happen: raised, cancelled, killed, or met by others; and nobody waits for ever."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from identity.house import House
from identity.storage.crowd import crowd
from mortal import mortal
from ostiary.errors import ConfigError, Denied, StoreError
from ostiary.identity.storage.database import AsyncConnection, Database
from ostiary.identity.storage.schema import once as table
from store.servers import Server, postgres_server


async def add(connection: AsyncConnection, name: str) -> None:
    await connection.execute(table.insert().values(hash=name.encode(), expires_at=0.0))


async def names(database: Database) -> set[str]:
    async with database.read() as connection:
        return {row.hash.decode() for row in await connection.execute(select(table.c.hash))}


def test_what_a_block_wrote_is_there_after_it(any_house: House) -> None:
    database = any_house.services.database

    async def scenario() -> set[str]:
        async with database.write() as connection:
            await add(connection, "one")
            await add(connection, "two")
            assert (await connection.execute(select(func.count()).select_from(table))).scalar_one() == 2
        return await names(database)

    assert any_house.run(scenario()) == {"one", "two"}


@pytest.mark.parametrize("error", [Denied(401, "no"), KeyError("x"), KeyboardInterrupt(), asyncio.CancelledError()])
def test_a_block_that_raises_is_undone_and_says_why(any_house: House, error: BaseException) -> None:
    database = any_house.services.database

    async def fails() -> None:
        async with database.write() as connection:
            await add(connection, "one")
            raise error

    async def scenario() -> None:
        with pytest.raises(type(error)):
            await fails()
        async with database.write() as connection:  # and the lock is free
            await add(connection, "two")
        assert await names(database) == {"two"}

    any_house.run(scenario())


def test_a_reader_sees_one_moment_and_changes_nothing(any_house: House) -> None:
    database = any_house.services.database

    async def write() -> None:
        async with database.write() as connection:
            await add(connection, "later")

    async def scenario() -> None:
        async with database.read() as connection:
            assert (await connection.execute(select(table.c.hash))).all() == []
            await asyncio.create_task(write())  # a reader holds no writer up
            assert (await connection.execute(select(table.c.hash))).all() == []
        assert await names(database) == {"later"}
        with pytest.raises(StoreError):
            async with database.read() as connection:
                await add(connection, "through the wrong door")
        assert await names(database) == {"later"}
        async with database.write() as connection:  # a pooled connection is no reader for ever
            await add(connection, "after")

    any_house.run(scenario())


@pytest.mark.parametrize(
    ("outer", "inner"), [("write", "write"), ("write", "read"), ("read", "write"), ("read", "read")]
)
def test_a_block_inside_a_block_is_a_mistake_that_shows_at_once(any_house: House, outer: str, inner: str) -> None:
    database = any_house.services.database

    async def scenario() -> None:
        began = time.monotonic()
        with pytest.raises(RuntimeError, match="inside another"):
            async with getattr(database, outer)(), getattr(database, inner)():
                pass
        assert time.monotonic() - began < 2
        async with database.write() as connection:
            await add(connection, "after")

    any_house.run(scenario())


def test_a_task_that_was_begun_inside_a_block_has_blocks_of_its_own(any_house: House) -> None:
    database = any_house.services.database

    async def later() -> None:
        async with database.write() as connection:
            await add(connection, "later")

    async def scenario() -> None:
        async with database.write() as connection:
            task = asyncio.create_task(later())
            await asyncio.sleep(0)
            await add(connection, "first")
        await task
        assert await names(database) == {"first", "later"}

    any_house.run(scenario())


def test_more_tasks_than_connections_all_come_to_their_turn(any_house: House) -> None:
    database = any_house.services.database

    async def one(number: int) -> None:
        await names(database)
        async with database.write() as connection:
            await add(connection, str(number))

    async def scenario() -> None:
        await asyncio.gather(*(one(number) for number in range(60)))
        assert len(await names(database)) == 60

    any_house.run(scenario())


def test_cancelled_at_any_moment_a_change_is_whole_or_did_not_happen(any_house: House) -> None:
    database = any_house.services.database
    chance = random.Random(7)
    ended: set[int] = set()

    async def one(number: int) -> None:
        async with database.write() as connection:
            await add(connection, f"{number} a")
            await asyncio.sleep(0)
            await add(connection, f"{number} b")
        ended.add(number)

    async def scenario() -> int:
        loop = asyncio.get_running_loop()
        tasks = [asyncio.create_task(one(number)) for number in range(200)]
        for task in tasks[1:]:  # one comes to its end, however slow the machine is
            loop.call_later(chance.uniform(0, 1.0), task.cancel)
            if chance.random() < 0.3:
                loop.call_later(chance.uniform(0, 1.0), task.cancel)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(each) for each in results} <= {type(None), asyncio.CancelledError}
        began = time.monotonic()
        async with database.write() as connection:
            await add(connection, "after")
        assert time.monotonic() - began < 3, "the lock was not given back"
        there = await names(database) - {"after"}
        for number in range(200):
            assert (f"{number} a" in there) == (f"{number} b" in there)
            assert number not in ended or f"{number} a" in there
        return len(ended)

    assert 0 < any_house.run(scenario()) < 200
    assert not database._busy
    if database.is_sqlite:
        assert not database._turn.locked()


def test_a_commit_is_not_left_half_done_when_its_task_is_cancelled(
    any_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was cancelled there gets the connection back only when the commit is over."""
    database = any_house.services.database
    commit = AsyncConnection.commit
    began = asyncio.Event()
    over: list[str] = []

    async def slow(self: AsyncConnection) -> None:
        began.set()
        await asyncio.sleep(0.2)
        await commit(self)
        over.append("committed")

    async def one() -> None:
        async with database.write() as connection:
            await add(connection, "one")

    async def scenario() -> None:
        monkeypatch.setattr(AsyncConnection, "commit", slow)
        task = asyncio.create_task(one())
        await began.wait()
        task.cancel()
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert over == ["committed"]
        assert await names(database) == {"one"}

    any_house.run(scenario())


def test_what_processes_read_before_they_write_is_still_so(any_house: House) -> None:
    async def begin() -> None:
        async with any_house.services.database.write() as connection:
            await add(connection, "number")

    async def now() -> float:
        async with any_house.services.database.read() as connection:
            return float((await connection.execute(select(table.c.expires_at))).scalar_one())

    any_house.run(begin())
    assert sum(crowd(4, any_house.services.settings.database, "counts", turns=40)) == 160
    assert any_house.run(now()) == 160.0


def test_no_process_starves_the_others(house: House) -> None:
    found = crowd(3, house.services.settings.database, "hogs", seconds=2.0)
    turns = [len(each) for each in found]
    assert min(turns) > sum(turns) / 15, turns
    assert max(max(each) for each in found) < 2.0


def test_a_file_that_somebody_holds_is_waited_for_and_then_refused(tmp_path: Path, house: House) -> None:
    path = house.services.database.path
    assert path is not None
    other = sqlite3.connect(path, isolation_level=None)
    database = Database(f"sqlite:///{path}", patience=0.4)

    async def scenario() -> None:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(StoreError):
            async with database.write() as connection:
                await add(connection, "one")
        assert 0.3 < time.monotonic() - began < 2
        asyncio.get_running_loop().call_later(0.2, other.execute, "ROLLBACK")
        async with database.write() as connection:
            await add(connection, "two")
        assert await names(database) == {"two"}
        await database.close()

    house.run(scenario())
    other.close()


def test_whoever_waits_too_long_in_the_queue_is_refused(tmp_path: Path, house: House) -> None:
    database = Database(house.services.settings.database, patience=0.3)

    async def scenario() -> None:
        async with database.write():

            async def other() -> None:
                async with database.write():
                    pass

            with pytest.raises(StoreError):
                await asyncio.create_task(other())
        async with database.write() as connection:
            await add(connection, "after")
        await database.close()

    house.run(scenario())


@pytest.mark.live
def test_blocks_about_the_same_take_turns_on_postgresql_and_others_do_not(postgres_house: House) -> None:
    database = postgres_house.services.database
    order: list[str] = []

    async def one(name: str, *about: str) -> None:
        async with database.write(*about) as connection:
            await connection.execute(text("SELECT 1"))
            order.append(f"{name} in")
            await asyncio.sleep(0.1)
            order.append(f"{name} out")

    async def scenario() -> None:
        await asyncio.gather(one("a", "user:1", "user:2"), one("b", "user:2", "user:1"))
        assert order in (["a in", "a out", "b in", "b out"], ["b in", "b out", "a in", "a out"])
        order.clear()
        await asyncio.gather(one("a", "user:1"), one("b", "user:2"))
        assert {each.partition(" ")[2] for each in order[:2]} == {"in"}

    postgres_house.run(scenario())


@pytest.mark.live
def test_changes_that_block_each_other_are_done_again(postgres_house: House) -> None:
    database = postgres_house.services.database
    tries = 0

    async def swap(one: bytes, other: bytes) -> None:
        async def work(connection: AsyncConnection) -> None:
            nonlocal tries
            tries += 1
            for each in (one, other):
                await connection.execute(
                    table.update().where(table.c.hash == each).values(expires_at=table.c.expires_at + 1)
                )
                await asyncio.sleep(0.1)

        await database.change(work)

    async def scenario() -> None:
        async with database.write() as connection:
            await add(connection, "a")
            await add(connection, "b")
        await asyncio.gather(swap(b"a", b"b"), swap(b"b", b"a"))
        async with database.read() as connection:
            assert list((await connection.execute(select(table.c.expires_at))).scalars()) == [2.0, 2.0]

    postgres_house.run(scenario())
    assert tries > 2, "they were to meet"


def test_a_change_that_is_no_good_is_not_tried_again(any_house: House) -> None:
    tries = 0

    async def work(connection: AsyncConnection) -> None:
        nonlocal tries
        tries += 1
        await add(connection, "same")
        await add(connection, "same")

    with pytest.raises(StoreError, match="collides"):
        any_house.run(any_house.services.database.change(work))
    assert tries == 1


@pytest.mark.live
def test_a_statement_that_takes_too_long_is_ended(postgres_house: House) -> None:
    database = Database(postgres_house.services.settings.database, patience=0.5)

    async def scenario() -> None:
        for door in (database.read, database.write):
            began = time.monotonic()
            with pytest.raises(StoreError) as caught:
                async with door() as connection:
                    await connection.execute(text("SELECT pg_sleep(20)"))
            assert time.monotonic() - began < 3
            assert isinstance(caught.value.__cause__, DBAPIError), "the server ended it, and is free again"
        await database.close()

    postgres_house.run(scenario())


@pytest.mark.live
def test_a_server_that_dies_is_a_503_and_is_found_again() -> None:
    with postgres_server() as server:
        asyncio.run(_dies(server))


async def _dies(server: Server) -> None:
    database = Database(server.url, patience=2.0)
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE kept (number int)"))

    async def killed() -> None:
        async with database.write() as connection:
            await connection.execute(text("INSERT INTO kept VALUES (1)"))
            await asyncio.to_thread(server.kill)
            await connection.execute(text("INSERT INTO kept VALUES (2)"))

    with pytest.raises(StoreError):
        await killed()
    for door in (database.read, database.write):
        began = time.monotonic()
        with pytest.raises(StoreError):
            async with door() as connection:
                await connection.execute(text("SELECT 1"))
        assert time.monotonic() - began < 5
    await asyncio.to_thread(server.start)
    async with database.write() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM kept"))).scalar_one() == 0
    await database.close()


@pytest.mark.live
def test_a_server_that_hangs_is_a_503_in_time(postgres_house: House) -> None:
    database = Database(postgres_house.services.settings.database, patience=1.0)
    stopped: list[int] = []

    async def hangs() -> None:
        async with database.write() as connection:
            stopped.append((await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one())
            os.kill(stopped[0], signal.SIGSTOP)
            await connection.execute(text("SELECT 1"))

    async def scenario() -> None:
        began = time.monotonic()
        with pytest.raises(StoreError):
            await hangs()
        assert time.monotonic() - began < 8
        async with database.write() as connection:
            await connection.execute(text("SELECT 1"))

    try:
        postgres_house.run(scenario())
    finally:
        for each in stopped:
            os.kill(each, signal.SIGCONT)
        postgres_house.run(database.close())


def test_errors_carry_no_statement_and_no_value(any_house: House, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with any_house.services.database.write() as connection:
            await add(connection, "the-secret")
            await add(connection, "the-secret")

    with caplog.at_level(logging.DEBUG, "ostiary"), pytest.raises(StoreError) as caught:
        any_house.run(scenario())
    cause = caught.value.__cause__
    assert isinstance(cause, DBAPIError)
    assert "the-secret" not in str(caught.value)
    assert "INSERT" not in str(caught.value)
    assert "the-secret" not in caplog.text


def test_a_transaction_that_holds_others_up_is_told_of(house: House, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with house.services.database.write():
            await asyncio.sleep(1.1)

    house.run(scenario())
    assert "others waited for it" in caplog.text


def test_the_file_is_for_its_owner_alone(house: House) -> None:
    path = house.services.database.path
    assert path is not None
    found = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.glob(f"{path.name}*")}
    assert set(found) >= {"identity.db", "identity.db-wal"}
    assert set(found.values()) == {0o600}


def test_every_commit_is_on_the_disk_and_references_hold(house: House) -> None:
    async def asked(pragma: str) -> Any:
        async with house.services.database.write() as connection:
            return (await connection.exec_driver_sql(f"PRAGMA {pragma}")).scalar_one()

    assert house.run(asked("journal_mode")) == "wal"
    assert house.run(asked("synchronous")) == 2, "FULL: a spent token is spent after a power cut too"
    assert house.run(asked("foreign_keys")) == 1


@pytest.mark.parametrize(
    "url",
    ["", "sqlite:", "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///x?mode=ro", "sqlite://host/x", "mysql://h/d",
     "sqlite+aiosqlite:///x", "postgresql+psycopg://h/d", "identity.db"],
)  # fmt: skip
def test_a_url_that_names_no_database_is_refused_at_start(url: str) -> None:
    with pytest.raises(ConfigError):
        Database(url)


def test_a_place_that_cannot_be_opened_is_refused_at_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be opened"):
        Database(f"sqlite:///{tmp_path}/absent/identity.db")


INTERRUPTED = """
import asyncio, sys
from sqlalchemy import text
from ostiary.identity.storage.database import Database

async def main():
    database = Database(sys.argv[1])
    try:
        async with database.write() as connection:
            await connection.execute(text("DELETE FROM once"))
            print("inside", flush=True)
            await asyncio.sleep(60)
    finally:
        await database.close()

asyncio.run(main())
"""


def test_ctrl_c_inside_a_change_undoes_it_and_ends_at_once(any_house: House) -> None:
    database = any_house.services.database

    async def begin() -> None:
        async with database.write() as connection:
            await add(connection, "one")

    any_house.run(begin())
    command = [sys.executable, "-c", INTERRUPTED, any_house.services.settings.database]
    with mortal(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ), 60) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"inside\n"
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=10)
    assert any_house.run(names(database)) == {"one"}
