"""Every column of bytes is either a digest or sealed, and events change in no other way than by being sealed anew."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import LargeBinary, select, text

from identity.house import House
from identity.storage.filling import fill
from ostiary.errors import StoreError
from ostiary.identity.resealing import reseal, rotate
from ostiary.identity.storage import sealed
from ostiary.identity.storage.schema import events, metadata

NOT_SEALED = {  # digests, and what is public
    "users.email_key", "users.phone_key", "sessions.hash", "tickets.hash", "challenges.mac", "passkeys.id", "passkeys.public_key",
    "recovery_codes.mac", "once.hash", "clients.secret_hash", "requests.hash", "codes.hash", "refresh_tokens.hash",
    "access_tokens.hash", "devices.hash", "devices.user_code", "ring_marks.mark",
}  # fmt: skip


def test_every_column_of_bytes_is_sealed_or_known_not_to_need_it() -> None:
    binary = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert binary - {each.name for each in sealed.COLUMNS} == NOT_SEALED


def test_what_says_who_somebody_is_is_sealed() -> None:
    assert {"users.email", "users.phone", "users.name", "users.avatar", "sessions.source", "sessions.agent", "events.source",
            "totp.secret", "outbox.message", "signing_keys.private", "refresh_tokens.answer", "requests.parameters",
            "tickets.payload", "challenges.payload"} <= {each.name for each in sealed.COLUMNS}  # fmt: skip


def test_a_place_names_table_column_and_key() -> None:
    assert sealed.place("users", "email", "7c3a") == "users.email:7c3a"
    assert sealed.place("tickets", "payload", b"\x01\xff") == "tickets.payload:01ff"


CHANGES = [
    "UPDATE events SET what = 'nothing'",
    "UPDATE events SET actor = 'somebody'",
    "UPDATE events SET at = at + 1",
    "UPDATE events SET user_id = NULL",
    "UPDATE events SET details = '[]'",
    "UPDATE events SET id = id + 100",
    "UPDATE events SET source = NULL",
    "UPDATE events SET source = substr(source, 1, 10)",
    "UPDATE events SET source = source",
    "UPDATE events SET what = 'nothing', source = source",
    "DELETE FROM events",
    "DELETE FROM events WHERE id = (SELECT min(id) FROM events)",
]
ON_SQLITE = [
    "INSERT OR REPLACE INTO events (id, at, actor, what, details) SELECT id, at, actor, 'nothing', '{}' FROM events"
]
ON_POSTGRES = [
    "TRUNCATE events", "TRUNCATE events CASCADE",
    "INSERT INTO events SELECT * FROM events ON CONFLICT (id) DO UPDATE SET what = 'nothing'",
]  # fmt: skip


async def log(house: House) -> list[Any]:
    async with house.services.database.read() as connection:
        return list(await connection.execute(select(events).order_by(events.c.id)))


async def do(house: House, statement: str) -> None:
    async with house.services.database.write() as connection:
        await connection.execute(text(statement))


def test_events_are_only_added(any_house: House) -> None:
    any_house.run(fill(any_house.services, 3))
    before = any_house.run(log(any_house))
    assert len(before) >= 3
    for statement in CHANGES + (ON_SQLITE if any_house.services.database.is_sqlite else ON_POSTGRES):
        with pytest.raises(StoreError):
            any_house.run(do(any_house, statement))
        assert any_house.run(log(any_house)) == before, statement
    any_house.run(do(any_house, "DELETE FROM users"))
    assert any_house.run(log(any_house)) == before, "a deleted account leaves its events"


def test_events_are_sealed_anew_and_stay_what_they_are(any_house: House) -> None:
    any_house.run(fill(any_house.services, 3))
    before = any_house.run(log(any_house))
    any_house.run(rotate(any_house.services))
    any_house.run(reseal(any_house.services))
    after = any_house.run(log(any_house))
    assert [row._asdict() | {"source": None} for row in after] == [row._asdict() | {"source": None} for row in before]
    assert {row.source[0] for row in after if row.source} == {2}
