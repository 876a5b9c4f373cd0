"""The tables are made and changed by revisions alone, each whole or not at all, by one process at a time."""

from __future__ import annotations

import importlib.resources
from typing import Any, Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, inspect, text

from ostiary.errors import ConfigError
from ostiary.identity.storage.database import Database
from ostiary.identity.storage.schema import metadata

__all__ = ["VERSIONS", "differences", "downgrade", "history", "latest", "migrate", "revision"]

_PATIENCE: Final = 3600.0  # seconds: a large table takes its time, and others wait for whoever is at it
_LOCK: Final = 0x6F7374696964  # of PostgreSQL's advisory locks: "ostiid"
VERSIONS: Final = "ostiary_version"  # the table that says where we are; Alembic's usual one may be somebody else's
_WHERE: Final = "[identity] database"


async def migrate(database: Database) -> None:
    """Bring the tables to what this version of the program needs; several processes may try at the same time.

    :raises ConfigError: when the database was made by a newer version.
    :raises StoreError: when it cannot be reached.
    """
    async with database.read() as connection:
        if await connection.run_sync(_revision) == latest():
            return
    await _change(database, "head", command.upgrade)


async def downgrade(database: Database, revision: str) -> None:
    """Take the tables back to a former revision; what only newer ones keep is lost. Make a backup first.

    :param revision: its id, or "base": no tables at all.
    :raises ConfigError: when there is no such revision.
    :raises StoreError: when the database cannot be reached.
    """
    await _change(database, revision, command.downgrade)


async def revision(database: Database) -> str:
    """The revision that the tables are at; "" before the first.

    :raises StoreError: when the database cannot be reached.
    """
    async with database.read() as connection:
        return await connection.run_sync(_revision)


async def differences(database: Database) -> list[Any]:
    """What the tables that are there lack, or have too much, in Alembic's words; empty when they are as `schema` says."""
    async with database.read() as connection:
        return await connection.run_sync(
            lambda plain: compare_metadata(
                MigrationContext.configure(plain, opts={"compare_type": True, "version_table": VERSIONS}), metadata
            )
        )


def latest() -> str:
    """The id of the newest revision of this program."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def history() -> tuple[str, ...]:
    """The ids of this program's revisions, the newest last."""
    found = ScriptDirectory.from_config(_config()).walk_revisions()
    return tuple(reversed([each.revision for each in found]))


async def _change(database: Database, revision: str, verb: Any) -> None:
    def run(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        elif revision == "base":
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        if not _revision(connection) and (taken := set(inspect(connection).get_table_names()) & set(metadata.tables)):
            raise ConfigError(_WHERE, f"has tables of another program ({min(taken)})", "give identity one of its own")
        config = _config()
        config.attributes.update(connection=connection, version_table=VERSIONS)
        verb(config, revision)

    patient = database.patient(_PATIENCE)
    try:
        async with patient.write() as connection:
            await connection.run_sync(run)
    except CommandError as error:
        problem = "was made by another version, or there is no such revision"
        raise ConfigError(_WHERE, problem, "use the version that made it, or restore a backup") from error
    finally:
        await patient.close()


def _revision(connection: Connection) -> str:
    return MigrationContext.configure(connection, opts={"version_table": VERSIONS}).get_current_revision() or ""


def _config() -> Config:
    config = Config()
    config.set_main_option(
        "script_location", str(importlib.resources.files(__package__) / "revisions").replace("%", "%%")
    )
    return config
