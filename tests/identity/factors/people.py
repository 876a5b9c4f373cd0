"""Somebody with an account and a session in a house, and what they would type."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyotp
import pytest
from sqlalchemy import text

from identity.house import House
from ostiary.errors import Denied
from ostiary.identity import sessions
from ostiary.identity.factors import totp
from ostiary.identity.factors.owed import owed
from ostiary.identity.ids import new_id
from ostiary.identity.services import Visit
from ostiary.identity.sessions import Session
from ostiary.identity.storage import users

VISIT = Visit(source="192.0.2.1", agent="a browser")


@dataclass
class Person:
    """An account, and a session of it."""

    house: House
    id: str
    email: str
    session: Session
    secret: str

    def again(self, *factors: str, pending: bool = False) -> Session:
        """Another session, opened now."""
        self.session, self.secret = self.house.run(_open(self.house, self.id, factors or ("pwd",), pending=pending))
        return self.session

    def app(self) -> pyotp.TOTP:
        """Set up an authenticator app; its next code has another step than its first."""
        made = self.house.run(totp.begin(self.house.services, self.session))
        app = pyotp.TOTP(made.secret)
        self.house.run(totp.confirm(self.house.services, VISIT, self.session, made.id, app.at(self.house.clock.now)))
        self.house.clock.now += 60
        return app

    def owes(self) -> tuple[str, ...]:
        async def ask() -> tuple[str, ...]:
            async with self.house.services.database.read() as connection:
                return await owed(connection, self.id)

        return self.house.run(ask())


async def _open(house: House, user_id: str, factors: tuple[str, ...], *, pending: bool) -> tuple[Session, str]:
    async with house.services.database.write() as connection:
        return await sessions.open_session(house.services, connection, VISIT, user_id, factors, pending=pending)


def person(
    house: House, email: str = "ada@example.org", *, password: str | None = "a long enough password", pending: bool = False
) -> Person:  # fmt: skip
    """Somebody with a proven address, signed in."""
    services = house.services
    made = new_id(services.entropy)

    async def make() -> None:
        hashed = None if password is None else await services.hasher.hash(password)
        async with services.database.write() as connection:
            now = services.now()
            assert await users.create(
                connection, services.ring, id=made, email=email, password_hash=hashed, now=now, email_verified_at=now
            )

    house.run(make())
    session, secret = house.run(_open(house, made, ("pwd",), pending=pending))
    return Person(house, made, email, session, secret)


def rows(house: House, statement: str, **values: Any) -> list[Any]:
    """What the database says."""

    async def ask() -> list[Any]:
        async with house.services.database.read() as connection:
            return list((await connection.execute(text(statement), values)).all())

    return house.run(ask())


def events(house: House) -> list[str]:
    """The names of all events, in order."""
    return [row.what for row in rows(house, "SELECT what FROM events ORDER BY id")]


def mails(house: House) -> list[str]:
    """Subjects and bodies of all mails that wait."""
    found = rows(house, "SELECT id, message FROM outbox")
    opened = [json.loads(house.services.ring.open(bytes(row.message), f"outbox.message:{row.id}")) for row in found]
    return [f"{each.get('subject', '')}\n{each['body']}" for each in opened]


def mailed(house: House, words: str) -> int:
    """In how many mails that wait these words are."""
    return sum(words in each for each in mails(house))


@contextlib.contextmanager
def refused(status: int, about: str = "") -> Iterator[None]:
    """The block is refused with that status, and a reason in which those words are."""
    with pytest.raises(Denied) as caught:
        yield
    assert caught.value.status == status, caught.value.reason
    assert about in caught.value.reason
