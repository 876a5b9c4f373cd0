"""Whoever comes to a file of state and goes again leaves it to those who use it."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ostiary.store.new_file import made
from ostiary.store.ports import Taken
from ostiary.store.sqlite import SqliteStore
from store.crowd import told

# A process that looks in and leaves: were it the last one, SQLite would have it remove the write-ahead log.
VISITOR = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
print(db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
db.close()
"""


def visited(path: Path) -> None:
    subprocess.run([sys.executable, "-c", VISITOR, str(path)], check=True, timeout=60, capture_output=True)


def opened(path: Path) -> Any:
    return SqliteStore(f"sqlite:///{path}", clock=time.monotonic, now=time.time)


def test_two_stores_of_a_process_keep_the_log_from_a_visitor(tmp_path: Path) -> None:
    """As where accounts and the guard around them name the same file."""
    path = tmp_path / "state.db"

    async def play() -> Taken:
        first, second, until = opened(path), opened(path), time.time() + 60
        await first.start()
        await told(first.quotas.spend("k", 10, until))
        await second.start()
        await told(second.quotas.spend("k", 10, until))
        visited(path)
        assert (tmp_path / "state.db-wal").exists(), "the log was removed under those who write to it"
        await told(first.quotas.spend("k", 10, until))
        taken: Taken = await told(second.quotas.spend("k", 10, until))
        await second.stop()
        await first.stop()
        return taken

    assert asyncio.run(play()).left == 6


def test_a_file_is_made_for_its_owner_alone_and_then_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    made(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_bytes(b"kept")
    made(path)
    assert path.read_bytes() == b"kept"


def test_a_link_leads_to_the_file_that_is_made(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "state.db")
    made(tmp_path / "link.db")
    assert stat.S_IMODE((tmp_path / "state.db").stat().st_mode) == 0o600


def test_what_is_no_file_of_ours_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=os.strerror(errno.EISDIR)):
        made(tmp_path)
    with pytest.raises(FileNotFoundError):
        made(tmp_path / "nowhere" / "state.db")
    if os.geteuid() != 0:  # nothing is closed to root
        (tmp_path / "state.db").touch(0o400)
        with pytest.raises(OSError, match=os.strerror(errno.EACCES)):
            made(tmp_path / "state.db")
