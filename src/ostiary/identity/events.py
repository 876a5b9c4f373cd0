"""What happens to accounts is written down once and for ever, in the transaction in which it happens, and names nobody."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ostiary.errors import StoreError
from ostiary.identity.storage import events as rows
from ostiary.identity.storage import users
from ostiary.parts.sealing import Unsealable
from ostiary.strict import dumps, loads

if TYPE_CHECKING:
    from ostiary.identity.services import Services, Visit
    from ostiary.identity.storage.database import AsyncConnection

__all__ = ["EVENTS", "Event", "Told", "jailings", "read", "record"]

logger = logging.getLogger("ostiary.identity")

EVENTS: Final = frozenset({
    # accounts
    "account.registered", "account.registered-again", "account.verified", "account.changed", "account.exported", "account.deleted",
    "account.disabled", "account.enabled", "account.avatar-changed", "account.role-changed",
    # signing in and out
    "signin.failed", "signin.jailed", "session.opened", "session.stepped-up", "session.ended", "session.all-ended",
    # passwords
    "password.changed", "password.reset-asked", "password.reset", "password.closed", "password.must-change",
    # contacts
    "email.change-asked", "email.changed", "phone.change-asked", "phone.changed", "contact.undone",
    # second factors
    "totp.begun", "totp.added", "totp.removed", "passkey.added", "passkey.removed", "recovery-codes.made",
    "recovery-code.used", "factor.failed", "factor.closed",
    # OAuth
    "consent.given", "consent.withdrawn", "grant.given", "grant.ended", "code.replayed", "refresh.replayed",
    "token.revoked", "device.allowed", "device.denied",
    "client.registered", "client.changed", "client.secret-changed", "client.disabled", "client.enabled", "client.deleted",
    # the service
    "key.rotated", "jail.freed",
})  # fmt: skip
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_VALUE: Final = re.compile(r"[A-Za-z0-9 ._:/+-]{0,200}")  # ids, names of factors: no address, and no number to call
_CALLED: Final = re.compile(r"\+?[0-9][0-9 ./-]{6,20}")
_MOST: Final = 8  # details of one event

Event = rows.Event


@dataclass(frozen=True, slots=True)
class Told:
    """An event, readable: `at` in seconds since the epoch, `source` an address or "" where none is kept."""

    id: int
    at: float
    what: str
    user_id: str | None
    actor: str
    source: str
    details: dict[str, Any]


async def record(
    connection: AsyncConnection,
    services: Services,
    what: str,
    *,
    user_id: str | None = None,
    actor: str = "system",
    visit: Visit | None = None,
    **details: str | float | bool,
) -> None:
    """Write down that something happened; it lasts if the caller's transaction does, and goes to the log then.

    :param what: one of `EVENTS`.
    :param user_id: whose account it is about; they can read it.
    :param actor: who did it: a user's id, ``client:<id>``, ``operator:<id>`` or ``system``.
    :param visit: where from; kept sealed, and not in the log.
    :param details: a few short names and numbers; nothing secret, nothing that says who somebody is.
    :raises ValueError: for an event that there is not, or a detail that may say too much.
    """
    if what not in EVENTS:
        msg = f"there is no event {what!r}"
        raise ValueError(msg)
    _check(details)
    at = services.now()
    source = (
        services.ring.seal(visit.source.encode(), rows.place(at, what)) if visit is not None and visit.source else None
    )
    await rows.add(
        connection, at=at, what=what, user_id=user_id, actor=actor, source=source, details=dumps(details).decode()
    )
    line = json.dumps(
        {"event": what, "at": round(at, 3), "user": user_id, "actor": actor, **details}, ensure_ascii=True
    )
    rows.when_kept(connection, lambda: logger.info("%s", line))


def _check(details: Mapping[str, object]) -> None:
    """The rule is held here, because rows can never be taken back."""
    if len(details) > _MOST or any(_NAME.fullmatch(each) is None for each in details):
        msg = "details have a few short names"
        raise ValueError(msg)
    for name, value in details.items():
        if name in {"event", "at", "user", "actor"}:
            msg = f"the detail {name!r} is a member already"
            raise ValueError(msg)
        if isinstance(value, str) and (_VALUE.fullmatch(value) is None or _CALLED.fullmatch(value) is not None):
            msg = f"the detail {name!r} may say who somebody is"
            raise ValueError(msg)
        if not isinstance(value, (str, int, float, bool)):
            msg = f"the detail {name!r} is no text, number or truth value"
            raise TypeError(msg)


def jailings(services: Services) -> Callable[[str, str, Visit], Awaitable[None]]:
    """What the gate calls when it begins to refuse somebody: the owner of the account can read it."""

    async def told(kind: str, account: str, visit: Visit) -> None:
        try:
            async with services.database.write() as connection:
                by = users.by_email if "@" in account else users.by_id
                user = await by(connection, services.ring, account) if account else None
                name = None if user is None else user.id
                await record(connection, services, "signin.jailed", user_id=name, visit=visit, kind=kind)
        except StoreError as error:  # they are refused all the same
            logger.warning("a jailing was not written down: %s", error)

    return told


# reading


async def read(
    services: Services,
    *,
    user_id: str | None = None,
    what: str = "",
    before: int | None = None,
    since: float | None = None,
    most: int = rows.MOST,
) -> list[Told]:
    """A page of events, the latest first; see `storage.events.page`. Access is the caller's to have judged."""
    async with services.database.read() as connection:
        found = await rows.page(connection, user_id=user_id, what=what, before=before, since=since, most=most)
    return [_told(services, each) for each in found]


def _told(services: Services, row: Event) -> Told:
    try:
        source = services.ring.open(row.source, rows.place(row.at, row.what)).decode() if row.source else ""
    except Unsealable:  # rows cannot be sealed anew: its key is gone, and with it who it was
        source = ""
    return Told(row.id, row.at, row.what, row.user_id, row.actor, source, loads(row.details))
