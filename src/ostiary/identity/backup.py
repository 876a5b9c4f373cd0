"""A backup is one file that was proven before it got its name; what it brings back opens, and nothing spent lives again."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from ostiary.errors import ConfigError
from ostiary.identity import archive, keyfolder
from ostiary.identity.resealing import agree
from ostiary.identity.storage import copying, events, migrations, sealed
from ostiary.identity.storage.database import Database
from ostiary.parts.identity_settings import Identity
from ostiary.parts.sealing import KeyRing, Unsealable

__all__ = ["Report", "backup", "restore", "settle", "verify"]

_PAGE: Final = 500  # rows


class Report(NamedTuple):
    """What a backup holds.

    :param made_at: seconds since the epoch.
    :param revision: of its tables.
    :param keys: whether the folder of keys is in it: whoever has such a file reads everything.
    :param values: how many sealed values were opened; 0 where no keys were at hand.
    """

    made_at: float
    revision: str
    keys: bool
    values: int


async def backup(settings: Identity, target: Path, *, with_keys: bool, now: float) -> Report:
    """Write a backup of an embedded database into one new file, for its owner alone, while others go on writing.

    It is proven first: the copy's pages and references, and that the ring opens each value in it.

    :param with_keys: whether the folder of keys goes with it. If not, keep a copy of that folder in another place.
    :param now: seconds since the epoch.
    :raises ConfigError: for PostgreSQL (use pg_dump), when the file is there already, when the database or a value is
        damaged, or when it cannot be written.
    """
    source = _embedded(settings)
    if not source.is_file():
        raise ConfigError("[identity] database", f"{source} is not there")
    with _beside(target) as folder:
        copied = folder / archive.DATABASE
        try:
            await asyncio.to_thread(copying.copy, source, copied)
        except sqlite3.Error as error:
            raise ConfigError(str(target), f"the database cannot be copied: {error}") from error
        keys = Path(settings.keys)
        ring = keyfolder.open_ring(keys, _no_entropy)  # after the copy: keys are only added
        revision, values = await _prove(copied, ring, str(source), now, is_copy=False)
        parts = {archive.DATABASE: copied}
        if with_keys:
            parts |= {f"{archive.KEYS}{name}": keys / name for name in keyfolder.names(keys)}
        await asyncio.to_thread(archive.pack, folder / "packed", parts, revision, now)
        _name(folder / "packed", target)
    return Report(now, revision, with_keys, values)


async def verify(source: Path, keys: Path | None = None) -> Report:
    """Prove a backup without restoring it.

    :param keys: the folder of keys, for a backup without them; None: only the database's own integrity is proven then.
    :raises ConfigError: when it is not whole, or its values do not open.
    """
    with archive.unpacked(source, None) as (folder, manifest):
        ring = _ring(folder, keys)
        revision, values = await _prove(folder / archive.DATABASE, ring, str(source), manifest.made_at, is_copy=True)
    return Report(manifest.made_at, revision, manifest.has_keys, values)


async def restore(settings: Identity, source: Path, *, now: float) -> Report:
    """Bring a backup back to where the settings say; the service must not be running.

    It is proven first, and nothing that is there is replaced. Everybody has to sign in again: what was spent, ended or
    revoked since the backup would be good once more otherwise.

    :param now: seconds since the epoch.
    :raises ConfigError: for PostgreSQL, when a database or a folder of keys is in the way, when the file is torn, or
        when the keys do not open what is in it.
    """
    database, keys = _embedded(settings), Path(settings.keys)
    _check_free(database)
    with archive.unpacked(source, database.parent) as (folder, manifest):
        has_keys = manifest.has_keys
        _check_place(keys, has_keys=has_keys)
        ring = _ring(folder, keys)
        copied = folder / archive.DATABASE
        revision, values = await _prove(copied, ring, str(source), now, is_copy=True)
        await _end(copied, now)
        if has_keys:
            keyfolder.put(
                {name: (folder / archive.KEYS / name).read_bytes() for name in keyfolder.names(folder / archive.KEYS)},
                keys,
            )
        _name(copied, database)
    return Report(manifest.made_at, revision, has_keys, values)


async def settle(database: Database, now: float) -> None:
    """Do what `restore` does at its end, for a PostgreSQL database that pg_restore has brought back.

    :param now: seconds since the epoch.
    :raises StoreError: when it cannot be reached.
    """
    async with database.write() as connection:
        await copying.settle(connection, now)
        await events.add(
            connection, at=now, what="database.restored", user_id=None, actor="system", source=None, details="{}"
        )


async def _prove(path: Path, ring: KeyRing | None, where: str, now: float, *, is_copy: bool) -> tuple[str, int]:
    """The revision of a database file and the number of its sealed values, when all is well with it.

    :param is_copy: brought up to date before its values are looked at.
    """
    if problem := await asyncio.to_thread(copying.fault, path):
        raise ConfigError(where, problem, "take another backup")
    database = Database(f"sqlite:///{path}", where=where)
    try:
        revision = await migrations.revision(database)
        if revision not in migrations.history() or not (is_copy or revision == migrations.latest()):
            raise ConfigError(where, "is of another version", "use the version that made it")
        await migrations.migrate(database)
        if ring is None:
            return revision, 0
        await agree(database, ring, now, where="[identity] keys")
        return revision, await _opened(database, ring, where)
    finally:
        await database.pack()


async def _opened(database: Database, ring: KeyRing, where: str) -> int:
    count = 0
    for each in sealed.COLUMNS:
        after: Any = None
        while True:
            async with database.read() as connection:
                rows = await copying.page(connection, each, after=after, most=_PAGE)
            if not rows:
                break
            after = rows[-1].key
            for row in rows:
                try:
                    ring.open(row.value, each.place(row))
                except Unsealable as error:
                    raise ConfigError(where, f"a value of {each.name} does not open", "it is damaged") from error
            count += len(rows)
    return count


async def _end(path: Path, now: float) -> None:
    """End what must not live again."""
    database = Database(f"sqlite:///{path}")
    try:
        await settle(database, now)
        await database.pack()
    finally:
        await database.close()


def _ring(folder: Path, keys: Path | None) -> KeyRing | None:
    if any((folder / archive.KEYS).iterdir()):
        return keyfolder.open_ring(folder / archive.KEYS, _no_entropy)
    return keyfolder.open_ring(keys, _no_entropy) if keys is not None and keys.exists() else None


def _embedded(settings: Identity) -> Path:
    if not settings.database.startswith("sqlite:"):
        raise ConfigError("[identity] database", "is PostgreSQL", "use pg_dump and pg_restore; the guide says how")
    return Path(settings.database.removeprefix("sqlite:///"))


def _check_free(database: Path) -> None:
    for each in (database, *(database.with_name(database.name + end) for end in ("-wal", "-shm", "-journal"))):
        if each.exists():
            raise ConfigError("[identity] database", f"{each} is there", "stop the service and move it away first")


def _check_place(keys: Path, *, has_keys: bool) -> None:
    if has_keys and keys.exists():
        raise ConfigError("[identity] keys", f"{keys} is there, and keys are in the backup", "move it away first")
    if not has_keys and not keys.exists():
        raise ConfigError("[identity] keys", f"{keys} is not there, and the backup has no keys", "bring it back first")


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    if target.exists():
        raise ConfigError(str(target), "is there already", "give the backup another name")
    try:
        with tempfile.TemporaryDirectory(prefix=".ostiary-backup-", dir=target.parent) as name:
            yield Path(name)
    except OSError as error:
        raise ConfigError(str(target), f"cannot be written: {error.strerror}") from error


def _name(made: Path, target: Path) -> None:
    """Give a finished file its name, unless somebody else has taken that meanwhile."""
    try:
        os.link(made, target)
    except FileExistsError as error:
        raise ConfigError(str(target), "is there already") from error
    keyfolder.settle(target.parent)


def _no_entropy(_count: int) -> bytes:
    """Nothing is made or sealed while a backup is taken or brought back."""
    raise ConfigError("[identity] keys", "the folder is not there", "restore it first")
