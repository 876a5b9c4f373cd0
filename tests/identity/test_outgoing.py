"""What is owed by mail or text: written with its transaction, sent once, wiped, never given up too early or tried for ever."""

from __future__ import annotations

import pytest

from identity.house import House
from ostiary.identity.outgoing import list_outbox


async def owe(house: House, to: str = "ann@example.test", template: str = "account-deleted", **values: str) -> None:
    async with house.services.database.write() as connection:
        await house.services.outgoing.mail(connection, to, template, values)


def test_without_a_server_operators_read_the_mails(house: House) -> None:
    house.run(owe(house))
    (shown,) = house.run(list_outbox(house.services))
    assert (shown.state, shown.to) == ("kept", "ann@example.test")
    assert "was deleted" in shown.subject


def test_a_mail_of_a_transaction_that_failed_is_none(house: House) -> None:
    async def fail() -> None:
        async with house.services.database.write() as connection:
            await house.services.outgoing.mail(connection, "ann@example.test", "account-deleted", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        house.run(fail())
    assert house.run(list_outbox(house.services)) == []
