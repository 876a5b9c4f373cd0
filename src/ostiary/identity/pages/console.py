"""The operators' console: who is here, which applications, what happened, and the mails that stayed in the house."""

from __future__ import annotations

from typing import Final

from ostiary.errors import Denied
from ostiary.identity import events
from ostiary.identity.flows import operating
from ostiary.identity.outgoing import list_outbox
from ostiary.identity.pages.turns import Turn, form, said, shown
from ostiary.identity.storage import clients, users
from ostiary.identity.web import Response

__all__ = ["ROUTES"]

_MOST: Final = 50


async def console(turn: Turn) -> Response:
    """One page of each."""
    return await _console(turn)


async def _console(turn: Turn, error: str = "", status: int = 200) -> Response:
    async with turn.services.database.read() as connection:
        people = await users.page(connection, turn.services.ring, most=_MOST)
        applications = await clients.every(connection, most=_MOST)
    mails = await list_outbox(turn.services, _MOST)
    told = await events.read(turn.services, most=_MOST)
    return turn.show(
        "console", status=status, error=error, people=people, applications=applications, mails=mails, told=told
    )


async def acted(turn: Turn) -> Response:
    """Close or open an account, end its sessions, or have a new password chosen."""
    try:
        await _act(turn, turn.wanted("what", 20))
    except Denied as denied:
        return await _console(turn, said(denied), denied.status)
    return turn.go("/console")


async def _act(turn: Turn, what: str) -> None:
    services, actor = turn.services, f"operator:{turn.here.user_id}"
    user = await operating.find(services, turn.wanted("user", 40))
    if user.id == turn.here.user_id:
        raise Denied(409, "nobody does this to their own account")
    if what == "disable":
        await operating.disable(services, user, "by an operator", actor=actor)
    elif what == "enable":
        await operating.enable(services, user, actor=actor)
    elif what == "end":
        await operating.end_sessions(services, user, actor=actor)
    elif what == "reset":
        await operating.require_reset(services, user, actor=actor)
    else:
        raise Denied(422, "there is no such action")


ROUTES: Final = (
    ("/console", ("GET",), shown(console, access="operator")),
    ("/console", ("POST",), form(acted, purpose="console", access="operator")),
)
