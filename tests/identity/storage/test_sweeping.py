"""What is over goes, a few rows at a time; what is not, and every event, stays."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest
from sqlalchemy import update

from identity.house import House
from identity.storage.crowd import crowd
from identity.storage.filling import fill, rows_of
from ostiary.errors import StoreError
from ostiary.identity.storage import schema, sweeping
from ostiary.identity.storage.database import Database
from ostiary.identity.storage.sweeping import RULES, Sweeper, sweep

DAY = 86400.0
GONE = {"once", "challenges", "tickets", "requests", "devices", "codes", "access_tokens", "refresh_tokens", "families", "sessions",
        "outbox"}  # fmt: skip


def test_what_is_over_goes_and_the_rest_stays(any_house: House) -> None:
    services = any_house.services
    now = services.now()
    any_house.run(fill(services, 7, at=now - 40 * DAY))
    any_house.run(fill(services, 3, at=now + DAY))
    before = any_house.run(rows_of(services))
    gone = any_house.run(sweep(services.database, now, batch=3, pause=0.0))
    after = any_house.run(rows_of(services))
    assert {name for name, count in gone.items() if count} == GONE | {"signing_keys"}
    for name, count in before.items():
        assert after[name] == (count - 7 if name in GONE | {"signing_keys"} else count), name
    assert after["events"] == before["events"]
    assert not any(any_house.run(sweep(services.database, now)).values())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.table.name)
def test_nothing_goes_before_its_time(house: House, rule: sweeping.Rule) -> None:
    services = house.services
    at = services.now()
    house.run(fill(services, 1, at=at))
    before = house.run(rows_of(services))
    house.run(sweep(services.database, at + rule.keep - 1.0))
    assert house.run(rows_of(services))[rule.table.name] == before[rule.table.name]
    house.run(sweep(services.database, at + max(each.keep for each in RULES) + 1.0))
    assert house.run(rows_of(services))[rule.table.name] == before[rule.table.name] - 1


def test_a_message_that_waits_for_a_way_out_stays_for_a_week(house: House) -> None:
    services = house.services
    house.run(fill(services, 1))

    async def unsent() -> None:
        async with services.database.write() as connection:
            await connection.execute(update(schema.outbox).values(sent_at=None))

    house.run(unsent())
    house.run(sweep(services.database, services.now() + 7 * DAY - 1))
    assert house.run(rows_of(services))["outbox"] == 1
    house.run(sweep(services.database, services.now() + 7 * DAY + 1))
    assert house.run(rows_of(services))["outbox"] == 0


def test_a_family_stays_while_something_belongs_to_it(any_house: House) -> None:
    """Else one deletion could take tens of thousands of tokens with it."""
    services = any_house.services
    now = services.now()
    any_house.run(fill(services, 2, at=now - 40 * DAY))

    async def longer() -> None:
        async with services.database.write() as connection:
            await connection.execute(update(schema.refresh_tokens).values(expires_at=now + DAY))

    any_house.run(longer())
    any_house.run(sweep(services.database, now))
    after = any_house.run(rows_of(services))
    assert (after["families"], after["refresh_tokens"], after["codes"]) == (2, 2, 0)


def test_one_transaction_deletes_few_rows_and_one_sweep_ends(house: House) -> None:
    services = house.services
    now = services.now()

    async def many() -> None:
        async with services.database.write() as connection:
            rows = [{"hash": str(number).encode(), "expires_at": now - 1} for number in range(100)]
            await connection.execute(schema.once.insert(), rows)

    house.run(many())
    house.run(sweep(services.database, now, batch=10, most=3, pause=0.0))
    assert house.run(rows_of(services))["once"] == 70, "the next sweep goes on"


def test_processes_that_sweep_together_get_in_nobodys_way(any_house: House) -> None:
    services = any_house.services
    any_house.run(fill(services, 30, at=time.time() - 40 * DAY))
    found = crowd(3, services.settings.database, "sweeps", batch=7)
    assert sum(found) == 30 * (len(GONE) + 1)


def test_a_sweeper_goes_on_while_the_database_is_away(house: House, caplog: pytest.LogCaptureFixture) -> None:
    services = house.services
    looked: list[int] = []

    class Away(Database):
        turns = 0

        def read(self):  # type: ignore[no-untyped-def]
            Away.turns += 1
            if Away.turns == 1:
                raise StoreError("the accounts' database does not answer: TimeoutError")
            return super().read()

    database = Away(services.settings.database)
    house.run(fill(services, 1, at=services.now() - 40 * DAY))

    async def scenario() -> None:
        task = asyncio.create_task(Sweeper(database, services.now, look=lambda: looked.append(1), every=0.02).run())
        for _ in range(500):
            await asyncio.sleep(0.02)
            if "deleted what is over" in caplog.text:
                break
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await database.close()

    with caplog.at_level(logging.INFO, "ostiary.identity"):
        house.run(scenario())
    assert "is not deleted" in caplog.text
    assert "once 1" in caplog.text
    assert looked, "it looks for new keys meanwhile"
