"""People see where they are signed in, and end any of it: the cookie last, the server's side first."""

from __future__ import annotations

from typing import Annotated, Final

from ostiary.errors import Denied
from ostiary.identity import cookies, sessions
from ostiary.identity.services import Services
from ostiary.identity.web import Answer, Asked, Call
from ostiary.strict import Body, Meta

__all__ = ["CALLS", "sign_out"]

_ID = Annotated[str, Meta(max_length=36, pattern="^[0-9a-f-]{36}$")]
_TIME = Annotated[int, Meta(ge=0, description="Seconds since the epoch.")]


class SessionShown(Body, frozen=True):
    """One place where somebody is signed in."""

    id: _ID
    this: Annotated[bool, Meta(description="Whether this call was made in it.")]
    agent: Annotated[str, Meta(max_length=200, description="The browser's User-Agent when it began.")]
    source: Annotated[str, Meta(max_length=50, description="The network it began in; not the address.")]
    created_at: _TIME
    seen_at: Annotated[int, Meta(ge=0, description="When it was last in use, to the minute; seconds since the epoch.")]
    expires_at: _TIME
    factors: Annotated[list[Annotated[str, Meta(max_length=20)]], Meta(max_length=20, description="RFC 8176 values.")]
    pending: Annotated[bool, Meta(description="Whether it owes a second factor.")]


class SessionsShown(Body, frozen=True):
    """All places where somebody is signed in, the latest seen first."""

    sessions: Annotated[list[SessionShown], Meta(max_length=1000)]


def _own(asked: Asked) -> sessions.Session:
    """The session that the dispatcher found.

    :raises Denied: 401 if it did not.
    """
    if asked.session is None:
        raise Denied(401, "sign in first")
    return asked.session


async def shown(services: Services, asked: Asked) -> Answer:
    """List them."""
    own = _own(asked)
    listed = await sessions.list_sessions(services, own.user_id)
    return Answer(200, SessionsShown(sessions=[_shown(each, own.id) for each in listed]))


def _shown(listed: sessions.Listed, own: str) -> SessionShown:
    session = listed.session
    return SessionShown(
        id=session.id, this=session.id == own, agent=listed.agent, source=listed.source, created_at=int(session.created_at),
        seen_at=int(session.seen_at), expires_at=int(session.expires_at), factors=list(session.factors), pending=session.pending,
    )  # fmt: skip


async def sign_out(services: Services, asked: Asked) -> Answer:
    """End the session that the call is made in; a pending one too."""
    own = _own(asked)
    async with services.database.write() as connection:
        ended = await sessions.end_session(services, connection, own.id, "signed-out", visit=asked.visit)
    await sessions.announce(services, ended)
    return Answer(204, headers=cookies.LEAVING, cookies=(cookies.no_session(),))


async def end_one(services: Services, asked: Asked) -> Answer:
    """End one of the own sessions; another's is not told from one that there is not."""
    own, wanted = _own(asked), asked.path["id"]
    if wanted == own.id:
        return await sign_out(services, asked)
    listed = await sessions.list_sessions(services, own.user_id)
    if wanted not in {each.session.id for each in listed}:
        raise Denied(404, "no such resource")
    async with services.database.write() as connection:
        ended = await sessions.end_session(services, connection, wanted, "ended-by-owner", visit=asked.visit)
    await sessions.announce(services, ended)
    return Answer(204)


async def end_several(services: Services, asked: Asked) -> Answer:
    """End all others; with ``this=true`` this one too, and whatever else could act for the account."""
    own = _own(asked)
    every = asked.query.get("this") == "true"
    async with services.database.write() as connection:
        if every:
            ended = await sessions.end_all(services, connection, own.user_id, "ended-by-owner", visit=asked.visit)
        else:
            ended = await sessions.end_others(services, connection, own, "ended-by-owner", visit=asked.visit)
    await sessions.announce(services, ended)
    return Answer(204, headers=cookies.LEAVING, cookies=(cookies.no_session(),)) if every else Answer(204)


_THIS: Final = {
    "this": {
        "type": "string",
        "enum": ["true", "false"],
        "description": "Also the session of this call, and everything that applications were granted.",
    }
}

CALLS: Final = (
    Call("DELETE", "/me/session", sign_out, "Sign out", "pending", status=204),
    Call("GET", "/me/sessions", shown, "Where you are signed in", gives=SessionsShown),
    Call("DELETE", "/me/sessions", end_several, "Sign out everywhere else", status=204, query=_THIS),
    Call("DELETE", "/me/sessions/{id}", end_one, "Sign out somewhere", status=204, refusals=(404,)),
)
