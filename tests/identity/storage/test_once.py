"""Of all who bring the same thing, in all processes, exactly one is the first."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from identity.house import House
from identity.storage.crowd import crowd
from ostiary.identity.storage import once
from ostiary.identity.storage.schema import once as table


async def first(house: House, key: str | bytes, seconds: float = 60.0) -> bool:
    now = house.services.now()
    async with house.services.database.write() as connection:
        return await once.first(connection, key, now + seconds, now)


def test_a_second_use_is_refused_until_it_expires(any_house: House) -> None:
    assert any_house.run(first(any_house, "dpop:1"))
    assert not any_house.run(first(any_house, "dpop:1"))
    assert any_house.run(first(any_house, "dpop:2"))
    any_house.clock.now += 59.9
    assert not any_house.run(first(any_house, "dpop:1"))
    any_house.clock.now += 0.2
    assert any_house.run(first(any_house, "dpop:1"))
    assert not any_house.run(first(any_house, "dpop:1"))


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_what_has_expired_is_never_new(house: House, seconds: float) -> None:
    assert not house.run(first(house, "old", seconds))


def test_a_use_that_was_undone_is_none(any_house: House) -> None:
    async def fails() -> None:
        now = any_house.services.now()
        async with any_house.services.database.write() as connection:
            assert await once.first(connection, "key", now + 60, now)
            raise KeyError

    with pytest.raises(KeyError):
        any_house.run(fails())
    assert any_house.run(first(any_house, "key"))


def test_only_its_hash_is_kept(house: House) -> None:
    house.run(first(house, "dpop:secret-jti"))

    async def kept() -> list[Any]:
        async with house.services.database.read() as connection:
            return list(await connection.execute(table.select()))

    [row] = house.run(kept())
    assert len(row.hash) == 32
    assert b"secret" not in row.hash


def test_of_fifty_at_once_one_is_first(any_house: House) -> None:
    async def race() -> list[bool]:
        return await asyncio.gather(*(first(any_house, "key") for _ in range(50)))

    assert sum(any_house.run(race())) == 1


def test_of_fifty_in_several_processes_one_is_first(any_house: House) -> None:
    found = crowd(5, any_house.services.settings.database, "firsts", tasks=10, keys=8)
    assert {key: sum(each[key] for each in found) for key in found[0]} == {f"key{number}": 1 for number in range(8)}
