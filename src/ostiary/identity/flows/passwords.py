"""A password is chosen by rules, and changed by who knows the old one; then every other session ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ostiary.errors import Denied
from ostiary.identity import sessions
from ostiary.identity.events import record
from ostiary.identity.factors.owed import owed
from ostiary.identity.flows.signing_in import AMR, account_of, fail, rehashed
from ostiary.identity.sessions import Session
from ostiary.identity.storage import users
from ostiary.identity.storage.users import User
from ostiary.parts import password_rules

if TYPE_CHECKING:
    from ostiary.identity.services import Services, Visit

__all__ = ["change", "check", "prove", "shortest"]

_BESIDE_A_FACTOR: Final = 8  # characters: NIST SP 800-63B-4 section 3.1.1.2
_WRONG: Final = "the current password is wrong"


def shortest(services: Services, *, has_factor: bool) -> int:
    """How many characters a password must have: fewer where a second factor is set up."""
    asked = services.settings.passwords.shortest
    return min(_BESIDE_A_FACTOR, asked) if has_factor else asked


def check(services: Services, password: str, *words: str, has_factor: bool = False, pointer: str = "/password") -> None:
    """Refuse a password that is too short, too long, or guessed first.

    :param words: of the account: its address, its name.
    :param pointer: where in the body it is.
    :raises Denied: 422, with what speaks against it.
    """
    found = password_rules.faults(
        password,
        shortest=shortest(services, has_factor=has_factor),
        longest=services.settings.passwords.longest,
        words=(services.settings.title, services.issuer, *words),
    )
    if found:
        raise Denied(422, "choose another password", faults=[(pointer, each) for each in found])


async def change(
    services: Services, visit: Visit, session: Session, current: str, password: str
) -> tuple[Session, str]:
    """Put a new password in the place of the current one. All other sessions end, and this one gets another secret.

    :param session: a fresh one.
    :param current: ignored where the account has no password yet: then the fresh session is what proves it.
    :returns: the session that takes this one's place, and its secret.
    :raises Denied: 403 when the current one is wrong, 422 when the new one will not do, 409 when it was changed meanwhile.
    """
    user, factors = await _owner(services, session)
    check(services, password, user.email, user.name, has_factor=factors)
    if password == current:
        raise Denied(422, "choose another password", faults=[("/password", "is the current one")])
    if user.password_hash is not None:
        await _verify(services, visit, user, current)
    made = await services.hasher.hash(password)
    async with services.database.write() as connection:
        if not await users.replace_password(connection, user.id, user.password_hash, made, now=services.now()):
            raise Denied(409, "the password was changed meanwhile")
        ended = await sessions.end_all(services, connection, user.id, "password-changed", but=session.id, visit=visit)
        renewed = await sessions.step_up(services, connection, session, (AMR,), visit)
        await record(connection, services, "password.changed", user_id=user.id, actor=user.id, visit=visit)
        if user.email:
            await services.outgoing.mail(connection, user.email, "password-changed", {})
    await sessions.announce(services, ended)
    return renewed


async def prove(services: Services, visit: Visit, session: Session, password: str) -> tuple[Session, str]:
    """Show that it is still the owner: the session becomes fresh, under another secret.

    Where a second factor is set up a password proves too little: that factor is asked for instead.

    :raises Denied: 403 when it is wrong, or will not do.
    """
    user, factors = await _owner(services, session)
    if factors:
        raise Denied(403, "prove the second factor", members={"needs": "factor"})
    newer = await _verify(services, visit, user, password)
    async with services.database.write() as connection:
        # A factor that was set up while the hash was computed is owed, too.
        kept = await users.clear_failures(connection, user.id, user.password_hash or "", rehashed=newer)
        if not kept or await owed(connection, user.id):
            raise Denied(403, _WRONG)
        return await sessions.step_up(services, connection, session, (AMR,), visit)


async def _owner(services: Services, session: Session) -> tuple[User, bool]:
    async with services.database.read() as connection:
        user = await users.by_id(connection, services.ring, session.user_id)
        factors = await owed(connection, session.user_id)
    if user is None or user.disabled_at is not None:
        raise Denied(401, "sign in again")
    return user, bool(factors)


async def _verify(services: Services, visit: Visit, user: User, password: str) -> str:
    """Check the account's password; a newer hash of it, where what is kept is stale.

    :raises Denied: 403 when it is wrong, 429 while jailed.
    """
    async with services.gate.guess(visit, "password", account_of(user.email)) as guess:
        verified = await services.hasher.verify(password, user.password_hash)
        if not verified.good or user.password_disabled:
            await fail(services, visit, user, guessed=not verified.good)
            raise Denied(403, _WRONG)
        guess.good()
    return await rehashed(services, password) if verified.stale else ""
