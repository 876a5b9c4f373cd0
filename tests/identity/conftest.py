"""Houses for every test of identity: `house` on SQLite, `postgres_house`, or `any_house` on both in turn."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from identity.house import Clock, House, house_in
from ostiary.identity.services import Services
from store.servers import Server, postgres

__all__ = ["postgres"]


@pytest.fixture
def make_house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Make a house with other settings: ``make_house(registration=False)``; all houses of a test share one folder."""
    with ExitStack() as stack:
        yield lambda database="", **changes: stack.enter_context(house_in(tmp_path, database, **changes))


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    """A house on SQLite."""
    return make_house()


@pytest.fixture
def services(house: House) -> Services:
    """The services of `house`: use them in ``house.run(...)``."""
    return house.services


@pytest.fixture
def clock(house: House) -> Clock:
    """The clock of `house`: ``clock.now += 60``."""
    return house.clock


@pytest.fixture
def postgres_url(postgres: Server) -> str:
    """An empty database on a real PostgreSQL; tests that use it are marked ``live``."""
    return fresh_database(postgres)


@pytest.fixture
def postgres_house(make_house: Callable[..., House], postgres_url: str) -> House:
    """A house on PostgreSQL; tests that use it are marked ``live``."""
    return make_house(postgres_url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.live)])
def any_house(request: pytest.FixtureRequest, make_house: Callable[..., House]) -> House:
    """A house on SQLite, and one on PostgreSQL."""
    return make_house(request.getfixturevalue("postgres_url") if request.param == "postgres" else "")


def fresh_database(server: Server) -> str:
    """The URL of a database that nobody uses yet."""
    name = f"house_{uuid.uuid4().hex}"

    async def create() -> None:
        connection: Any = await asyncpg.connect(server.url, timeout=10)
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()

    asyncio.run(create())
    return f"{server.url.rpartition('/')[0]}/{name}"
