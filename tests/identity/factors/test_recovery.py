"""Recovery codes: used once whoever races, dead with a new set, counted, told of, and never kept as they are."""

from __future__ import annotations

import asyncio
import hashlib
import re
from typing import Any

import pytest

from identity.factors.people import VISIT, Person, events, mailed, person, refused, rows
from identity.house import House
from ostiary.errors import Denied
from ostiary.identity.factors import recovery
from ostiary.identity.services import Visit
from ostiary.identity.storage import factors


async def used(house: House, who: Person, code: str, visit: Visit = VISIT) -> None:
    async with recovery.proven(house.services, visit, who.session, code):
        pass


def left(house: House, who: Person) -> int:
    async def ask() -> int:
        async with house.services.database.read() as connection:
            return (await factors.set_up(connection, who.id)).codes

    return house.run(ask())


def with_codes(house: House, email: str = "ada@example.org") -> tuple[Person, tuple[str, ...]]:
    who = person(house, email)
    who.app()
    return who, house.run(recovery.make(house.services, VISIT, who.session))


def test_ten_codes_of_sixty_bits_are_made(house: House) -> None:
    ada, codes = with_codes(house)
    assert len(set(codes)) == recovery.COUNT == 10
    assert all(re.fullmatch(r"[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){2}", each) for each in codes)
    assert len(recovery._ALPHABET) ** 12 >= 2**60
    assert left(house, ada) == 10
    assert events(house)[-1] == "recovery-codes.made"
    assert mailed(house, "New recovery codes") == 1
    assert not any(mailed(house, each) for each in codes)


def test_every_letter_comes_up_alike(house: House) -> None:
    """Bytes are cut to five bits: 256 is a multiple of 32, so no letter is likelier."""
    assert {recovery._text(bytes([each]) * 12)[0] for each in range(256)} == set(recovery._ALPHABET)


def test_a_code_counts_once(house: House) -> None:
    ada, codes = with_codes(house)
    house.run(used(house, ada, codes[3]))
    assert left(house, ada) == 9
    assert events(house)[-1] == "recovery-code.used"
    assert mailed(house, "9 are left") == 1
    with refused(403):
        house.run(used(house, ada, codes[3]))
    assert events(house)[-1] == "factor.failed"
    assert left(house, ada) == 9


def test_codes_are_read_as_people_type_them(house: House) -> None:
    ada, codes = with_codes(house)
    house.run(used(house, ada, f" {codes[0].upper()} "))
    house.run(used(house, ada, codes[1].replace("-", "")))
    house.run(used(house, ada, codes[2].replace("-", " ").replace("1", "l").replace("0", "O")))


def test_of_twenty_at_once_one_comes_in(any_house: House) -> None:
    ada, codes = with_codes(any_house)

    async def race() -> list[Any]:
        tries = [used(any_house, ada, codes[0], Visit(source=f"198.51.100.{number}")) for number in range(5)]
        return await asyncio.gather(*tries, return_exceptions=True)

    async def storm() -> list[bool]:
        """Beneath the gate: the statement alone decides."""
        services = any_house.services
        mac = recovery._mac(services, ada.id, codes[1].replace("-", ""))

        async def take() -> bool:
            async with services.database.write() as connection:
                return await factors.take_code(connection, mac, ada.id, services.now())

        return await asyncio.gather(*(take() for _ in range(20)))

    found = any_house.run(race())
    assert sum(each is None for each in found) == 1
    assert all(each is None or isinstance(each, Denied) for each in found)
    assert sum(any_house.run(storm())) == 1
    assert left(any_house, ada) == 8


def test_a_new_set_kills_the_old_one(house: House) -> None:
    ada, old = with_codes(house)
    new = house.run(recovery.make(house.services, VISIT, ada.session))
    assert left(house, ada) == 10
    with refused(403):
        house.run(used(house, ada, old[0]))
    house.run(used(house, ada, new[0]))


def test_the_code_of_another_account_is_none(house: House) -> None:
    ada, _ = with_codes(house)
    eve, theirs = with_codes(house, "eve@example.org")
    with refused(403):
        house.run(used(house, ada, theirs[0]))
    assert left(house, eve) == 10


def test_a_digest_is_of_one_account(house: House) -> None:
    """The same code in two accounts is kept as two digests, and a row answers its owner alone."""
    ada, codes = with_codes(house)
    plain = codes[0].replace("-", "")
    mine = recovery._mac(house.services, ada.id, plain)
    assert mine != recovery._mac(house.services, "eve", plain)

    async def take(user_id: str) -> bool:
        async with house.services.database.write() as connection:
            return await factors.take_code(connection, mine, user_id, house.clock.now)

    assert not house.run(take("eve"))
    assert house.run(take(ada.id))


def test_five_wrong_codes_jail_the_right_one(house: House) -> None:
    ada, codes = with_codes(house)
    for number in range(5):
        with refused(403):
            house.run(used(house, ada, "0000-0000-0000", Visit(source=f"198.51.100.{number}")))
    with refused(429):
        house.run(used(house, ada, codes[0], Visit(source="198.51.100.77")))


@pytest.mark.parametrize("code", ["", "-", "0" * 11, "0" * 13, "u000-0000-0000", "0" * 100_000, "\x00" * 12])
def test_what_is_no_code_is_refused(house: House, code: str) -> None:
    ada, _ = with_codes(house)
    with refused(403):
        house.run(used(house, ada, code))


def test_only_keyed_digests_are_kept(house: House) -> None:
    """A plain hash of sixty bits could be tried offline by whoever has the database."""
    _, codes = with_codes(house)
    kept = [bytes(row.mac) for row in rows(house, "SELECT mac FROM recovery_codes")]
    for each in codes:
        plain = each.replace("-", "").encode()
        assert hashlib.sha256(plain).digest() not in kept
        assert not any(plain in row for row in kept)


def test_they_stand_in_for_a_factor_and_are_none(house: House) -> None:
    ada = person(house)
    with refused(409):
        house.run(recovery.make(house.services, VISIT, ada.session))
    ada.app()
    house.run(recovery.make(house.services, VISIT, ada.session))
    assert ada.owes() == ("totp", "recovery-code")


def test_what_fails_after_the_code_gives_it_back(house: House) -> None:
    ada, codes = with_codes(house)

    async def broken() -> None:
        async with recovery.proven(house.services, VISIT, ada.session, codes[0]):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        house.run(broken())
    assert mailed(house, "are left") == 0
    house.run(used(house, ada, codes[0]))
