"""The database of advisories: a file for each ecosystem, asked read-only; what it does not hold is not known."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ostiary.errors import Unanswerable
from ostiary.evidence.supply import Advisory, Dependency
from ostiary.parts.supply import osv, versions

HOW: Final = "ostiary advisories update"
FORM: Final = "3"  # of the files; those of another are not read
SUFFIX: Final = ".sqlite"
_MOST: Final = 5000  # records of one package


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is known of one ecosystem."""

    ecosystem: str
    source: str
    fetched: dt.datetime
    newest: dt.datetime  # of all changes that its records tell of
    dated: dt.datetime  # how old it is held to be: fetched from the source itself, else its newest change
    records: int
    packages: int
    releases: frozenset[str]  # of a system, as records name them


def usual_folder() -> Path:
    """Where the database is kept unless somebody says otherwise (XDG Base Directory Specification)."""
    told = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(told) if told.startswith("/") else Path.home() / ".cache") / "ostiary" / "advisories"


def file_of(ecosystem: str) -> str:
    """The name of an ecosystem's file, without its release."""
    family = ecosystem.partition(":")[0]
    return re.sub(r"[^A-Za-z0-9._-]", "_", family) + SUFFIX


class Database:
    """The port `ostiary.evidence.supply.Advisories`.

    :param folder: where its files are; None: the user's cache.
    :raises Unanswerable: when there are none.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = usual_folder() if folder is None else folder
        self.held = {each.ecosystem: each for each in held(self.folder)}
        if not self.held:
            raise Unanswerable(f"there is no database of advisories: {HOW}")

    @property
    def updated(self) -> dt.datetime:
        """How old its oldest data are."""
        return min(each.dated for each in self.held.values())

    @property
    def ecosystems(self) -> Sequence[str]:
        """What it knows about."""
        return sorted(self.held)

    def dated(self, ecosystem: str) -> dt.datetime | None:
        """How old what it knows of one ecosystem is; None: it knows nothing of it, or of that release."""
        known = self.held.get(ecosystem.partition(":")[0])
        if known is None or (known.releases and not known.releases & {ecosystem, f"{ecosystem}:LTS"}):
            return None
        return known.dated

    def against(self, dependency: Dependency) -> Sequence[Advisory]:
        """What is known against one version of a package.

        :raises Unanswerable: when it has no version, or one that cannot be compared; or nothing is known of its ecosystem.
        """
        family = dependency.ecosystem.partition(":")[0]
        version = dependency.source_version or dependency.version
        if self.dated(dependency.ecosystem) is None:
            raise Unanswerable(f"the database knows nothing of {dependency.ecosystem}: {HOW} --ecosystem {family}")
        if not version:
            raise Unanswerable(f"{dependency.name} has no version")
        named = osv.canonical(dependency.ecosystem, dependency.source or dependency.name)
        found = []
        for each in self._records(dependency.ecosystem, named):
            try:
                if osv.means(each, version):
                    found.append((each, osv.fixed(each, version)))
            except (ValueError, TypeError) as error:
                raise Unanswerable(
                    f"{dependency.name} {version[:60]} cannot be compared with what {each.id} says"
                ) from error
        return osv.joined(found)

    def _records(self, ecosystem: str, name: str) -> list[osv.Affected]:
        asked = "select body from affected where name = ? and ecosystem in (?, ?) limit ?"
        try:
            with contextlib.closing(_open(self.folder / file_of(ecosystem))) as database:
                rows = database.execute(asked, (name, ecosystem, f"{ecosystem}:LTS", _MOST)).fetchall()
                return [unpacked(ecosystem, name, row[0]) for row in rows]
        except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
            raise Unanswerable(f"the database of advisories is damaged: {HOW}") from error


def held(folder: Path) -> Iterator[Held]:
    """What each file of a folder holds; files that are no such thing are passed over."""
    with contextlib.suppress(OSError):
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            with (
                contextlib.suppress(sqlite3.Error, ValueError, KeyError, OSError),
                contextlib.closing(_open(path)) as database,
            ):
                told = dict(database.execute("select name, value from about"))
                if told["form"] == FORM:
                    yield Held(
                        ecosystem=told["ecosystem"],
                        source=told["source"],
                        fetched=dt.datetime.fromisoformat(told["fetched"]),
                        newest=dt.datetime.fromisoformat(told["newest"]),
                        dated=dt.datetime.fromisoformat(told["dated"]),
                        records=int(told["records"]),
                        packages=int(told["packages"]),
                        releases=frozenset(told["releases"].split()),
                    )


def packed(one: osv.Affected) -> str:
    """A record as a row holds it."""
    kept = () if one.ranges and not _enumerated(one.ecosystem) else one.versions
    said = [one.id, one.aliases, one.summary, one.severity, one.published, kept, one.ranges]
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def unpacked(ecosystem: str, name: str, text: str) -> osv.Affected:
    """A record from its row.

    :raises ValueError: when it is none.
    """
    id_, aliases, summary, severity, published, listed, ranges = json.loads(text)
    return osv.Affected(
        ecosystem=ecosystem,
        name=name,
        id=id_,
        aliases=tuple(aliases),
        summary=summary,
        severity=severity,
        published=published,
        versions=tuple(listed),
        ranges=tuple((each[0], each[1], bool(each[2])) for each in ranges),
    )


def _enumerated(ecosystem: str) -> bool:
    """Whether lists of versions say more than ranges; systems list thousands that their ranges hold already."""
    return ecosystem.partition(":")[0] not in {"Debian", "Ubuntu", "Alpine"} or not versions.known(ecosystem)


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, timeout=5)
