"""Registering: a stranger learns nothing, and slips nothing in."""

from __future__ import annotations

import asyncio
import dataclasses
from unittest.mock import AsyncMock

import pytest
from sqlalchemy import func, select

from identity.house import House
from identity.people import ANN, AT, BETTER, GOOD, mails, named, person, signed_in, token
from ostiary.errors import Denied
from ostiary.identity.flows import registering, standing, verifying
from ostiary.identity.services import Services
from ostiary.identity.storage.schema import events, tickets, users


async def counted(services: Services) -> tuple[int, int, int]:
    async with services.database.read() as connection:
        found = [
            (await connection.execute(select(func.count()).select_from(each))).scalar_one()
            for each in (users, tickets, events)
        ]
    return found[0], found[1], found[2]


def test_a_new_address_gets_an_account_and_a_link(any_house: House) -> None:
    async def go() -> None:
        await registering.register(any_house.services, AT, "Ann@Example.com", GOOD, "Ann Marie")
        ann = await named(any_house.services)
        assert (ann.name, ann.role, ann.email_verified_at, ann.must_change_password) == (
            "Ann Marie",
            "user",
            None,
            False,
        )
        assert standing.limits(ann) == ("email-unproven",)
        [(to, subject, body)] = await mails(any_house.services)
        assert to == "Ann@example.com"
        assert subject == "Confirm your address for Ostiary"
        assert "https://accounts.example.test/verify?token=" in body
        assert GOOD not in body
        assert "Ann Marie" not in body  # a stranger chose it

    any_house.run(go())


def test_a_known_address_is_told_by_mail_alone_and_nothing_of_it_changes(any_house: House) -> None:
    async def go() -> None:
        before = await person(any_house.services)
        assert await registering.register(any_house.services, AT, "ANN@example.com", BETTER, "Eve") is None  # type: ignore[func-returns-value]
        assert await named(any_house.services) == before
        [(to, subject, body)] = await mails(any_house.services)
        assert (to, subject) == (ANN, "You already have an account at Ostiary")
        assert "token=" not in body
        await signed_in(any_house.services)

    any_house.run(go())


def test_a_second_registration_cannot_put_its_password_behind_the_first_link(any_house: House) -> None:
    """Eve registers Ann's address after Ann: Ann's link and password stay hers."""

    async def go() -> None:
        await registering.register(any_house.services, AT, ANN, GOOD)
        link = await token(any_house.services)
        any_house.clock.now += 3600
        await registering.register(any_house.services, dataclasses.replace(AT, source="198.51.100.9"), ANN, BETTER)
        assert await token(any_house.services) == link
        with pytest.raises(Denied):
            await signed_in(any_house.services, password=BETTER)
        await verifying.verify(any_house.services, AT, link, password=GOOD)
        await signed_in(any_house.services)

    any_house.run(go())


@pytest.mark.parametrize("known", [False, True])
def test_the_same_rows_are_written_whether_it_is_known_or_not(any_house: House, *, known: bool) -> None:
    async def go() -> None:
        if known:
            await person(any_house.services)
        before = await counted(any_house.services)
        await registering.register(any_house.services, AT, ANN, BETTER)
        after = await counted(any_house.services)
        assert after[0] - before[0] == (not known)
        assert [after[1] - before[1], after[2] - before[2]] == [1, 1]
        assert len(await mails(any_house.services)) == 1

    any_house.run(go())


@pytest.mark.parametrize("how", ["open", "paced"])
def test_fifty_registrations_of_one_address_make_one_account(how: str, any_house: House) -> None:
    """The pace lets one through; without it the database does."""

    async def one(number: int) -> bool:
        try:
            await registering.register(
                any_house.services, dataclasses.replace(AT, source=f"192.0.2.{number}"), ANN, GOOD
            )
        except Denied as denied:
            return denied.status not in {429, 503}
        return True

    async def go() -> None:
        if how == "open":
            any_house.services.gate.send = AsyncMock()  # type: ignore[method-assign]
        done = await asyncio.gather(*(one(number) for number in range(50)))
        assert sum(done) == 1 if how == "paced" else sum(done) > 10
        assert (await counted(any_house.services))[0] == 1
        told = [subject for _, subject, _ in await mails(any_house.services)]
        assert told.count("Confirm your address for Ostiary") == 1
        assert len(told) == sum(done)
        await signed_in(any_house.services)

    any_house.run(go())


@pytest.mark.parametrize(
    ("email", "password", "name", "pointers"),
    [
        ("no address", GOOD, "", ["/email"]),
        ("ann@example.com\r\nBcc: eve@example.com", GOOD, "", ["/email"]),
        (ANN, "tiny", "", ["/password", "/password"]),
        (ANN, "passwordpassword", "", ["/password"]),
        (ANN, "ann example 2026 ann", "", ["/password"]),
        (ANN, "marie-antoinette", "Marie Antoinette", ["/password"]),
        (ANN, "x" * 1025, "", ["/password"]),
        (ANN, "\ud800" * 20, "", ["/password"]),
        (ANN, GOOD, "a\r\nb", ["/name"]),
        (ANN, GOOD, "\u202eevil", ["/name"]),
        (ANN, GOOD, "x" * 101, ["/name"]),
    ],
)  # fmt: skip
def test_what_will_not_do_is_refused_without_repeating_it(
    house: House, email: str, password: str, name: str, pointers: list[str]
) -> None:
    with pytest.raises(Denied) as refused:
        house.run(registering.register(house.services, AT, email, password, name))
    assert refused.value.status == 422
    assert [pointer for pointer, _ in refused.value.faults] == pointers
    said = f"{refused.value.reason} {refused.value.faults}"
    assert all(not each or each not in said for each in (email, password, name))
    assert house.run(counted(house.services)) == (0, 0, 0)


def test_a_closed_house_makes_no_accounts_for_strangers(make_house: object) -> None:
    closed: House = make_house(registration=False)  # type: ignore[operator]
    with pytest.raises(Denied) as refused:
        closed.run(registering.register(closed.services, AT, ANN, GOOD))
    assert refused.value.status == 403
    assert closed.run(counted(closed.services)) == (0, 0, 0)


def test_registrations_are_paced_by_source_and_by_destination(house: House) -> None:
    async def go() -> None:
        await registering.register(house.services, AT, ANN, GOOD)
        with pytest.raises(Denied) as again:
            await registering.register(house.services, AT, ANN, GOOD)
        assert again.value.status == 429
        for number in range(house.services.settings.jail.registrations - 2):
            await registering.register(house.services, AT, f"ann{number}@example.com", GOOD)
        with pytest.raises(Denied) as many:
            await registering.register(house.services, AT, "one-more@example.com", GOOD)
        assert many.value.status == 429

    house.run(go())
