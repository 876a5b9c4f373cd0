"""People read what happened to their own account, operators what happened to all; nobody writes here."""

from __future__ import annotations

from typing import Annotated, Any, Final

from ostiary.errors import ConfigError, Denied
from ostiary.identity import events
from ostiary.identity.limits import pepper_of
from ostiary.identity.services import Services
from ostiary.identity.web import Answer, Asked, Call
from ostiary.parts import attempts_prisoners
from ostiary.parts.attempts import account_digest
from ostiary.strict import Body, Meta

__all__ = ["CALLS"]

_PAGE: Final = 50
_MOST: Final = 100
_ID = Annotated[str, Meta(max_length=36)]


class EventShown(Body, frozen=True):
    """Something that happened to an account."""

    id: Annotated[int, Meta(ge=1)]
    at: Annotated[float, Meta(ge=0, description="Seconds since the epoch.")]
    what: Annotated[str, Meta(max_length=40)]
    by: Annotated[str, Meta(max_length=20, description='"you", "operator", "client", "system" or "somebody".')]
    source: Annotated[str, Meta(max_length=50, description="The address it came from; empty where none is kept.")]
    details: dict[str, Any]


class EventsShown(Body, frozen=True):
    """A page of events, the latest first."""

    events: Annotated[list[EventShown], Meta(max_length=_MOST)]
    before: Annotated[int, Meta(ge=0, description="What to ask the next page with; 0 when there is none.")]


class EventTold(Body, frozen=True):
    """Something that happened, as operators see it."""

    id: Annotated[int, Meta(ge=1)]
    at: Annotated[float, Meta(ge=0, description="Seconds since the epoch.")]
    what: Annotated[str, Meta(max_length=40)]
    user: Annotated[str, Meta(max_length=36, description="Whose account; empty where it is about none.")]
    actor: Annotated[str, Meta(max_length=450)]
    source: Annotated[str, Meta(max_length=50)]
    details: dict[str, Any]


class EventsTold(Body, frozen=True):
    """A page of everybody's events, the latest first."""

    events: Annotated[list[EventTold], Meta(max_length=_MOST)]
    before: Annotated[int, Meta(ge=0, description="What to ask the next page with; 0 when there is none.")]


class Prisoner(Body, frozen=True):
    """Somebody who is refused for having guessed; accounts are keyed digests."""

    key: Annotated[str, Meta(max_length=200)]
    kind: Annotated[str, Meta(max_length=60)]
    account: Annotated[str, Meta(max_length=64)]
    source: Annotated[str, Meta(max_length=60)]
    until: Annotated[int, Meta(ge=0, description="Seconds since the epoch.")]
    step: Annotated[int, Meta(ge=0, description="How often in a row.")]


class Prisoners(Body, frozen=True):
    """Who is refused now, the longest to serve first."""

    prisoners: Annotated[list[Prisoner], Meta(max_length=1000)]


class Freeing(Body, frozen=True):
    """Whom to let out: an account as it is given at sign-in (or a user's id), or a source, or a key of the list."""

    account: Annotated[str, Meta(max_length=1024)] = ""
    source: Annotated[str, Meta(max_length=60)] = ""
    key: Annotated[str, Meta(max_length=200)] = ""


class Freed(Body, frozen=True):
    """How many keys were let out."""

    freed: Annotated[int, Meta(ge=0)]


async def own(services: Services, asked: Asked) -> Answer:
    """The own account's."""
    if asked.session is None:
        raise Denied(401, "sign in first")
    user_id = asked.session.user_id
    most, before = _paging(asked)
    found = await events.read(services, user_id=user_id, before=before, most=most)
    shown = [
        EventShown(id=e.id, at=e.at, what=e.what, by=_by(e, user_id), source=e.source, details=e.details) for e in found
    ]
    return Answer(200, EventsShown(events=shown, before=_next(found, most)))


def _by(event: events.Told, user_id: str) -> str:
    """Who did it, without telling one person's name to another."""
    if event.actor == user_id:
        return "you"
    kind = event.actor.partition(":")[0]
    return kind if kind in {"operator", "client", "system"} else "somebody"


async def everybody(services: Services, asked: Asked) -> Answer:
    """All accounts', or one's."""
    most, before = _paging(asked)
    user_id = asked.query.get("user") or None
    found = await events.read(services, user_id=user_id, what=asked.query.get("what", ""), before=before, most=most)
    told = [
        EventTold(id=e.id, at=e.at, what=e.what, user=e.user_id or "", actor=e.actor, source=e.source, details=e.details)
        for e in found
    ]  # fmt: skip
    return Answer(200, EventsTold(events=told, before=_next(found, most)))


def _paging(asked: Asked) -> tuple[int, int | None]:
    most = int(asked.query.get("most", _PAGE))
    before = asked.query.get("before")
    return most, None if before is None else int(before)


def _next(found: list[events.Told], most: int) -> int:
    return found[-1].id if len(found) == most else 0


async def jailed(services: Services, asked: Asked) -> Answer:
    """Who is refused, from a source or from all. An account is not asked for here: addresses do not belong into URLs."""
    try:
        found = await attempts_prisoners.listed(services.store, asked.query)
    except ConfigError as error:
        raise Denied(400, "that is no source") from error
    return Answer(200, Prisoners(prisoners=[Prisoner(**each) for each in found["prisoners"]]))


async def free(services: Services, asked: Asked) -> Answer:
    """Let somebody out; strikes are forgotten."""
    wanted: Freeing = asked.body
    operator = "" if asked.session is None else asked.session.user_id
    try:
        found = await attempts_prisoners.freed(
            services.store, _whom(services, wanted.account, wanted.source, wanted.key)
        )
    except ConfigError as error:
        raise Denied(422, "name an account, a source or a key") from error
    async with services.database.write() as connection:
        await events.record(
            connection, services, "jail.freed", actor=f"operator:{operator}", visit=asked.visit, number=found["freed"]
        )
    return Answer(200, Freed(freed=found["freed"]))


def _whom(services: Services, account: str, source: str, key: str) -> dict[str, Any]:
    """What is looked for, as `attempts_prisoners` takes it: of an account, the digests under which it is kept."""
    digests = ""
    if account:
        pepper = pepper_of(services.ring)
        digests = ",".join((account_digest(account, pepper), account_digest(account, pepper, kind="client")))
    return {"digests": digests, "source": source, "key": key}


_PAGED: Final[dict[str, dict[str, Any]]] = {
    "before": {
        "type": "integer",
        "minimum": 1,
        "maximum": 2**53 - 1,
        "description": "The `before` of the page that came first.",
    },
    "most": {"type": "integer", "minimum": 1, "maximum": _MOST, "description": f"How many; {_PAGE} when not given."},
}
_WHOSE: Final[dict[str, dict[str, Any]]] = {
    "user": {"type": "string", "maxLength": 36, "pattern": "[0-9a-f-]{36}", "description": "Of one account alone."},
    "what": {"type": "string", "enum": sorted(events.EVENTS), "description": "Of one kind alone."},
}
_WHOM: Final[dict[str, dict[str, Any]]] = {
    "source": {"type": "string", "maxLength": 60, "description": "An address; of IPv6 its /64 is meant."},
    "key": {"type": "string", "maxLength": 200, "description": "A key of this list, or its beginning."},
}

CALLS: Final = (
    Call("GET", "/me/events", own, "What happened to your account", gives=EventsShown, query=_PAGED),
    Call("GET", "/admin/events", everybody, "What happened to all accounts", "operator", gives=EventsTold, query=_PAGED | _WHOSE),
    Call("GET", "/admin/jail", jailed, "Who is refused for guessing", "operator", gives=Prisoners, query=_WHOM),
    Call("POST", "/admin/jail/freed", free, "Let somebody out", "operator", takes=Freeing, gives=Freed),
)  # fmt: skip
