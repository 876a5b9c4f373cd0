"""Signing in costs the same for everybody: the gate, one look, one hash, one transaction, whoever it is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ostiary.errors import Denied
from ostiary.identity import sessions
from ostiary.identity.events import record
from ostiary.identity.factors.owed import owed
from ostiary.identity.sessions import Session
from ostiary.identity.storage import sessions as session_rows
from ostiary.identity.storage import users
from ostiary.identity.storage.users import MOST_FAILURES, User
from ostiary.parts.email_addresses import normalised_email
from ostiary.parts.sealing import Unsealable

if TYPE_CHECKING:
    from ostiary.identity.services import Services, Visit
    from ostiary.identity.storage.database import AsyncConnection

__all__ = ["AMR", "SignedIn", "account_of", "fail", "rehashed", "sign_in", "tell_if_new"]

AMR = "pwd"  # RFC 8176
_WRONG = "the address or the password is wrong"
_SETTLING = 3600.0  # seconds after registration in which the first browser is no news


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody is in, or owes a second factor (`owed` names which would do).

    :param secret: for the cookie and nothing else.
    """

    session: Session
    secret: str = field(repr=False)
    owed: tuple[str, ...]
    must_change_password: bool


def account_of(email: str) -> str:
    """What guesses at an account's password and mails to it are counted for, whether there is such an account or not."""
    try:
        return normalised_email(email)
    except ValueError:
        return email


async def sign_in(
    services: Services, visit: Visit, email: str, password: str, *, instead: Session | None = None
) -> SignedIn:
    """Open a session for an address and its password.

    :param instead: the session that the same browser had; it ends.
    :raises Denied: 401 for a wrong pair, an unknown address, a closed account, one whose address waits to be proven, a
        password that was guessed wrongly too often - one answer for all; 429 while jailed, 403 when a challenge is to be
        solved, 503 when too many sign in.
    """
    since = services.now()
    async with services.gate.guess(visit, "password", account_of(email)) as guess:
        async with services.database.read() as connection:
            user = await users.by_email(connection, services.ring, email)
        verified = await services.hasher.verify(password, user.password_hash if user is not None else None)
        if user is None or not verified.good or user.password_disabled or _is_shut(services, user):
            await fail(services, visit, user, guessed=not verified.good)
            raise Denied(401, _WRONG)
        newer = await rehashed(services, password) if verified.stale else ""
        signed_in = await _open(services, visit, user, newer=newer, since=since, length=len(password), instead=instead)
        guess.good()
    return signed_in


def _is_shut(services: Services, user: User) -> bool:
    """Whether the right password opens nothing: the account is closed, or its address has not been proven yet.

    If the latter could sign in, registering somebody's address and trying the password just chosen would tell whether they
    had an account before.
    """
    waits = bool(user.email) and user.email_verified_at is None and not services.settings.unproven
    return user.disabled_at is not None or waits


async def _open(
    services: Services,
    visit: Visit,
    user: User,
    *,
    newer: str,
    since: float,
    length: int,
    instead: Session | None,
) -> SignedIn:
    async with services.database.write() as connection:
        factors = await owed(connection, user.id)
        # Eight characters are enough beside a second factor, which may have been removed since; what other systems
        # allowed was imported as it was.
        short = not factors and length < services.settings.passwords.shortest
        must_change = user.must_change_password or short
        if not await users.clear_failures(
            connection, user.id, user.password_hash or "", rehashed=newer, must_change=short
        ):
            raise Denied(401, _WRONG)  # it was reset, or disabled, while its hash was being computed
        await tell_if_new(services, connection, visit, user)
        session, secret = await sessions.open_session(
            services, connection, visit, user.id, (AMR,), pending=bool(factors), since=since, instead=instead
        )
    return SignedIn(session, secret, factors, must_change)


async def rehashed(services: Services, password: str) -> str:
    """A new hash in place of one of yesterday's; "" while there is no time for it, which is no reason to refuse anybody."""
    try:
        return await services.hasher.hash(password)
    except Denied:
        return ""


async def fail(services: Services, visit: Visit, user: User | None, *, guessed: bool) -> None:
    """Write a failure down; the same rows are written for accounts that do not exist.

    :param guessed: whether the password was wrong, and not something else about the account.
    """
    name = user.id if user is not None and guessed else ""
    async with services.database.write() as connection:
        failures = await users.count_failure(connection, name)
        await record(
            connection,
            services,
            "signin.failed",
            user_id=user.id if user is not None else None,
            visit=visit,
            factor=AMR,
        )
        if user is not None and failures == MOST_FAILURES:
            await record(connection, services, "password.closed", user_id=user.id, visit=visit, failures=failures)
            if user.email:
                await services.outgoing.mail(connection, user.email, "account-disabled", {})


async def tell_if_new(services: Services, connection: AsyncConnection, visit: Visit, user: User) -> None:
    """Tell the owner when a browser signs in that the account's sessions do not know; call it before the session is opened."""
    if not user.email or user.email_verified_at is None:
        return
    seen = await session_rows.agents(connection, user.id)
    agents = set()
    for name, sealed in seen:
        try:
            agents.add(services.ring.open(sealed, session_rows.place("agent", name)).decode() if sealed else "")
        except Unsealable:
            continue
    first = not seen and services.now() - user.created_at < _SETTLING
    if not first and visit.agent not in agents:
        await services.outgoing.mail(connection, user.email, "new-session", {})
