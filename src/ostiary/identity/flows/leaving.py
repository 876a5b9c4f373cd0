"""Who leaves takes everything along: sessions, grants and personal data end in one transaction, and a mail says so."""

from __future__ import annotations

from ostiary.identity import events, sessions
from ostiary.identity.flows.contacts import must_be_fresh, present
from ostiary.identity.services import Services, Visit
from ostiary.identity.sessions import Session
from ostiary.identity.storage import accounts

__all__ = ["leave"]


async def leave(services: Services, visit: Visit, session: Session) -> None:
    """Delete the session's account.

    What stays: events, which name an id that is nobody's any more and the sealed address they came from, and a message
    that is on its way (for a month at most that it was sent, without what it said).

    :param session: fresh.
    :raises Denied: 403 for a session that is not fresh.
    """
    must_be_fresh(services, session)
    async with services.database.write(f"user:{session.user_id}") as connection:
        user = await present(services, connection, session)
        ended = await sessions.end_all(services, connection, user.id, "account-deleted", visit=visit)
        await events.record(
            connection, services, "account.deleted", user_id=user.id, actor=user.id, visit=visit, why="own"
        )
        if user.email_verified_at is not None:
            await services.outgoing.mail(connection, user.email, "account-deleted", {})
        await accounts.remove(connection, user.id)
    await sessions.announce(services, ended)
