"""Changing a password: by who knows the old one; every other session ends."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
from sqlalchemy import update

from identity.house import House
from identity.people import ANN, AT, BETTER, GOOD, mails, named, person, signed_in
from ostiary.errors import Denied
from ostiary.identity import sessions
from ostiary.identity.flows import passwords
from ostiary.identity.storage import factors, users
from ostiary.identity.storage.schema import users as rows

CURL = dataclasses.replace(AT, agent="Curl")


def test_a_changed_password_ends_all_other_sessions_and_renews_this_one(any_house: House) -> None:
    async def go() -> None:
        services = any_house.services
        await person(services)
        mine, other = await signed_in(services), await signed_in(services)
        session, secret = await passwords.change(services, AT, mine.session, GOOD, BETTER)
        assert await sessions.read_session(services, mine.secret) is None
        assert await sessions.read_session(services, other.secret) is None
        assert await sessions.read_session(services, secret) == session
        assert "Your password for Ostiary was changed" in [subject for _, subject, _ in await mails(services)]
        with pytest.raises(Denied):
            await signed_in(services)
        await signed_in(services, password=BETTER)

    any_house.run(go())


@pytest.mark.parametrize(
    ("current", "new", "status"),
    [
        ("wrong", BETTER, 403), ("", BETTER, 403), (GOOD, GOOD, 422), (GOOD, "short", 422), (GOOD, "passwordpassword", 422),
        (GOOD, "ann example 2026 ann", 422), ("wrong", "short", 422),
    ],
)  # fmt: skip
def test_a_change_that_will_not_do_changes_nothing(house: House, current: str, new: str, status: int) -> None:
    async def go() -> None:
        await person(house.services)
        mine, other = await signed_in(house.services), await signed_in(house.services)
        with pytest.raises(Denied) as refused:
            await passwords.change(house.services, AT, mine.session, current, new)
        assert refused.value.status == status
        for each in (mine, other):
            assert await sessions.read_session(house.services, each.secret) is not None
        await signed_in(house.services)

    house.run(go())


def test_a_stolen_session_cannot_guess_the_password_for_ever(house: House) -> None:
    async def go() -> list[int]:
        await person(house.services)
        mine = await signed_in(house.services)
        statuses = []
        for number in range(7):
            with pytest.raises(Denied) as refused:
                await passwords.change(house.services, AT, mine.session, f"guess {number}", BETTER)
            statuses.append(refused.value.status)
        return statuses

    assert house.run(go()) == [403] * 5 + [429] * 2
    assert house.run(named(house.services)).failures == 5


def test_of_changes_at_once_one_wins(any_house: House) -> None:
    async def go() -> None:
        services = any_house.services
        await person(services)
        each = [await signed_in(services) for _ in range(4)]
        done = await asyncio.gather(
            *(passwords.change(services, AT, one.session, GOOD, f"{BETTER} {n}") for n, one in enumerate(each)),
            return_exceptions=True,
        )
        assert all(
            not isinstance(one, BaseException) or (isinstance(one, Denied) and one.status in {401, 403, 409})
            for one in done
        )
        [winner] = [number for number, one in enumerate(done) if not isinstance(one, BaseException)]
        await signed_in(services, password=f"{BETTER} {winner}")

    any_house.run(go())


def test_a_reset_that_came_between_wins(house: House) -> None:
    async def go() -> None:
        ann = await person(house.services)
        mine = await signed_in(house.services)
        make = house.services.hasher.hash

        async def slow(password: str) -> str:
            async with house.services.database.write() as connection:
                await users.set_password(connection, ann.id, "of the reset", now=1.0)
            return await make(password)

        house.services.hasher.hash = slow  # type: ignore[method-assign]
        with pytest.raises(Denied) as refused:
            await passwords.change(house.services, AT, mine.session, GOOD, BETTER)
        assert refused.value.status == 409
        assert (await named(house.services)).password_hash == "of the reset"

    house.run(go())


def test_who_has_to_change_it_is_free_afterwards(house: House) -> None:
    async def go() -> None:
        ann = await person(house.services)
        async with house.services.database.write() as connection:
            await users.require_new_password(connection, ann.id)
        mine = await signed_in(house.services)
        assert mine.must_change_password
        await passwords.change(house.services, AT, mine.session, GOOD, BETTER)
        assert not (await signed_in(house.services, password=BETTER)).must_change_password

    house.run(go())


def test_an_account_with_passkeys_alone_sets_its_first_password_in_a_fresh_session(house: House) -> None:
    async def go() -> None:
        ann = await person(house.services)
        mine = await signed_in(house.services)
        async with house.services.database.write() as connection:
            await connection.execute(update(rows).where(rows.c.id == ann.id).values(password_hash=None))
        await passwords.change(house.services, AT, mine.session, "", BETTER)
        await signed_in(house.services, password=BETTER)

    house.run(go())


# being fresh


def test_the_password_makes_a_session_fresh_under_another_secret(any_house: House) -> None:
    async def go() -> None:
        services = any_house.services
        await person(services)
        mine = await signed_in(services)
        any_house.clock.now += 600
        session, secret = await passwords.prove(services, AT, mine.session, GOOD)
        assert sessions.is_fresh(services, session)
        assert await sessions.read_session(services, mine.secret) is None
        assert await sessions.read_session(services, secret) is not None

    any_house.run(go())


def test_a_wrong_password_or_one_beside_a_second_factor_makes_nothing_fresh(house: House) -> None:
    async def go() -> None:
        ann = await person(house.services)
        mine = await signed_in(house.services)
        with pytest.raises(Denied, match="403"):
            await passwords.prove(house.services, AT, mine.session, "wrong")
        assert (await named(house.services)).failures == 1
        verify = house.services.hasher.verify

        async def meanwhile(password: str, kept: str | None) -> object:
            found = await verify(password, kept)
            async with house.services.database.write() as connection:
                await factors.add_totp(connection, house.services.ring, "t", ann.id, b"secret", now=1.0)
                await factors.confirm_totp(connection, "t", ann.id, 1, now=1.0)
            return found

        house.services.hasher.verify = meanwhile  # type: ignore[method-assign, assignment]
        for _ in range(2):
            with pytest.raises(Denied, match="403"):
                await passwords.prove(house.services, AT, mine.session, GOOD)
        assert await sessions.read_session(house.services, mine.secret) is not None

    house.run(go())


def test_the_account_s_own_address_is_what_is_asked_for(house: House) -> None:
    house.run(person(house.services))
    with pytest.raises(Denied):
        passwords.check(house.services, "accounts ostiary 1", ANN)
    passwords.check(house.services, "xk2vq8wm", ANN, has_factor=True)
