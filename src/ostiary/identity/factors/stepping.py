"""A second factor, or a new proof of presence, makes a session anew: another id, another secret, the old one dead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ostiary.errors import Denied
from ostiary.identity import sessions
from ostiary.identity.factors import passkeys, recovery, totp
from ostiary.identity.flows import passwords
from ostiary.identity.flows.signing_in import tell_if_new
from ostiary.identity.services import Services, Visit
from ostiary.identity.sessions import Session
from ostiary.identity.storage.challenges import Bond

__all__ = ["by_passkey", "by_password", "by_recovery_code", "by_totp", "check_owing", "sign_in_by_passkey"]

Stepped = tuple[Session, str]


def check_owing(session: Session) -> None:
    """Refuse to pay what is not owed.

    :raises Denied: 409 for a session that has its second factor.
    """
    if not session.pending:
        raise Denied(409, "no second factor is owed")


async def by_totp(services: Services, visit: Visit, session: Session, code: str) -> Stepped:
    """The session anew, by a code of the authenticator app; its secret goes into the cookie.

    :raises Denied: as `totp.proven`.
    """
    async with totp.proven(services, visit, session.user_id, code) as connection:
        return await sessions.step_up(services, connection, session, totp.AMR, visit)


async def by_recovery_code(services: Services, visit: Visit, session: Session, code: str) -> Stepped:
    """The session anew, by a recovery code.

    :raises Denied: as `recovery.proven`.
    """
    async with recovery.proven(services, visit, session, code) as connection:
        return await sessions.step_up(services, connection, session, recovery.AMR, visit)


async def by_passkey(
    services: Services, visit: Visit, session: Session, purpose: str, credential: Mapping[str, Any]
) -> Stepped:
    """The session anew, by a passkey of its account.

    :param purpose: `passkeys.SECOND` or `passkeys.FRESH`, as its challenge was asked for.
    :raises Denied: as `passkeys.proven`.
    """
    bond = Bond(session.user_id, session.id, purpose)
    async with passkeys.proven(services, visit, bond, credential) as (connection, proof):
        return await sessions.step_up(services, connection, session, proof.amr, visit)


async def by_password(services: Services, visit: Visit, session: Session, password: str) -> Stepped:
    """The session anew, by the password: where nothing stronger is set up, or a stolen password could undo what is.

    :raises Denied: 403 when it is wrong, or a second factor is set up; 429 from the gate, 503 where too many wait.
    """
    return await passwords.prove(services, visit, session, password)


async def sign_in_by_passkey(
    services: Services, visit: Visit, browser: str, credential: Mapping[str, Any], instead: Session | None = None
) -> Stepped:
    """A session for whoever the passkey belongs to. Possession and user verification are two factors: nothing is owed.

    :param browser: the value of the browser's cookie, as the options were asked for.
    :param instead: the session that the same browser had; it ends.
    :raises Denied: as `passkeys.proven`.
    """
    if not browser:
        raise Denied(403, "the passkey was not accepted")
    async with passkeys.proven(services, visit, passkeys.in_browser(browser), credential) as (connection, proof):
        await tell_if_new(services, connection, visit, proof.user)
        return await sessions.open_session(
            services, connection, visit, proof.user.id, proof.amr, pending=False, instead=instead
        )
