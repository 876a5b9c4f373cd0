"""People see which applications may act for them, and take it back: at once, with all that was issued."""

from __future__ import annotations

from typing import Annotated, Final

from ostiary.errors import Denied
from ostiary.identity import sessions
from ostiary.identity.events import record
from ostiary.identity.oauth.consenting import meanings
from ostiary.identity.services import Services
from ostiary.identity.sessions import Ended, announce, end_family
from ostiary.identity.storage import consents, grants
from ostiary.identity.web import Answer, Asked, Call
from ostiary.strict import Body, Meta

__all__ = ["CALLS", "withdraw"]


class ScopeShown(Body, frozen=True):
    """Something that an application may do."""

    scope: Annotated[str, Meta(max_length=200)]
    meaning: Annotated[str, Meta(max_length=1000)]


class ConsentShown(Body, frozen=True):
    """An application that may act for somebody."""

    client_id: Annotated[str, Meta(max_length=200)]
    name: Annotated[str, Meta(max_length=100)]
    uri: Annotated[str | None, Meta(description="Where to read about it.")]
    scopes: Annotated[list[ScopeShown], Meta(max_length=100)]
    created_at: Annotated[int, Meta(ge=0, description="When it was last agreed to; seconds since the epoch.")]


class ConsentsShown(Body, frozen=True):
    """All applications that may act for somebody, by name."""

    consents: Annotated[list[ConsentShown], Meta(max_length=1000)]


def _own(asked: Asked) -> sessions.Session:
    """The session that the dispatcher found.

    :raises Denied: 401 if it did not.
    """
    if asked.session is None:
        raise Denied(401, "sign in first")
    return asked.session


async def shown(services: Services, asked: Asked) -> Answer:
    """List them."""
    async with services.database.read() as connection:
        found = await consents.every(connection, _own(asked).user_id)
    described = meanings(services)
    listed = [
        ConsentShown(
            client_id=each.client_id,
            name=each.name,
            uri=each.uri,
            scopes=[ScopeShown(scope=scope, meaning=described.get(scope, scope)) for scope in each.scopes],
            created_at=int(each.created_at),
        )
        for each in found
    ]
    return Answer(200, ConsentsShown(consents=listed))


async def taken_back(services: Services, asked: Asked) -> Answer:
    """Take one back."""
    if not await withdraw(services, asked, asked.path["client_id"]):
        raise Denied(404, "no such resource")
    return Answer(204)


async def withdraw(services: Services, asked: Asked, client_id: str) -> bool:
    """Forget a consent and end all that was granted to the client; whether there was anything. For the page too."""
    user, dead = _own(asked).user_id, Ended()
    async with services.database.write() as connection:
        there = await consents.withdraw(connection, user, client_id)
        families = await grants.families_of(connection, user, client_id)
        for family in families:
            ended = await end_family(services, connection, family, "consent withdrawn")
            dead = Ended(tokens=dead.tokens + ended.tokens)
        if there or families:
            await record(
                connection, services, "consent.withdrawn", user_id=user, actor=user, visit=asked.visit, client=client_id
            )
    await announce(services, dead)
    return bool(there or families)


CALLS: Final = (
    Call("GET", "/me/consents", shown, "Applications that may act for you", gives=ConsentsShown),
    Call(
        "DELETE", "/me/consents/{client_id}", taken_back, "Take an application's permission back", status=204,
        refusals=(404,),
    ),
)  # fmt: skip
