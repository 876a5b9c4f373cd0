"""A code of an authenticator app counts once: its time step is spent by one statement before it lets anybody in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from ostiary.errors import Denied
from ostiary.identity import events
from ostiary.identity.factors.telling import tell
from ostiary.identity.ids import new_id
from ostiary.identity.services import Services, Visit
from ostiary.identity.sessions import Session, age_others
from ostiary.identity.storage import factors, users
from ostiary.identity.storage.database import AsyncConnection
from ostiary.parts.one_time_passwords import LENGTH, step_of, uri_of, written
from ostiary.parts.qr_codes import data_uri

__all__ = ["AMR", "Enrolment", "begin", "confirm", "proven", "remove"]

AMR: Final = ("otp",)  # RFC 8176 section 2
_CALLED: Final = "An authenticator app"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """An app that is being set up: shown this once, and never again."""

    id: str
    secret: str = field(repr=False)
    uri: str = field(repr=False)
    picture: str = field(repr=False)


async def begin(services: Services, session: Session) -> Enrolment:
    """Make a secret for a new app. Nothing counts before `confirm`; what was set up goes on counting until then."""
    made, secret = new_id(services.entropy), services.entropy(LENGTH)
    async with services.database.write() as connection:
        user = await users.by_id(connection, services.ring, session.user_id)
        if user is None:
            raise Denied(404, "no such resource")
        await factors.add_totp(connection, services.ring, made, session.user_id, secret, now=services.now())
        await events.record(connection, services, "totp.begun", user_id=user.id, actor=user.id)
    uri = uri_of(secret, account=user.email, service=services.settings.title)
    return Enrolment(made, written(secret), uri, data_uri(uri))


async def confirm(services: Services, visit: Visit, session: Session, totp_id: str, code: str) -> None:
    """The first code of a new app: it counts from now on, in place of the one before.

    :raises Denied: 403 when the code is wrong, or the app was begun too long ago; 429 from the gate.
    """
    since = services.now() - services.settings.lifetimes.one_time_code
    async with services.gate.guess(visit, "totp", session.user_id) as guess:
        async with services.database.read() as connection:
            kept = await factors.waiting_totp(connection, services.ring, totp_id, session.user_id, since=since)
        step = None if kept is None else step_of(kept.secret, code, services.now())
        if kept is None or step is None:
            raise _wrong()
        async with services.database.write() as connection:
            await factors.hold(connection, session.user_id)
            if not await factors.confirm_totp(connection, kept.id, session.user_id, step, now=services.now()):
                raise _wrong()
            await age_others(services, connection, session)
            await tell(services, connection, visit, session, "totp.added", "factor-added", factor=_CALLED)
        guess.good()


@asynccontextmanager
async def proven(services: Services, visit: Visit, user_id: str, code: str) -> AsyncIterator[AsyncConnection]:
    """The transaction in which a code's time step is spent: ``async with`` it, do what the code allows.

    :raises Denied: 403 when the code is wrong or its step, or a later one, was used, or a hundred were wrong in a row;
        429 from the gate.
    """
    async with services.gate.guess(visit, "totp", user_id) as guess:
        async with services.database.read() as connection:
            kept = await factors.totp_of(connection, services.ring, user_id)
        if kept is None or kept.failures >= factors.MOST_FAILURES:
            raise _wrong()
        step = step_of(kept.secret, code, services.now())
        if step is None:
            await _count_failure(services, visit, user_id, kept.id)
            raise _wrong()
        async with services.database.write() as connection:
            if not await factors.take_step(connection, kept.id, step):
                raise _wrong()
            yield connection
        guess.good()


async def _count_failure(services: Services, visit: Visit, user_id: str, totp_id: str) -> None:
    """The gate forgets after a while; this does not: a hundred in a row close the app (NIST SP 800-63B-4 section 3.2.2)."""
    async with services.database.write() as connection:
        failures = await factors.count_failure(connection, totp_id)
        what = "factor.closed" if failures == factors.MOST_FAILURES else "factor.failed"
        await events.record(connection, services, what, user_id=user_id, visit=visit, factor="totp")


async def remove(services: Services, visit: Visit, session: Session) -> None:
    """Take the app away. Recovery codes go with the last second factor: they stand in for one.

    :raises Denied: 404 when there is none.
    """
    async with services.database.write() as connection:
        found = await factors.hold(connection, session.user_id)
        if not await factors.remove_totp(connection, session.user_id):
            raise Denied(404, "no such resource")
        if not found.passkeys:
            await factors.replace_codes(connection, session.user_id, (), services.now())
        await tell(services, connection, visit, session, "totp.removed", "factor-removed", factor=_CALLED)


def _wrong() -> Denied:
    return Denied(403, "the code is not right, or was used before")
