"""Accounts as rows: what a copy of the database shows, and what parallel callers can do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from identity.house import House
from identity.people import ANN, named, person
from ostiary.identity.ids import new_id
from ostiary.identity.storage import users
from ostiary.identity.storage.users import MOST_FAILURES, Taken


def test_an_address_is_found_however_it_is_written(any_house: House) -> None:
    services = any_house.services

    async def go() -> None:
        made = await person(services, "Ann@Example.com")
        for text in ("ann@example.com", "ANN@EXAMPLE.COM", "Ann@Example.com"):
            assert await named(services, text) == made
        async with services.database.read() as connection:
            assert await users.by_email(connection, services.ring, "no address at all") is None
            assert await users.by_email(connection, services.ring, "\ud800@example.com") is None
        assert made.email == "Ann@example.com"

    any_house.run(go())


def test_a_copy_of_the_database_names_nobody(house: House, tmp_path: Path) -> None:
    services = house.services

    async def go() -> None:
        made = await person(services)
        async with services.database.write() as connection:
            await users.set_name(connection, services.ring, made.id, "Ann Marie Unmistakable")
            await users.set_phone(connection, services.ring, made.id, "+4915155512345", now=services.now())
        assert (await named(services)).name == "Ann Marie Unmistakable"

    house.run(go())
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("identity.db*"))
    assert b"$2b$04$" in raw
    for secret in (b"ann@example", b"Unmistakable", b"55512345"):
        assert secret not in raw


@pytest.mark.parametrize("number", [50])
def test_of_many_registrations_of_one_address_one_makes_the_account(any_house: House, number: int) -> None:
    services = any_house.services

    async def one() -> bool:
        async with services.database.write() as connection:
            return await users.create(
                connection, services.ring, id=new_id(services.entropy), email=ANN, password_hash="x", now=1.0
            )

    async def go() -> list[bool]:
        return await asyncio.gather(*(one() for _ in range(number)))

    assert sorted(any_house.run(go())) == [False] * (number - 1) + [True]


def test_parallel_failures_are_all_counted(any_house: House) -> None:
    services = any_house.services

    async def one(user_id: str) -> int:
        async with services.database.write() as connection:
            return await users.count_failure(connection, user_id)

    async def go() -> list[int]:
        made = await person(services)
        return await asyncio.gather(*(one(made.id) for _ in range(30)))

    assert sorted(any_house.run(go())) == list(range(1, 31))


def test_a_right_password_counts_only_if_it_is_still_kept_and_not_disabled(any_house: House) -> None:
    services = any_house.services

    async def go() -> None:
        made = await person(services)
        assert made.password_hash is not None
        async with services.database.write() as connection:
            assert await users.clear_failures(connection, made.id, made.password_hash)
            assert not await users.clear_failures(connection, made.id, "another")
            for _ in range(MOST_FAILURES):
                await users.count_failure(connection, made.id)
            assert not await users.clear_failures(connection, made.id, made.password_hash)
            assert await users.set_password(connection, made.id, "reset", now=5.0)
            assert await users.clear_failures(connection, made.id, "reset", rehashed="newer")
            assert await users.set_disabled(connection, made.id, at=6.0, why="operator")
            assert not await users.clear_failures(connection, made.id, "newer")
            assert not await users.set_password(connection, made.id, "again", now=7.0)
            assert not await users.replace_password(connection, made.id, "newer", "again", now=7.0)
            assert await users.set_disabled(connection, made.id, at=None)
            assert not await users.replace_password(connection, made.id, "older", "again", now=7.0)
            assert await users.replace_password(connection, made.id, "newer", "again", now=7.0)
            assert await users.drop_password(connection, made.id)
            assert await users.replace_password(connection, made.id, None, "first", now=8.0)
        found = await named(services)
        assert (found.password_hash, found.failures, found.password_changed_at) == ("first", 0, 8.0)

    any_house.run(go())


def test_an_address_or_number_of_another_account_is_not_taken_and_nothing_else_is_lost(any_house: House) -> None:
    services = any_house.services

    async def go() -> None:
        ann, bob = await person(services), await person(services, "bob@example.com")
        async with services.database.write() as connection:
            await users.set_phone(connection, services.ring, ann.id, "+4915155512345", now=1.0)
            with pytest.raises(Taken):
                await users.set_email(connection, services.ring, bob.id, "ANN@example.com", now=1.0)
            with pytest.raises(Taken):
                await users.set_phone(connection, services.ring, bob.id, "+4915155512345", now=1.0)
            await users.set_name(connection, services.ring, bob.id, "Bob")
            await users.set_email(connection, services.ring, bob.id, "robert@example.com", now=2.0)
        found = await named(services, "robert@example.com")
        assert (found.name, found.email_verified_at, found.phone) == ("Bob", 2.0, "")

    any_house.run(go())
