"""A session is new whenever more is proven, idles out, ends at last, and is dead on the server before a cookie is."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ostiary.errors import Denied, StoreError
from ostiary.identity.ending import Ended, announce, announce_when_kept, end_all, end_family, end_others, end_session
from ostiary.identity.events import record
from ostiary.identity.ids import new_id, new_secret
from ostiary.identity.storage import sessions as rows
from ostiary.parts.networks import address_of
from ostiary.parts.sealing import Unsealable, hashed

if TYPE_CHECKING:
    from ostiary.identity.services import Services, Visit
    from ostiary.identity.storage.database import AsyncConnection

__all__ = [
    "Ended", "Listed", "Session", "age_others", "announce", "end_all", "end_family", "end_others", "end_session", "is_fresh", "is_strong",
    "list_sessions", "open_session", "read_session", "step_up",
]  # fmt: skip

logger = logging.getLogger("ostiary.identity")

STRONG: Final = frozenset({"hwk", "swk", "mfa"})  # RFC 8176: a passkey is two factors, what one has and what unlocks it
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_NOTED: Final = 60.0  # seconds between two notes that a session is in use: reading is not to write
_DEAD: Final = 20  # ended sessions of an account that are kept
_ONE: Final = 24  # bits of an IPv4 address that a list shows: enough to know a place again, too little to find a person
_SIX: Final = 48


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody is signed in, or half: `pending` owes a second factor and may do nothing else.

    Times are seconds since the epoch.

    :param id: its name, no secret.
    :param authenticated_at: the latest proof of presence.
    :param factors: RFC 8176 values, in the order in which they were proven.
    """

    id: str
    user_id: str
    created_at: float
    seen_at: float
    expires_at: float
    authenticated_at: float
    factors: tuple[str, ...]
    pending: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A session as its owner sees it: `source` is a network, not an address."""

    session: Session
    agent: str
    source: str


def _session(row: rows.Row) -> Session:
    return Session(
        row.id, row.user_id, row.created_at, row.seen_at, row.expires_at, row.authenticated_at,
        tuple(row.factors.split()), row.pending,
    )  # fmt: skip


# beginning


async def open_session(
    services: Services,
    connection: AsyncConnection,
    visit: Visit,
    user_id: str,
    factors: Sequence[str],
    *,
    pending: bool,
    since: float | None = None,
    instead: Session | None = None,
) -> tuple[Session, str]:
    """Begin a session; the secret is for the cookie and nothing else.

    :param factors: what was proven: RFC 8176 values.
    :param pending: whether a second factor is owed.
    :param since: when the caller began to look at the account: a password that was right then may have been reset since.
    :param instead: the session that the same browser had; it ends.
    :raises Denied: 401 when the account is closed, or everything of it ended since.
    """
    now = services.now()
    account = await rows.account(connection, user_id)
    if account is None or not account.allows(now if since is None else since):
        raise Denied(401, "sign in again")
    ended = [] if instead is None else [await end_session(services, connection, instead.id, "replaced")]
    ended += await _make_room(services, connection, user_id)
    announce_when_kept(services, connection, ended)
    lives = services.settings.lifetimes
    session = Session(
        id=new_id(services.entropy), user_id=user_id, created_at=now, seen_at=now,
        expires_at=now + float(lives.pending if pending else lives.session), authenticated_at=now,
        factors=tuple(dict.fromkeys(factors)), pending=pending,
    )  # fmt: skip
    secret = await _keep(services, connection, session, visit.agent, coarse(visit.source))
    await record(
        connection, services, "session.opened", user_id=user_id, actor=user_id, visit=visit,
        session=session.id, factors=" ".join(session.factors), pending=pending,
    )  # fmt: skip
    return session, secret


async def _make_room(services: Services, connection: AsyncConnection, user_id: str) -> list[Ended]:
    """Somebody has so many sessions at once and no more: those least in use end."""
    now = services.now()
    there = await rows.live(connection, user_id, now)
    spare = [each.id for each in there[max(0, services.settings.lifetimes.sessions - 1) :]]
    ended = [await end_session(services, connection, each, "too-many") for each in spare]
    await rows.cut(connection, user_id, now, _DEAD)
    return ended


async def _keep(services: Services, connection: AsyncConnection, session: Session, agent: str, source: str) -> str:
    secret = new_secret(services.entropy)
    seal = services.ring.seal
    row = rows.Row(
        session.id, session.user_id, session.created_at, session.seen_at, session.expires_at, session.authenticated_at,
        " ".join(session.factors), session.pending,
        agent=seal(agent.encode("utf-8", "replace"), rows.place("agent", session.id)) if agent else None,
        source=seal(source.encode(), rows.place("source", session.id)) if source else None,
    )  # fmt: skip
    await rows.add(connection, row, hashed(secret.encode()))
    return secret


async def step_up(
    services: Services,
    connection: AsyncConnection,
    session: Session,
    factors: Sequence[str],
    visit: Visit | None = None,
) -> tuple[Session, str]:
    """More was proven: another session takes this one's place, under a new name and secret; nothing is owed any more.

    Whoever knew the former secret (a fixed cookie, a copy) is left with nothing. How long it may live at most does not
    change, unless it was pending.

    :param factors: what was proven now.
    :raises Denied: 401 when the session has ended meanwhile, or everything of its account.
    """
    now = services.now()
    account = await rows.account(connection, session.user_id)
    former = await rows.by_id(connection, session.id, now)
    if former is None or account is None or not account.allows(former.created_at):
        raise Denied(401, "sign in again")
    await rows.end(connection, now, "stepped-up", session.id)
    lives = services.settings.lifetimes
    proven = tuple(dict.fromkeys((*session.factors, *factors)))
    higher = replace(
        _session(former), id=new_id(services.entropy), seen_at=now, authenticated_at=now, factors=proven, pending=False,
        expires_at=now + float(lives.session) if former.pending else former.expires_at,
    )  # fmt: skip
    agent, source = _opened(services, former)
    secret = await _keep(services, connection, higher, agent, source)
    await rows.replace(connection, session.id, higher.id)
    await record(
        connection, services, "session.stepped-up", user_id=session.user_id, actor=session.user_id, visit=visit,
        session=higher.id, factors=" ".join(proven),
    )  # fmt: skip
    return higher, secret


# being in one


async def read_session(services: Services, secret: str) -> Session | None:
    """The session of a cookie: None when there is none, or it idled out, expired, ended, or its account was closed.

    That it is in use is noted once a minute at most.

    :raises StoreError: when it cannot be found out.
    """
    if _SECRET.fullmatch(secret) is None:
        return None
    now = services.now()
    idle = float(services.settings.lifetimes.session_idle)
    async with services.database.read() as connection:
        found = await rows.by_hash(connection, hashed(secret.encode()), now)
    if found is None:
        return None
    row, account = found
    if not account.allows(row.created_at) or row.seen_at + idle <= now:
        return None
    if row.seen_at + min(_NOTED, idle / 4) <= now:
        await _note(services, row.id, now, row.seen_at)
    return _session(row)


async def _note(services: Services, session_id: str, now: float, since: float) -> None:
    try:
        async with services.database.write() as connection:
            await rows.touch(connection, session_id, now, since)
    except StoreError as error:  # it idles out sooner for that, which is the safe side
        logger.warning("that a session is in use was not noted: %s", error)


def is_fresh(services: Services, session: Session) -> bool:
    """Whether the person was proven present a moment ago (``[identity.lifetimes] fresh``)."""
    fresh = float(services.settings.lifetimes.fresh)
    return not session.pending and 0 <= services.now() - session.authenticated_at < fresh


async def age_others(services: Services, connection: AsyncConnection, session: Session) -> None:
    """No other session of the account is fresh any more: whoever is in one with a password alone would else undo, for as
    long as that password counts as fresh, the factor that was set up against them.
    """
    before = services.now() - float(services.settings.lifetimes.fresh)
    await rows.age(connection, session.user_id, before, but=session.id)


def is_strong(session: Session) -> bool:
    """Whether two factors were proven."""
    return not session.pending and (len(set(session.factors)) > 1 or not STRONG.isdisjoint(session.factors))


async def list_sessions(services: Services, user_id: str) -> list[Listed]:
    """All live sessions of an account, the latest seen first."""
    now = services.now()
    idle = float(services.settings.lifetimes.session_idle)
    async with services.database.read() as connection:
        found = await rows.live(connection, user_id, now)
    return [Listed(_session(each), *_opened(services, each)) for each in found if each.seen_at + idle > now]


def _opened(services: Services, row: rows.Row) -> tuple[str, str]:
    """Agent and source; "" for what does not open, which is no reason to hide a session."""
    texts = []
    for column, sealed in (("agent", row.agent), ("source", row.source)):
        try:
            text = services.ring.open(sealed, rows.place(column, row.id)).decode() if sealed else ""
        except Unsealable:
            text = ""
        texts.append(text)
    return texts[0], texts[1]


def coarse(address: str) -> str:
    """The network that an address is of, as far as a list shows it: /24 of IPv4, /48 of IPv6; "" without one."""
    found = address_of(address)
    if found is None:
        return ""
    kept = _ONE if found.version == 4 else _SIX  # noqa: PLR2004 - an IP version
    shift = found.max_prefixlen - kept
    return f"{type(found)(int(found) >> shift << shift)}/{kept}"
