"""A file of state is ours alone, is never waited for, and stays small."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ostiary.errors import StoreError
from ostiary.store import sqlite_file
from ostiary.store.ports import Attempt, Count, Ladder, Rate, Taken
from ostiary.store.sqlite import SqliteStore
from store.crowd import told

TEN = Rate(10, 3600.0, 10)


def opened(path: Path, options: str = "") -> Any:
    return SqliteStore(f"sqlite:///{path}{options}", clock=time.monotonic, now=time.time)


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other
        if other.in_transaction:
            other.execute("ROLLBACK")


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    async def play() -> list[int]:
        store = opened(tmp_path / "state.db")
        await store.start()
        await told(store.quotas.spend("k", 10, time.time() + 60))
        modes = [stat.S_IMODE((tmp_path / f"state.db{end}").stat().st_mode) for end in ("", "-wal", "-shm")]
        await store.stop()
        return modes

    assert set(asyncio.run(play())) == {0o600}


def test_a_locked_file_is_neither_waited_for_in_the_loop_nor_for_long(tmp_path: Path) -> None:
    async def play() -> None:
        store = opened(tmp_path / "state.db")
        await store.start()
        with locked(tmp_path / "state.db"):
            began = time.monotonic()
            answers = [store.exact.take(f"k{number}", TEN) for number in range(50)]
            assert time.monotonic() - began < 0.1
            found = await asyncio.gather(*answers, return_exceptions=True)
            assert time.monotonic() - began < 0.6
            assert {type(each) for each in found} == {StoreError}
        assert (await told(store.exact.take("k0", TEN))).left == 9
        await store.stop()

    asyncio.run(play())


def test_what_waits_is_done_in_its_turn_once_the_lock_is_free(tmp_path: Path) -> None:
    one = Attempt((Count("a", Ladder(1, 60.0, (60.0,), 60.0)),))

    async def play() -> None:
        store = opened(tmp_path / "state.db", "?timeout=5")
        await store.start()
        assert store.strikes.attempt(one) == 0.0
        with locked(tmp_path / "state.db") as other:
            store.strikes.settle(one, good=True)
            next_try = store.strikes.attempt(one)
            asyncio.get_running_loop().call_later(0.1, other.execute, "COMMIT")
            assert await next_try == 0.0, "the success was settled before"
        await store.stop()

    asyncio.run(play())


def test_a_verb_that_nobody_waits_for_outlives_a_lock(tmp_path: Path) -> None:
    one = Attempt((Count("a", Ladder(1, 60.0, (60.0,), 60.0)),))

    async def play() -> None:
        store = opened(tmp_path / "state.db", "?timeout=0.05")
        await store.start()
        store.strikes.attempt(one)
        with locked(tmp_path / "state.db"):
            store.strikes.settle(one, good=False)
            await asyncio.sleep(0.3)
        await asyncio.sleep(0.1)
        assert [each.key for each in store.strikes.prisoners()] == ["a"]
        await store.stop()

    asyncio.run(play())


def test_most_calls_are_answered_at_once(tmp_path: Path) -> None:
    async def play() -> None:
        store = opened(tmp_path / "state.db")
        await store.start()
        assert type(store.counters.take("k", TEN)) is Taken
        assert store.once.first("k", 60.0) is True
        await store.stop()

    asyncio.run(play())


def test_a_child_opens_the_file_anew(tmp_path: Path) -> None:
    async def take(store: Any) -> int:
        left: int = (await told(store.exact.take("k", TEN))).left
        return left

    store = opened(tmp_path / "state.db")
    assert asyncio.run(take(store)) == 9
    inherited = store._file._db
    pid = os.fork()
    if pid == 0:
        signal.alarm(30)  # threads of the parent may have held locks, which nobody here will free
        left = 0
        try:
            left = asyncio.run(take(store))
            left += 100 if store._file._db is inherited else 0
        finally:
            os._exit(left)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 8
    assert asyncio.run(take(store)) == 7
    asyncio.run(store.stop())


def test_a_file_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "customers.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE customers (name)")
        db.commit()

    async def play() -> None:
        store = opened(path)
        await store.start()
        with pytest.raises(StoreError, match="another program"):
            await told(store.once.first("k", 60.0))
        await store.stop()

    asyncio.run(play())
    with closing(sqlite3.connect(path)) as db:
        assert [name for (name,) in db.execute("SELECT name FROM sqlite_master")] == ["customers"]


def test_a_broken_file_is_an_error_and_a_new_one_is_used(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"no database" * 1000)

    async def play() -> None:
        store = opened(path)
        await store.start()
        with pytest.raises(StoreError):
            await told(store.once.first("k", 60.0))
        path.unlink()
        assert await told(store.once.first("k", 60.0)) is True
        await store.stop()

    asyncio.run(play())


def test_rows_that_are_over_are_swept_away_and_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "state.db"

    async def play() -> None:
        store = opened(path)
        await store.start()
        for number in range(1200):
            store.once.first(f"k{number}", 0.001)
        store.exact.take("k", TEN)
        store.quotas.spend("k", 10, time.time() + 60)
        store.once.first("kept", 600.0)
        await asyncio.sleep(0.01)
        await asyncio.to_thread(sqlite_file.tidy, path, clean=True)
        with closing(sqlite3.connect(path)) as db:
            rows = [
                db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("once", "counters", "quotas")
            ]
        assert rows == [1, 1, 1]
        assert store.once.first("kept", 600.0) is False
        await store.stop()

    asyncio.run(play())


def test_the_log_is_moved_into_the_file_in_the_background(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "CHECKPOINT", 0.05)
    path = tmp_path / "state.db"

    async def play() -> None:
        store = opened(path)
        await store.start()
        for number in range(300):
            store.once.first(f"k{number}", 600.0)
        before = path.stat().st_size
        await asyncio.sleep(0.4)
        assert path.stat().st_size > before
        await store.stop()

    asyncio.run(play())


def test_a_file_that_was_replaced_is_opened_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "CHECKPOINT", 0.05)
    path = tmp_path / "state.db"

    async def play() -> None:
        store = opened(path)
        await store.start()
        assert store.once.first("k", 600.0) is True
        for each in ("state.db", "state.db-wal", "state.db-shm"):
            (tmp_path / each).unlink()
        path.touch()
        await asyncio.sleep(0.3)
        assert await told(store.once.first("k", 600.0)) is True
        assert await told(store.once.first("k", 600.0)) is False
        await store.stop()

    asyncio.run(play())


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://x",
        "sqlite:x",
        "sqlite:///",
        "sqlite:////no/such/folder/x.db",
        "sqlite:///x?timeout=abc",
        "sqlite:///x?colour=red",
        "sqlite:///x?timeout=0",
    ],
)
def test_a_url_that_cannot_work_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        SqliteStore(url, clock=time.monotonic, now=time.time)
