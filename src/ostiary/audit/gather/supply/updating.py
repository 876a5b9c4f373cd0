"""The database of advisories is built anew from an OSV dump, bounded, and replaced in one step or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import os
import re
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from ostiary.audit.gather.supply.advisories import FORM, SUFFIX, file_of, packed
from ostiary.errors import ConfigError, StoreError, Unanswerable
from ostiary.parts import fetching
from ostiary.parts.supply import osv
from ostiary.parts.supply.judging import SYSTEMS
from ostiary.parts.supply.lines import mapping, word
from ostiary.parts.yaml_text import load_document

SOURCE: Final = "https://osv-vulnerabilities.storage.googleapis.com"  # https://google.github.io/osv.dev/data/
USUAL: Final = ("PyPI", "npm", "Go", "Maven", "RubyGems", "crates.io", "Packagist", "Debian", "Ubuntu", "Alpine")
SECONDS: Final = 1800.0  # for one dump
MOST_DUMP: Final = 4 * 1024**3  # bytes of one dump, packed
MOST_UNPACKED: Final = 64 * 1024**3
MOST_RECORD: Final = 16 * 1024**2
MOST_RECORDS: Final = 3_000_000
_BROKEN: Final = (
    OSError,
    ValueError,
    RecursionError,
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,
    NotImplementedError,
)
_SCHEMA: Final = """
create table about (name text primary key, value text not null) without rowid;
create table affected (ecosystem text not null, name text not null, body text not null);
"""
_DAWN: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

Say = Callable[[str], None]


@dataclass(slots=True)
class _Making:
    """One ecosystem's file while it grows."""

    path: Path
    database: sqlite3.Connection
    newest: dt.datetime = _DAWN
    records: int = 0
    packages: set[str] = field(default_factory=set)
    releases: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What became of one ecosystem."""

    ecosystem: str
    records: int
    packages: int
    newest: dt.datetime


def update(folder: Path, ecosystems: Collection[str], given: str, say: Say) -> list[Made]:
    """Build the files of these ecosystems.

    :param folder: of the database; it is made.
    :param ecosystems: names in the words of OSV; empty: the usual ones, or all that a file or folder holds.
    :param given: a dump as a zip or a folder, a URL of either form, or empty for osv.dev's own.
    :param say: is told how it goes on.
    :raises ConfigError: when what is given is not there, or holds no record.
    :raises Unanswerable: when the source cannot be reached.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(str(folder), f"cannot be made: {error.strerror}") from error
    if not given or "://" in given:
        return _from_network(folder, ecosystems, given.rstrip("/") or SOURCE, say)
    path = Path(given)
    if not path.exists():
        raise ConfigError(f"--from {given}", "is not there", "a zip or a folder of OSV records, or a URL")
    return _build(folder, _records(path), frozenset(ecosystems), source=str(path.absolute()), fresh=False, say=say)


def _from_network(folder: Path, ecosystems: Collection[str], source: str, say: Say) -> list[Made]:
    made: list[Made] = []
    wanted = [each.partition(":")[0] for each in ecosystems or USUAL]
    if source.lower().endswith(".zip"):
        return _fetched(folder, source, frozenset(wanted if ecosystems else ()), say)
    for each in dict.fromkeys(wanted):
        made += _fetched(folder, f"{source}/{quote(each)}/all.zip", frozenset([each]), say)
    return made


def _fetched(folder: Path, url: str, ecosystems: frozenset[str], say: Say) -> list[Made]:
    fetching.check_url(url, "--from", private=True, loopback=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".fetching-", suffix=".zip") as file:
        say(f"fetching {url}")
        read = 0

        def take(piece: bytes) -> None:
            nonlocal read
            file.write(piece)
            if (read + len(piece)) >> 24 != read >> 24:
                say(f"{(read + len(piece)) >> 20} MiB of {url}")
            read += len(piece)

        try:
            status, _, _ = asyncio.run(fetching.fetch(url, most=MOST_DUMP, timeout=SECONDS, private=True, loopback=True, into=take))  # fmt: skip
        except StoreError as error:
            raise Unanswerable(f"{error}; fetch {url} elsewhere and give it with --from FILE.zip") from error
        if status != 200:  # noqa: PLR2004
            raise Unanswerable(f"{url} answered {status}")
        file.flush()
        return _build(folder, _records(Path(file.name)), ecosystems, source=url, fresh=True, say=say)


def _records(path: Path) -> Iterator[Any]:
    """Every record of a dump: JSON or YAML, a zip or a folder.

    :raises ConfigError: when it is neither.
    """
    try:
        if path.is_dir():
            yield from _of_folder(path)
            return
        with zipfile.ZipFile(path) as archive:
            left = MOST_UNPACKED
            for member in archive.infolist()[:MOST_RECORDS]:
                if member.is_dir() or not member.filename.endswith((".json", ".yaml", ".yml")):
                    continue
                with archive.open(member) as stream:
                    data = stream.read(MOST_RECORD + 1)
                left -= len(data)
                if left < 0:
                    raise ConfigError(str(path), "unpacks to more than any dump")
                yield _record(data, member.filename)
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError) as error:
        raise ConfigError(str(path), f"is no readable dump: {type(error).__name__}") from error


def _of_folder(path: Path) -> Iterator[Any]:
    count = 0
    for folder, names, files in os.walk(path):
        names[:] = sorted(each for each in names if not each.startswith("."))
        for name in sorted(files):
            file = Path(folder, name)
            if file.suffix in {".json", ".yaml", ".yml"} and file.is_file() and not file.is_symlink():
                count += 1
                if count > MOST_RECORDS:
                    return
                with file.open("rb") as stream:
                    yield _record(stream.read(MOST_RECORD + 1), name)


def _record(data: bytes, name: str) -> Any:
    """One record; None for what is none, or too large to be one."""
    if len(data) > MOST_RECORD:
        return None
    try:
        return json.loads(data) if name.endswith(".json") else load_document(data)
    except (ValueError, RecursionError):
        return None


def _build(folder: Path, records: Iterator[Any], ecosystems: frozenset[str], *, source: str, fresh: bool, say: Say) -> list[Made]:  # fmt: skip
    making: dict[str, _Making] = {}
    count = 0
    try:
        for record in records:
            count += 1
            if count % 20_000 == 0:
                say(f"{count:,} records")
            _add(folder, making, record, ecosystems)
        if not making:
            asked = f" for {', '.join(sorted(ecosystems))}" if ecosystems else ""
            raise ConfigError(source, f"holds no OSV record{asked}")
        now = dt.datetime.now(dt.UTC)
        return [_finish(folder, name, each, source, now, fresh=fresh) for name, each in sorted(making.items())]
    except sqlite3.Error as error:
        raise ConfigError(str(folder), f"cannot be written: {error}") from error
    finally:
        for each in making.values():
            each.database.close()
            with contextlib.suppress(OSError):
                each.path.unlink()


def _add(folder: Path, making: dict[str, _Making], record: Any, ecosystems: frozenset[str]) -> None:
    modified = _moment(word(mapping(record).get("modified")))
    told = set()
    for one in osv.affected(record):
        family = one.ecosystem.partition(":")[0]
        if ecosystems and family not in ecosystems:
            continue
        if family not in making:
            making[family] = _begin(folder)
        each = making[family]
        each.database.execute("insert into affected values (?, ?, ?)", (one.ecosystem, one.name, packed(one)))
        each.packages.add(one.name)
        if family in SYSTEMS:
            each.releases.add(one.ecosystem)
        each.newest = max(each.newest, modified)
        each.records += family not in told
        told.add(family)


def _begin(folder: Path) -> _Making:
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".making-", suffix=f"{SUFFIX}.tmp")
    os.close(descriptor)
    database = sqlite3.connect(name, isolation_level=None)
    database.executescript("pragma journal_mode=off; pragma synchronous=off;" + _SCHEMA)
    database.execute("begin")
    return _Making(Path(name), database)


def _finish(folder: Path, ecosystem: str, made: _Making, source: str, now: dt.datetime, *, fresh: bool) -> Made:
    about = {
        "form": FORM,
        "ecosystem": ecosystem,
        "source": source,
        "fetched": now.isoformat(timespec="seconds"),
        "newest": made.newest.isoformat(timespec="seconds"),
        "dated": (now if fresh else min(now, made.newest)).isoformat(timespec="seconds"),
        "records": str(made.records),
        "packages": str(len(made.packages)),
        "releases": "\n".join(sorted(made.releases)),
    }
    made.database.executemany("insert into about values (?, ?)", about.items())
    made.database.execute("create index by_name on affected (name, ecosystem)")
    made.database.execute("commit")
    made.database.close()
    made.path.chmod(0o644)
    made.path.replace(folder / file_of(ecosystem))
    return Made(ecosystem=ecosystem, records=made.records, packages=len(made.packages), newest=made.newest)


def _moment(text: str) -> dt.datetime:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?", text):
        return _DAWN
    try:
        read = dt.datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", text))
    except ValueError:
        return _DAWN
    return read if read.tzinfo else read.replace(tzinfo=dt.UTC)
