"""An address is proven by a mailbox and a password together, once, in time."""

from __future__ import annotations

import asyncio

import pytest

from identity.house import House
from identity.people import ANN, AT, BETTER, GOOD, mails, named, person, signed_in, token
from ostiary.errors import Denied
from ostiary.identity.flows import registering, resetting, standing, verifying
from ostiary.identity.storage import users


async def registered(house: House) -> str:
    await registering.register(house.services, AT, ANN, GOOD)
    return await token(house.services)


async def refused(house: House, link: str, password: str = "", **more: object) -> int:
    with pytest.raises(Denied) as denied:
        await verifying.verify(house.services, AT, link, password=password, **more)  # type: ignore[arg-type]
    return denied.value.status


def test_the_link_with_the_password_proves_the_address(any_house: House) -> None:
    async def go() -> None:
        link = await registered(any_house)
        await verifying.verify(any_house.services, AT, link, password=GOOD)
        ann = await named(any_house.services)
        assert ann.email_verified_at == any_house.clock.now
        assert standing.limits(ann) == ()

    any_house.run(go())


def test_the_link_in_a_session_of_the_account_proves_the_address(any_house: House) -> None:
    async def go() -> None:
        link = await registered(any_house)
        mine = (await signed_in(any_house.services)).session
        await verifying.verify(any_house.services, AT, link, session=mine)
        assert (await named(any_house.services)).email_verified_at is not None

    any_house.run(go())


def test_a_click_alone_proves_nothing_and_leaves_the_link_good(any_house: House) -> None:
    """Eve registered Ann's address and waits for Ann to click."""

    async def go() -> None:
        link = await registered(any_house)
        await person(any_house.services, "bob@example.com")
        bobs = (await signed_in(any_house.services, "bob@example.com")).session
        assert await refused(any_house, link) == 403
        assert await refused(any_house, link, BETTER) == 403
        assert await refused(any_house, link, session=bobs) == 403
        assert (await named(any_house.services)).email_verified_at is None
        await verifying.verify(any_house.services, AT, link, password=GOOD)

    any_house.run(go())


def test_the_owner_of_the_mailbox_takes_an_account_over_that_somebody_made_with_it(any_house: House) -> None:
    async def go() -> None:
        link = await registered(any_house)  # by Eve
        eve = await signed_in(any_house.services)
        await resetting.ask(any_house.services, AT, ANN)
        await resetting.complete(any_house.services, AT, await token(any_house.services, "/reset"), BETTER)
        ann = await named(any_house.services)
        assert ann.email_verified_at is not None
        assert await refused(any_house, link, GOOD) == 400
        with pytest.raises(Denied):
            await signed_in(any_house.services, password=GOOD)
        assert eve.session.user_id == ann.id
        await signed_in(any_house.services, password=BETTER)

    any_house.run(go())


@pytest.mark.parametrize("wrong", ["used", "late", "changed", "for a reset", "disabled"])
def test_a_link_that_is_no_good(any_house: House, wrong: str) -> None:
    async def go() -> None:
        link = await registered(any_house)
        ann = await named(any_house.services)
        if wrong == "used":
            await verifying.verify(any_house.services, AT, link, password=GOOD)
        elif wrong == "late":
            any_house.clock.now += any_house.services.settings.lifetimes.verify
        elif wrong == "changed":
            link = "A" * len(link)
        elif wrong == "for a reset":
            await resetting.ask(any_house.services, AT, ANN)
            link = await token(any_house.services, "/reset")
        else:
            async with any_house.services.database.write() as connection:
                await users.set_disabled(connection, ann.id, at=1.0)
        assert await refused(any_house, link, GOOD) == 400
        assert await verifying.is_good(any_house.services, link) is (wrong == "disabled")

    any_house.run(go())


def test_fifty_at_once_use_a_link_once(any_house: House) -> None:
    async def go() -> int:
        link = await registered(any_house)
        mine = (await signed_in(any_house.services)).session
        one = verifying.verify
        done = await asyncio.gather(
            *(one(any_house.services, AT, link, session=mine) for _ in range(50)), return_exceptions=True
        )
        assert all(each is None or (isinstance(each, Denied) and each.status in {400, 429}) for each in done)
        return done.count(None)

    assert any_house.run(go()) == 1


def test_a_new_link_ends_the_former_and_is_paced(any_house: House) -> None:
    async def go() -> None:
        former = await registered(any_house)
        mine = (await signed_in(any_house.services)).session
        with pytest.raises(Denied) as soon:
            await verifying.resend(any_house.services, AT, mine)
        assert soon.value.status == 429
        any_house.clock.now += 61
        await verifying.resend(any_house.services, AT, mine)
        link = await token(any_house.services)
        assert link != former
        assert await refused(any_house, former, GOOD) == 400
        await verifying.verify(any_house.services, AT, link, session=mine)
        number = len(await mails(any_house.services))
        any_house.clock.now += 61
        await verifying.resend(any_house.services, AT, mine)
        assert len(await mails(any_house.services)) == number  # there is nothing left to prove

    any_house.run(go())


def test_guesses_of_the_password_behind_a_link_are_counted(house: House) -> None:
    async def go() -> list[int]:
        link = await registered(house)
        return [await refused(house, link, f"wrong {number}") for number in range(7)]

    statuses = house.run(go())
    assert statuses[:5] == [403] * 5
    assert statuses[5:] == [429] * 2
    assert house.run(named(house.services)).failures == 5
