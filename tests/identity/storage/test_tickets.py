"""Tickets of mailed links: hashed, bound, short-lived, used once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from identity.house import House
from identity.people import person
from ostiary.identity.ids import new_secret
from ostiary.identity.storage import tickets
from ostiary.identity.storage.tickets import Ticket


async def issued(house: House, user_id: str | None, purpose: str = "reset-password", payload: bytes = b"") -> str:
    secret = new_secret(house.services.entropy)
    async with house.services.database.write() as connection:
        await tickets.issue(
            connection, house.services.ring, secret, user_id=user_id, purpose=purpose, now=house.clock.now, seconds=60,
            payload=payload,
        )  # fmt: skip
    return secret


async def used(house: House, secret: str, purpose: str = "reset-password") -> Ticket | None:
    async with house.services.database.write() as connection:
        return await tickets.use(connection, house.services.ring, secret, purpose, now=house.clock.now)


async def seen(house: House, secret: str, purpose: str = "reset-password") -> Ticket | None:
    async with house.services.database.read() as connection:
        return await tickets.find(connection, house.services.ring, secret, purpose, now=house.clock.now)


def test_of_many_users_of_a_ticket_one_gets_it(any_house: House) -> None:
    async def go() -> list[Ticket | None]:
        ann = await person(any_house.services)
        secret = await issued(any_house, ann.id, payload=b"new@example.com")
        return await asyncio.gather(*(used(any_house, secret) for _ in range(50)))

    found = [each for each in any_house.run(go()) if each is not None]
    assert len(found) == 1
    assert found[0].payload == b"new@example.com"


def test_looking_does_not_use_it_up(any_house: House) -> None:
    async def go() -> None:
        secret = await issued(any_house, (await person(any_house.services)).id)
        assert await seen(any_house, secret) is not None
        assert await seen(any_house, secret) is not None
        assert await used(any_house, secret) is not None
        assert await seen(any_house, secret) is None

    any_house.run(go())


@pytest.mark.parametrize("wrong", ["purpose", "late", "secret", "killed", "older", "all killed"])
def test_a_ticket_is_for_one_purpose_until_a_time(any_house: House, wrong: str) -> None:
    async def go() -> None:
        ann = await person(any_house.services)
        secret, purpose = await issued(any_house, ann.id), "reset-password"
        if wrong == "purpose":
            purpose = "verify-email"
        elif wrong == "late":
            any_house.clock.now += 60
        elif wrong == "secret":
            secret = secret[:-1] + ("A" if secret[-1] != "A" else "B")
        elif wrong == "older":
            assert await used(any_house, await issued(any_house, ann.id)) is not None
        else:
            async with any_house.services.database.write() as connection:
                of = "reset-password" if wrong == "killed" else ""
                await tickets.kill(connection, ann.id, now=any_house.clock.now, purpose=of)
        assert await seen(any_house, secret, purpose) is None
        assert await used(any_house, secret, purpose) is None

    any_house.run(go())


def test_a_ticket_does_not_end_those_of_other_purposes_and_accounts(any_house: House) -> None:
    async def go() -> None:
        ann, bob = await person(any_house.services), await person(any_house.services, "bob@example.com")
        other, bobs = await issued(any_house, ann.id, "verify-email"), await issued(any_house, bob.id)
        nobodys = await issued(any_house, None)
        await issued(any_house, ann.id)
        await issued(any_house, None)
        assert await used(any_house, other, "verify-email") is not None
        assert await used(any_house, bobs) is not None
        nobody = await used(any_house, nobodys)
        assert nobody is not None
        assert nobody.user_id is None

    any_house.run(go())


def test_neither_the_secret_nor_its_payload_is_in_the_file(house: House, tmp_path: Path) -> None:
    secret = house.run(issued(house, house.run(person(house.services)).id, payload=b"unmistakable@example.com"))
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("identity.db*"))
    assert secret.encode() not in raw
    assert b"unmistakable" not in raw
