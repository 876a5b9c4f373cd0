"""The revisions lead to the tables that the program uses, and back; several processes may start at once."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

from identity.house import House, house_in
from identity.storage.crowd import crowd
from identity.storage.filling import fill, opened, rows_of
from ostiary.errors import ConfigError
from ostiary.identity.storage import migrations
from ostiary.identity.storage.database import Database
from ostiary.identity.storage.schema import metadata


def test_a_new_database_is_as_the_schema_says(any_house: House) -> None:
    """Where this fails, a column was added to `schema` alone: add a revision, or while nothing is released, to r0001."""
    assert any_house.run(migrations.differences(any_house.services.database)) == []
    assert any_house.run(migrations.revision(any_house.services.database)) == migrations.latest()


async def tables(database: Database) -> set[str]:
    query = (
        "SELECT name FROM sqlite_master"
        if database.is_sqlite
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    async with database.read() as connection:
        return set((await connection.execute(text(query))).scalars()) & {*metadata.tables, "events_stay"}


def test_up_and_down_and_up_again_with_rows_in_every_table(any_house: House) -> None:
    services = any_house.services
    any_house.run(fill(services, 2))
    any_house.run(migrations.migrate(services.database))  # nothing to do, and nothing lost
    assert min(any_house.run(rows_of(services)).values()) >= 2
    assert set(any_house.run(opened(services)).values()) == {2, 3}, "3: a real signing key beside them"
    any_house.run(migrations.downgrade(services.database, "base"))
    assert any_house.run(tables(services.database)) == set()
    assert any_house.run(migrations.revision(services.database)) == ""
    any_house.run(migrations.migrate(services.database))
    assert any_house.run(migrations.differences(services.database)) == []
    any_house.run(fill(services, 1))


def test_every_step_leads_up_and_down(any_house: House) -> None:
    """Each revision alone, with rows in whatever tables there are then."""
    database = any_house.services.database
    steps = migrations.history()
    assert steps[-1] == migrations.latest()
    for below in [*reversed(steps[:-1]), "base"]:
        any_house.run(migrations.downgrade(database, below))
        any_house.run(migrations.migrate(database))
        assert any_house.run(migrations.differences(database)) == []


def test_a_migration_that_fails_leaves_everything_as_it_was(any_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    database = any_house.services.database
    any_house.run(fill(any_house.services, 1))
    before = any_house.run(rows_of(any_house.services))
    monkeypatch.setattr(command, "downgrade", _breaking(command.downgrade))
    with pytest.raises(KeyError):
        any_house.run(migrations.downgrade(database, "base"))
    assert any_house.run(rows_of(any_house.services)) == before
    assert any_house.run(migrations.revision(database)) == migrations.latest()


def _breaking(verb: Any) -> Any:
    def run(*given: Any) -> None:
        verb(*given)
        raise KeyError

    return run


def test_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    assert crowd(5, url, "migrates") == [migrations.latest()] * 5


@pytest.mark.live
def test_processes_that_start_together_migrate_once_on_postgresql(postgres_url: str) -> None:
    assert crowd(5, postgres_url, "migrates") == [migrations.latest()] * 5


def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    with house_in(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "identity.db") as plain:
        plain.execute("UPDATE ostiary_version SET version_num = 'f999'")
    plain.close()
    with pytest.raises(ConfigError, match="another version"), house_in(tmp_path):
        pass


def test_another_programs_tables_are_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "identity.db") as plain:
        plain.execute("CREATE TABLE users (id text)")
    plain.close()
    with pytest.raises(ConfigError, match="another program"), house_in(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "identity.db") as plain:
        assert plain.execute("SELECT name FROM sqlite_master").fetchall() == [("users",)]
    plain.close()


def test_there_is_no_way_to_a_revision_that_is_none(house: House) -> None:
    with pytest.raises(ConfigError):
        house.run(migrations.downgrade(house.services.database, "0xyz"))
    assert house.run(migrations.revision(house.services.database)) == migrations.latest()


def test_alembics_usual_table_stays_free_for_others(any_house: House) -> None:
    async def named() -> set[str]:
        async with any_house.services.database.read() as connection:
            found = await connection.run_sync(lambda plain: plain.dialect.get_table_names(plain))
            return set(found)

    assert "alembic_version" not in any_house.run(named())


def test_a_database_that_is_away_is_no_new_one(tmp_path: Path) -> None:
    async def scenario() -> None:
        database = Database("postgresql://nobody@127.0.0.1:1/none", patience=1.0)
        try:
            with pytest.raises(Exception, match="does not answer"):
                await migrations.migrate(database)
        finally:
            await database.close()

    asyncio.run(scenario())
