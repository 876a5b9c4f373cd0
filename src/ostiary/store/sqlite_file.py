"""A file is written in the event loop and never waited for there; what finds it locked is tried again in its turn.

A verb is one transaction that takes the lock before it reads (BEGIN IMMEDIATE). The disk itself is only waited for at
checkpoints, which a thread makes: write-ahead log, synchronous=NORMAL, so what a verb said survives the death of the
process, and a power cut may take back the last moments.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import sqlite3
import time
import weakref
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from ostiary.errors import StoreError
from ostiary.store.failed import Failed
from ostiary.store.new_file import made
from ostiary.store.sqlite_verbs import PERISHABLE, SCHEMA

logger = logging.getLogger("ostiary.store")

SHORTEST_PAUSE, LONGEST_PAUSE = 0.0002, 0.005  # seconds between two tries of a verb that found the file locked
UNHEARD = 5.0  # seconds for which a verb that nobody waits for is tried
MOST_WAITING = 10_000  # verbs
CHECKPOINT = 2.0  # seconds between two checkpoints
CLEAN = 30.0  # seconds between two searches for rows that are over
COMPLAIN = 10.0  # seconds between two lines in the log
AT_ONCE = 500  # rows deleted in one transaction
MOST_PAGES = 262_144  # of 4 KiB, a GiB: a full file refuses, whatever an attacker made it keep
APPLICATION = 0x6F737469  # "osti": whose file it is (PRAGMA application_id)

Verb = Callable[[sqlite3.Connection], Any]
Done = Callable[[Any], None]  # takes the result, or a StoreError

_files: weakref.WeakSet[File] = weakref.WeakSet()
_parents: list[sqlite3.Connection] = []  # connections that a fork copied: neither usable nor safe to close in the child


class _Waiting(NamedTuple):
    verb: Verb
    done: Done
    until: float


class File:
    """One database file, opened by the first verb of a process."""

    def __init__(self, path: Path, timeout: float) -> None:
        self.path = path
        self._timeout = timeout
        self._db: sqlite3.Connection | None = None
        self._inode = 0
        self._complained = -COMPLAIN
        self._waiting: list[_Waiting] = []
        self._drain: asyncio.Task[None] | None = None
        self._upkeep: asyncio.Task[None] | None = None
        _files.add(self)

    def submit(self, verb: Verb, done: Done, *, patience: float | None = None) -> None:
        """Run a verb in a transaction: now, if nobody else holds the lock, or as soon as can be.

        :param done: gets the result, or a StoreError when it took longer than `patience` seconds.
        """
        if not self._waiting:
            try:
                result = self._run(verb)
            except BlockingIOError:
                pass
            except StoreError as error:
                done(error)
                return
            else:
                done(result)
                return
        self._queue(_Waiting(verb, done, time.monotonic() + (self._timeout if patience is None else patience)))

    def ask(self, verb: Verb) -> Any | Awaitable[Any]:
        """The verb's result, or an awaitable of it."""
        if not self._waiting:
            try:
                return self._run(verb)
            except BlockingIOError:
                pass
            except StoreError as error:
                return Failed(error)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def done(result: Any) -> None:
            if future.done():  # its caller is gone
                return
            if isinstance(result, StoreError):
                future.set_exception(result)
            else:
                future.set_result(result)

        self._queue(_Waiting(verb, done, time.monotonic() + self._timeout))
        return future

    def post(self, verb: Verb) -> None:
        """Run a verb that nobody waits for; it is tried for longer."""
        self.submit(verb, _unheard, patience=UNHEARD)

    async def start(self) -> None:
        """Open the file, and keep it small from now on."""
        self.post(lambda _: None)
        self._upkeep = asyncio.create_task(self._keep_small(), name="ostiary-sqlite")

    async def stop(self) -> None:
        """Finish what waits, within a second, and close."""
        for task in (self._upkeep, self._drain):
            if task is None or task.get_loop() is not asyncio.get_running_loop():
                continue
            if task is self._upkeep:
                task.cancel()
            await asyncio.wait([task], timeout=1.0)
        self.close()

    def close(self) -> None:
        """Close; the next verb opens it again."""
        db, self._db = self._db, None
        if db is not None:
            with contextlib.suppress(sqlite3.Error):
                db.close()

    def forget(self) -> None:
        """This is a child of the process that opened it."""
        if self._db is not None:
            _parents.append(self._db)
        self._db = self._drain = self._upkeep = None
        self._waiting = []

    def _run(self, verb: Verb) -> Any:
        """:raises BlockingIOError: when another process holds the lock."""
        try:
            db = self._db or self._open()
            db.execute("BEGIN IMMEDIATE")
            try:
                result = verb(db)
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            if _busy(error):
                raise BlockingIOError from error
            self._complain(error)
            self.close()
            raise StoreError(f"SQLite: {type(error).__name__}") from error
        except OSError as error:
            self._complain(error)
            raise StoreError(f"SQLite: {type(error).__name__}") from error
        return result

    def _complain(self, error: Exception) -> None:
        """A line in the log, but not for each request."""
        now = time.monotonic()
        if now - self._complained >= COMPLAIN:
            self._complained = now
            logger.warning("the store %s cannot be used: %s", self.path.name, error)

    def _open(self) -> sqlite3.Connection:
        made(self.path)
        db = sqlite3.connect(self.path, timeout=self._timeout, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode = WAL").fetchone()
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA wal_autocheckpoint = 20000")  # pages: for those who never start us; upkeep comes first
            db.execute(f"PRAGMA max_page_count = {MOST_PAGES}").fetchone()
            _adopt(db)
            db.execute("PRAGMA busy_timeout = 0")
        except BaseException:
            db.close()
            raise
        self._inode = self.path.stat().st_ino
        self._db = db
        return db

    def _queue(self, waiting: _Waiting) -> None:
        if len(self._waiting) >= MOST_WAITING:
            waiting.done(StoreError("SQLite is behind"))
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            waiting.done(StoreError("SQLite is locked"))
            return
        if self._drain is not None and self._drain.get_loop() is not loop:
            self._waiting = []  # another loop's, which has ended
            self._drain = None
        self._waiting.append(waiting)
        if self._drain is None or self._drain.done():
            self._drain = loop.create_task(self._work_off(), name="ostiary-sqlite-queue")

    async def _work_off(self) -> None:
        """The first in the queue is tried until it succeeds or its time is over; then the next."""
        pause = SHORTEST_PAUSE
        try:
            while self._waiting:
                try:
                    result = self._run(self._waiting[0].verb)
                except BlockingIOError:
                    self._expire()
                    await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - so that processes do not march in step
                    pause = min(LONGEST_PAUSE, pause * 1.5)
                    continue
                except StoreError as error:
                    result = error
                pause = SHORTEST_PAUSE
                self._waiting.pop(0).done(result)
                await asyncio.sleep(0)  # others have something to do too
        finally:
            left, self._waiting = self._waiting, []
            for each in left:
                each.done(StoreError("the store was stopped"))

    def _expire(self) -> None:
        now = time.monotonic()
        late = [each for each in self._waiting if each.until <= now]
        if late:
            self._waiting[:] = [each for each in self._waiting if each.until > now]
            for each in late:
                each.done(StoreError("SQLite is locked"))

    async def _keep_small(self) -> None:
        cleaned = time.monotonic()
        while True:
            await asyncio.sleep(CHECKPOINT * random.uniform(0.75, 1.25))  # noqa: S311 - as above
            clean = time.monotonic() - cleaned >= CLEAN
            if clean:
                cleaned = time.monotonic()
            try:
                await asyncio.to_thread(tidy, self.path, clean=clean)
                if self.path.stat().st_ino != self._inode:  # somebody put another file in its place
                    self.close()
            except (OSError, sqlite3.Error) as error:
                logger.warning("the store %s cannot be tidied: %s", self.path.name, error)


def tidy(path: Path, *, clean: bool, now: float | None = None) -> None:
    """Delete rows that are over, a few at a time, and move the log into the file; in a thread of its own."""
    with closing(
        sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=1.0, isolation_level=None)
    ) as db:
        if clean:
            now = time.time() if now is None else now
            for table in PERISHABLE:
                over = db.execute(f"SELECT key FROM {table} WHERE until <= ?", (now,)).fetchall()  # noqa: S608 - our own names
                for start in range(0, len(over), AT_ONCE):
                    db.execute("BEGIN IMMEDIATE")
                    some = [(key, now) for (key,) in over[start : start + AT_ONCE]]
                    db.executemany(f"DELETE FROM {table} WHERE key = ? AND until <= ?", some)  # noqa: S608 - as above
                    db.execute("COMMIT")
        with contextlib.suppress(sqlite3.OperationalError):  # another process is at it
            db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _adopt(db: sqlite3.Connection) -> None:
    """Make the tables of a new file; a file of another program stays as it is."""
    if _owner(db) == APPLICATION:
        return
    db.execute("BEGIN IMMEDIATE")  # of several processes that find it new, one makes it
    whose = _owner(db)
    if whose == 0 and not db.execute("SELECT 1 FROM sqlite_master").fetchone():
        for statement in SCHEMA.split(";"):
            db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION}")
    elif whose != APPLICATION:
        raise StoreError("SQLite: the file is another program's")
    db.execute("COMMIT")


def _owner(db: sqlite3.Connection) -> int:
    owner: int = db.execute("PRAGMA application_id").fetchone()[0]
    return owner


def _busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _unheard(result: object) -> None:
    """Nobody waits for it, and it errs towards refusing when it failed."""


def _forked() -> None:
    for file in list(_files):
        file.forget()


os.register_at_fork(after_in_child=_forked)
