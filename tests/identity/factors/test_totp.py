"""Authenticator apps: a step counts once whoever races, an app counts only once confirmed, and a hundred failures close it."""

from __future__ import annotations

import asyncio
from typing import Any

import pyotp
import pytest

from identity.factors.people import VISIT, events, mailed, person, refused, rows
from identity.house import House
from ostiary.errors import Denied
from ostiary.identity.factors import recovery, totp
from ostiary.identity.services import Visit
from ostiary.identity.storage import factors
from ostiary.parts.sealing import Unsealable


async def used(house: House, user_id: str, code: str, visit: Visit = VISIT) -> None:
    async with totp.proven(house.services, visit, user_id, code):
        pass


def visits() -> list[Visit]:
    """Sources enough that the gate never stands in the way of what is tested."""
    return [Visit(source=f"198.51.100.{number}") for number in range(250)]


def test_an_app_counts_once_its_first_code_was_shown(house: House) -> None:
    ada = person(house)
    made = house.run(totp.begin(house.services, ada.session))
    assert ada.owes() == ()
    code = pyotp.TOTP(made.secret).at(house.clock.now)
    with refused(403):
        house.run(used(house, ada.id, code))
    house.run(totp.confirm(house.services, VISIT, ada.session, made.id, code))
    assert ada.owes() == ("totp",)
    assert events(house)[-2:] == ["totp.begun", "totp.added"]
    assert mailed(house, "An authenticator app was set up") == 1


def test_the_code_that_confirmed_is_spent(house: House) -> None:
    ada = person(house)
    made = house.run(totp.begin(house.services, ada.session))
    app = pyotp.TOTP(made.secret)
    code = app.at(house.clock.now)
    house.run(totp.confirm(house.services, VISIT, ada.session, made.id, code))
    with refused(403):
        house.run(used(house, ada.id, code))
    house.run(used(house, ada.id, app.at(house.clock.now + 30)))


def test_a_code_counts_once(house: House) -> None:
    ada = person(house)
    app = ada.app()
    code = app.at(house.clock.now)
    house.run(used(house, ada.id, code))
    with refused(403):
        house.run(used(house, ada.id, code))


def test_a_step_before_the_last_one_counts_no_more(house: House) -> None:
    ada = person(house)
    app = ada.app()
    house.run(used(house, ada.id, app.at(house.clock.now + 30)))
    for earlier in (house.clock.now, house.clock.now - 30):
        with refused(403):
            house.run(used(house, ada.id, app.at(earlier)))
    house.clock.now += 60
    house.run(used(house, ada.id, app.at(house.clock.now)))


def test_of_twenty_at_once_one_comes_in(any_house: House) -> None:
    ada = person(any_house)
    app = ada.app()
    code = app.at(any_house.clock.now)

    async def race() -> list[Any]:
        tries = [used(any_house, ada.id, code, Visit(source=f"198.51.100.{number}")) for number in range(5)]
        return await asyncio.gather(*tries, return_exceptions=True)

    async def storm() -> list[bool]:
        """Beneath the gate, which would let five through: the statement alone decides."""
        async with any_house.services.database.read() as connection:
            kept = await factors.totp_of(connection, any_house.services.ring, ada.id)
        assert kept is not None
        step = int(any_house.clock.now) // 30 + 1

        async def take() -> bool:
            async with any_house.services.database.write() as connection:
                return await factors.take_step(connection, kept.id, step)

        return await asyncio.gather(*(take() for _ in range(20)))

    found = any_house.run(race())
    assert sum(each is None for each in found) == 1
    assert all(each is None or isinstance(each, Denied) for each in found)
    assert sum(any_house.run(storm())) == 1


@pytest.mark.parametrize("code", ["", "000000x", "0" * 64])
def test_what_is_no_code_is_refused(house: House, code: str) -> None:
    ada = person(house)
    ada.app()
    with refused(403):
        house.run(used(house, ada.id, code))


def test_the_code_of_another_account_is_none(house: House) -> None:
    ada, eve = person(house), person(house, "eve@example.org")
    ada.app()
    theirs = eve.app()
    with refused(403):
        house.run(used(house, ada.id, theirs.at(house.clock.now)))


def test_an_account_without_an_app_is_refused_alike(house: House) -> None:
    ada = person(house)
    with refused(403):
        house.run(used(house, ada.id, "123456"))


def test_five_wrong_codes_jail_the_right_one_wherever_it_comes_from(house: House) -> None:
    ada = person(house)
    app = ada.app()
    for visit in visits()[:5]:
        with refused(403):
            house.run(used(house, ada.id, "000000", visit))
    with refused(429):
        house.run(used(house, ada.id, app.at(house.clock.now), visits()[9]))


def test_a_hundred_wrong_codes_in_a_row_close_the_app(house: House) -> None:
    """The jail forgets, and somebody patient would come through: NIST SP 800-63B-4 section 3.2.2."""
    ada = person(house)
    app = ada.app()

    async def fail(times: int) -> None:
        async with house.services.database.read() as connection:
            kept = await factors.totp_of(connection, house.services.ring, ada.id)
        assert kept is not None
        for _ in range(times):
            await totp._count_failure(house.services, VISIT, ada.id, kept.id)

    house.run(fail(99))
    house.run(used(house, ada.id, app.at(house.clock.now)))  # and what was right begins anew
    house.run(fail(100))
    house.clock.now += 60
    for code in (app.at(house.clock.now), "000000"):
        with refused(403):
            house.run(used(house, ada.id, code))
    assert events(house).count("factor.closed") == 1
    assert rows(house, "SELECT failures FROM totp") == [(100,)]  # what is closed counts no further


def test_what_fails_after_the_code_gives_the_step_back(house: House) -> None:
    ada = person(house)
    app = ada.app()
    code = app.at(house.clock.now)

    async def broken() -> None:
        async with totp.proven(house.services, VISIT, ada.id, code):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        house.run(broken())
    house.run(used(house, ada.id, code))


def test_an_app_that_was_begun_too_long_ago_is_not_confirmed(house: House) -> None:
    ada = person(house)
    made = house.run(totp.begin(house.services, ada.session))
    house.clock.now += house.services.settings.lifetimes.one_time_code
    code = pyotp.TOTP(made.secret).at(house.clock.now)
    with refused(403):
        house.run(totp.confirm(house.services, VISIT, ada.session, made.id, code))


def test_nobody_confirms_the_app_of_another(house: House) -> None:
    ada, eve = person(house), person(house, "eve@example.org")
    made = house.run(totp.begin(house.services, ada.session))
    code = pyotp.TOTP(made.secret).at(house.clock.now)
    with refused(403):
        house.run(totp.confirm(house.services, VISIT, eve.session, made.id, code))
    assert (ada.owes(), eve.owes()) == ((), ())


def test_an_app_is_found_by_its_owner_once_it_counts(house: House) -> None:
    """Beneath the flows, which would be held by the statements that change something all the same."""
    ada, eve = person(house), person(house, "eve@example.org")
    made = house.run(totp.begin(house.services, ada.session))

    async def found() -> list[bool]:
        ring = house.services.ring
        async with house.services.database.read() as connection:
            return [
                await factors.totp_of(connection, ring, ada.id) is not None,
                await factors.waiting_totp(connection, ring, made.id, ada.id, since=0) is not None,
                await factors.waiting_totp(connection, ring, made.id, eve.id, since=0) is not None,
            ]

    assert house.run(found()) == [False, True, False]
    house.run(totp.confirm(house.services, VISIT, ada.session, made.id, pyotp.TOTP(made.secret).at(house.clock.now)))
    assert house.run(found()) == [True, False, False]


def test_a_new_app_takes_the_place_of_the_old_one_when_it_is_confirmed(house: House) -> None:
    ada = person(house)
    old = ada.app()
    made = house.run(totp.begin(house.services, ada.session))
    house.run(used(house, ada.id, old.at(house.clock.now)))  # still
    new = pyotp.TOTP(made.secret)
    house.run(totp.confirm(house.services, VISIT, ada.session, made.id, new.at(house.clock.now)))
    house.clock.now += 60
    with refused(403):
        house.run(used(house, ada.id, old.at(house.clock.now)))
    house.run(used(house, ada.id, new.at(house.clock.now)))
    assert len(rows(house, "SELECT id FROM totp")) == 1


def test_the_secret_is_sealed_for_its_row(house: House) -> None:
    ada = person(house)
    app = ada.app()
    (row,) = rows(house, "SELECT id, secret FROM totp")
    assert app.byte_secret() not in bytes(row.secret)
    assert house.services.ring.open(bytes(row.secret), f"totp.secret:{row.id}") == app.byte_secret()
    with pytest.raises(Unsealable):
        house.services.ring.open(bytes(row.secret), "totp.secret:another")


def test_what_shows_the_secret_does_not_print_it(house: House) -> None:
    ada = person(house)
    made = house.run(totp.begin(house.services, ada.session))
    assert made.secret not in repr(made)
    assert made.uri not in repr(made)
    assert "ada%40example.org" in made.uri
    assert made.secret in made.uri


def test_removing_the_app_is_told_and_takes_the_recovery_codes_along(house: House) -> None:
    ada = person(house)
    ada.app()
    house.run(recovery.make(house.services, VISIT, ada.session))
    house.run(totp.remove(house.services, VISIT, ada.session))
    assert ada.owes() == ()
    assert rows(house, "SELECT mac FROM recovery_codes") == []
    assert events(house)[-1] == "totp.removed"
    assert mailed(house, "An authenticator app was removed") == 1
    with refused(404):
        house.run(totp.remove(house.services, VISIT, ada.session))
