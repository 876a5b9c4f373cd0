"""A database file is made for its owner alone; one that is there is not opened, because closing it would give up its locks.

POSIX locks belong to a process and a file, not to a descriptor: whichever descriptor of the file is closed takes all locks
of the process along (SQLite, "How To Corrupt An SQLite Database File", section 2.2). Without them another process takes
itself for the last one, and removes the write-ahead log that this one goes on writing to.
"""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

__all__ = ["made"]


def made(path: Path) -> None:
    """Make the file, with mode 0600, where there is none; SQLite itself would make it 0644.

    :raises OSError: when it cannot be made, is no file, or may not be written.
    """
    target = os.path.realpath(path)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    if os.path.isdir(target):  # noqa: PTH112 - realpath gives text
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not os.access(target, os.R_OK | os.W_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))
