"""Short codes: five tries among all who race, one use, one account, one session, one purpose, and never seen again."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from typing import Any

import pytest

from identity.factors.people import Person, person, refused, rows
from identity.house import House
from ostiary.errors import Denied
from ostiary.identity.factors import codes
from ostiary.identity.factors.codes import Bond, Issued
from ostiary.identity.services import Visit
from ostiary.identity.storage import challenges


def visit(number: int) -> Visit:
    return Visit(source=f"198.51.{number // 250}.{number % 250}")


def bond(who: Person, purpose: str = "prove-phone") -> Bond:
    return Bond(who.id, who.session.id, purpose)


async def issued(house: House, bound: Bond, payload: bytes = b"new", **more: int) -> Issued:
    async with house.services.database.write() as connection:
        return await codes.issue(house.services, connection, bound, payload=payload, **more)


async def used(house: House, made: Issued, bound: Bond, code: str, number: int = 0) -> bytes:
    async with codes.proven(house.services, visit(number), made.id, bound, code) as (_, payload):
        return payload


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


def test_the_right_code_brings_what_it_was_made_for(any_house: House) -> None:
    ada = person(any_house)
    made = any_house.run(issued(any_house, bond(ada), b"+31201234567"))
    assert any_house.run(used(any_house, made, bond(ada), f" {made.code} ")) == b"+31201234567"


@pytest.mark.parametrize("digits", [6, 7, 8])
def test_codes_have_six_to_eight_digits(house: House, digits: int) -> None:
    ada = person(house)
    made = house.run(issued(house, bond(ada), digits=digits))
    assert len(made.code) == digits
    assert made.code.isdecimal()


@pytest.mark.parametrize("digits", [0, 4, 5, 9])
def test_shorter_ones_are_not_made(house: House, digits: int) -> None:
    ada = person(house)
    with pytest.raises(ValueError, match="six to eight"):
        house.run(issued(house, bond(ada), digits=digits))


def test_a_code_of_nobody_is_not_made(house: House) -> None:
    for bound in (Bond(None, "browser:x", "prove-phone"), Bond("somebody", "", "prove-phone")):
        with pytest.raises(ValueError, match="belongs to an account"):
            house.run(issued(house, bound))


def test_a_code_counts_once(house: House) -> None:
    ada = person(house)
    made = house.run(issued(house, bond(ada)))
    house.run(used(house, made, bond(ada), made.code))
    with refused(403):
        house.run(used(house, made, bond(ada), made.code))


def test_after_five_tries_the_right_code_is_wrong(house: House) -> None:
    """Beneath the gate, which counts across codes: what holds here are the code's own five."""
    ada = person(house)
    made = house.run(issued(house, bond(ada)))

    async def attempts() -> list[bool]:
        services, found = house.services, []
        for _ in range(7):
            async with services.database.write() as connection:
                kept = await challenges.spend_try(connection, made.id, bond(ada), services.now())
            found.append(kept is not None)
        return found

    assert house.run(attempts()) == [True] * 5 + [False] * 2
    with refused(403):
        house.run(used(house, made, bond(ada), made.code))


def test_a_wrong_code_costs_a_try_though_it_changes_nothing(house: House) -> None:
    """The try is kept although the refusal undoes the rest."""
    ada = person(house)
    made = house.run(issued(house, bond(ada)))
    for left in (4, 3):
        with refused(403):
            house.run(used(house, made, bond(ada), wrong(made.code)))
        (row,) = rows(house, "SELECT tries_left FROM challenges")
        assert row.tries_left == left


@pytest.mark.parametrize(
    "other", [{"user_id": "eve"}, {"session_id": "another"}, {"purpose": "another"}, {"user_id": None}]
)
def test_nobody_else_can_even_spend_the_tries(house: House, other: dict[str, str | None]) -> None:
    ada = person(house)
    made = house.run(issued(house, bond(ada)))

    async def spend(bound: Bond) -> bool:
        async with house.services.database.write() as connection:
            return await challenges.spend_try(connection, made.id, bound, house.clock.now) is not None

    assert not house.run(spend(Bond(**{**bond(ada)._asdict(), **other})))
    assert house.run(spend(bond(ada)))


def test_fifty_parallel_guesses_share_five_tries(any_house: House) -> None:
    ada = person(any_house)
    made = any_house.run(issued(any_house, bond(ada)))

    async def storm() -> list[Any]:
        async def one() -> bool:
            async with any_house.services.database.write() as connection:
                return await challenges.spend_try(connection, made.id, bond(ada), any_house.services.now()) is not None

        return await asyncio.gather(*(one() for _ in range(50)))

    assert sum(any_house.run(storm())) == 5
    (row,) = rows(any_house, "SELECT tries_left FROM challenges")
    assert row.tries_left == 0


def test_fifty_parallel_guesses_through_the_gate_are_no_more(house: House) -> None:
    ada = person(house)
    made = house.run(issued(house, bond(ada)))

    async def storm() -> list[Any]:
        tries = [used(house, made, bond(ada), wrong(made.code), number) for number in range(50)]
        return await asyncio.gather(*tries, return_exceptions=True)

    found = house.run(storm())
    assert all(isinstance(each, Denied) for each in found)
    assert sum(each.status == 403 for each in found) == 5
    assert {each.status for each in found} == {403, 429}


def test_of_fifty_who_know_the_code_one_uses_it(any_house: House) -> None:
    ada = person(any_house)
    made = any_house.run(issued(any_house, bond(ada)))

    async def storm() -> list[Any]:
        async def one() -> bool:
            async with any_house.services.database.write() as connection:
                return await challenges.use(connection, made.id, any_house.services.now()) is not None

        return await asyncio.gather(*(one() for _ in range(50)))

    assert sum(any_house.run(storm())) == 1


def test_an_expired_code_is_wrong(house: House) -> None:
    ada = person(house)
    made = house.run(issued(house, bond(ada)))
    house.clock.now += house.services.settings.lifetimes.one_time_code
    with refused(403):
        house.run(used(house, made, bond(ada), made.code))


def test_a_new_code_kills_the_old_one_also_of_another_session(house: House) -> None:
    ada = person(house)
    first, old = bond(ada), house.run(issued(house, bond(ada)))
    ada.again()
    new = house.run(issued(house, bond(ada)))
    with refused(403):
        house.run(used(house, old, first, old.code))
    house.run(used(house, new, bond(ada), new.code))


def test_codes_for_different_purposes_live_side_by_side(house: House) -> None:
    ada = person(house)
    one, two = house.run(issued(house, bond(ada))), house.run(issued(house, bond(ada, "prove-email")))
    house.run(used(house, one, bond(ada), one.code))
    house.run(used(house, two, bond(ada, "prove-email"), two.code))


def test_a_code_is_bound_to_its_purpose(house: House) -> None:
    ada = person(house)
    made = house.run(issued(house, bond(ada)))
    with refused(403):
        house.run(used(house, made, bond(ada, "prove-email"), made.code))


def test_a_code_is_bound_to_its_session(house: House) -> None:
    ada = person(house)
    made = house.run(issued(house, bond(ada)))
    ada.again()
    with refused(403):
        house.run(used(house, made, bond(ada), made.code))


def test_a_code_is_bound_to_its_account(house: House) -> None:
    ada, eve = person(house), person(house, "eve@example.org")
    made = house.run(issued(house, bond(ada)))
    with refused(403):
        house.run(used(house, made, Bond(eve.id, ada.session.id, "prove-phone"), made.code))


def test_a_code_answers_no_other_question(house: House) -> None:
    """Two rows, and the one's code at the other's id: the MAC holds the id."""
    ada, eve = person(house), person(house, "eve@example.org")
    mine, theirs = house.run(issued(house, bond(ada))), house.run(issued(house, bond(eve)))
    if mine.code != theirs.code:
        with refused(403):
            house.run(used(house, theirs, bond(eve), mine.code))
    macs = [bytes(row.mac) for row in rows(house, "SELECT mac FROM challenges")]
    services = house.services
    assert codes._mac(services, mine.id, bond(ada), mine.code) in macs
    assert codes._mac(services, theirs.id, bond(ada), mine.code) not in macs
    assert codes._mac(services, mine.id, bond(ada)._replace(user_id=eve.id), mine.code) not in macs
    assert codes._mac(services, mine.id, bond(ada)._replace(session_id=eve.session.id), mine.code) not in macs
    assert codes._mac(services, mine.id, bond(ada, "other"), mine.code) not in macs


def test_what_fails_after_the_code_leaves_it_and_costs_a_try(house: House) -> None:
    ada = person(house)
    made = house.run(issued(house, bond(ada)))

    async def broken() -> None:
        async with codes.proven(house.services, visit(0), made.id, bond(ada), made.code):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        house.run(broken())
    (row,) = rows(house, "SELECT tries_left, used_at FROM challenges")
    assert (row.tries_left, row.used_at) == (4, None)
    assert house.run(used(house, made, bond(ada), made.code)) == b"new"


def test_the_code_is_kept_and_said_nowhere(house: House, caplog: pytest.LogCaptureFixture) -> None:
    ada = person(house)
    with caplog.at_level(logging.DEBUG):
        made = house.run(issued(house, bond(ada), b"+31201234567", digits=8))
        with refused(403):
            house.run(used(house, made, bond(ada), wrong(made.code)))
        house.run(used(house, made, bond(ada), made.code, 1))
    assert made.code not in repr(made)
    assert made.code not in caplog.text
    assert wrong(made.code) not in caplog.text
    (row,) = rows(house, "SELECT * FROM challenges")
    assert bytes(row.mac) != hashlib.sha256(made.code.encode()).digest()
    assert all(made.code.encode() not in bytes(value) for value in row if isinstance(value, bytes))
    assert all(made.code not in value for value in row if isinstance(value, str))
    assert b"+3120" not in bytes(row.payload)


def test_ending_everything_of_an_account_ends_its_codes(house: House) -> None:
    ada = person(house)
    made = house.run(issued(house, bond(ada)))

    async def forget() -> None:
        async with house.services.database.write() as connection:
            await challenges.forget(connection, ada.id)

    house.run(forget())
    with refused(403):
        house.run(used(house, made, bond(ada), made.code))


def test_digits_come_up_alike(house: House) -> None:
    """128 random bits modulo a million: the likeliest code is likelier by one in 2^108."""
    ada = person(house)

    async def many() -> list[str]:
        return [(await issued(house, bond(ada))).code for _ in range(200)]

    found = house.run(many())
    assert len(set(found)) > 190
    assert {each[0] for each in found} >= set("0123456789")
