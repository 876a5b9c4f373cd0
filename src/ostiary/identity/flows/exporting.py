"""Somebody's data is given to them alone, whole and readable, without a secret in it, and with an end."""

from __future__ import annotations

import base64
from typing import Any, Final

from ostiary.identity import events
from ostiary.identity.flows.contacts import must_be_fresh, present
from ostiary.identity.services import Services, Visit
from ostiary.identity.sessions import Session
from ostiary.identity.storage import accounts
from ostiary.identity.storage.users import User
from ostiary.strict import loads

__all__ = ["MOST", "export"]

MOST: Final = 10_000  # rows of each kind, the latest


async def export(services: Services, visit: Visit, session: Session) -> dict[str, Any]:
    """Everything that is kept about the session's account.

    Passwords, codes, tokens and keys are not in it, nor what they are kept as. `cut` names the kinds of which there was
    more than is given. Times are seconds since the epoch.

    :param session: fresh: whoever found an open browser is not handed a life.
    :raises Denied: 403 for a session that is not fresh, 429 when it is asked for too often.
    """
    must_be_fresh(services, session)
    await services.gate.knock(visit, "export")
    async with services.database.write() as connection:
        await events.record(
            connection, services, "account.exported", user_id=session.user_id, actor=session.user_id, visit=visit
        )
    async with services.database.read() as connection:
        user = await present(services, connection, session)
        picture = await accounts.avatar(connection, services.ring, user.id)
        kinds = await accounts.everything(connection, services.ring, user.id, most=MOST + 1)
    cut = sorted(name for name, rows in kinds.items() if len(rows) > MOST)
    for each in kinds["events"]:
        each["details"] = loads(each["details"])
    avatar = None
    if picture is not None:
        avatar = {"type": picture.media_type, "base64": base64.b64encode(picture.content).decode("ascii")}
    return {
        "at": services.now(), "issuer": services.issuer, "account": _account(user), "avatar": avatar,
        **{name: rows[:MOST] for name, rows in kinds.items()}, "cut": cut,
    }  # fmt: skip


def _account(user: User) -> dict[str, Any]:
    return {
        "id": user.id, "email": user.email, "email_verified_at": user.email_verified_at, "phone": user.phone,
        "phone_verified_at": user.phone_verified_at, "name": user.name, "role": user.role, "created_at": user.created_at,
        "password_changed_at": user.password_changed_at, "password_failures": user.failures,
    }  # fmt: skip
