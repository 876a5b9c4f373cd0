"""Whoever owns the account hears of every change to how it is signed in to, and the log keeps it: in one transaction."""

from __future__ import annotations

from ostiary.identity import events
from ostiary.identity.services import Services, Visit
from ostiary.identity.sessions import Session
from ostiary.identity.storage import users
from ostiary.identity.storage.database import AsyncConnection

__all__ = ["tell"]


async def tell(  # noqa: PLR0917 - what, to whom, in which words
    services: Services,
    connection: AsyncConnection,
    visit: Visit,
    session: Session,
    what: str,
    template: str,
    **values: str,
) -> None:
    """Record an event and put a mail about it into the outbox.

    :param what: the event's name.
    :param template: the mail's name.
    :param values: what the mail says; nothing that anybody typed.
    """
    user_id = session.user_id
    await events.record(connection, services, what, user_id=user_id, actor=user_id, visit=visit, session=session.id)
    user = await users.by_id(connection, services.ring, user_id)
    if user is not None and user.email:
        await services.outgoing.mail(connection, user.email, template, values)
