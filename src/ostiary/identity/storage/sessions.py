"""Sessions and all that rests on them end together, in one transaction: tokens, codes, links, ceremonies under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, and_, delete, insert, or_, select, update

from ostiary.identity.storage.database import AsyncConnection
from ostiary.identity.storage.schema import (
    access_tokens,
    challenges,
    codes,
    devices,
    families,
    refresh_tokens,
    sessions,
    tickets,
    users,
)
from ostiary.identity.storage.tokens import Revoked

__all__ = [
    "Account", "Row", "account", "add", "age", "agents", "by_hash", "by_id", "cut", "end", "end_families", "end_links", "live",
    "mark", "place", "replace", "touch",
]  # fmt: skip

_SURVIVES: Final = ("undo",)  # links that take a change back: whoever made it must not be able to end them


@dataclass(frozen=True, slots=True)
class Row:
    """A session as it is kept; `agent` and `source` are sealed for `place`."""

    id: str
    user_id: str
    created_at: float
    seen_at: float
    expires_at: float
    authenticated_at: float
    factors: str
    pending: bool
    agent: bytes | None
    source: bytes | None


@dataclass(frozen=True, slots=True)
class Account:
    """What an account says about its sessions: nothing that began before `tokens_not_before` is alive."""

    disabled_at: float | None
    tokens_not_before: float

    def allows(self, began: float) -> bool:
        """Whether something that began then may live."""
        return self.disabled_at is None and began >= self.tokens_not_before


def place(column: str, session_id: str) -> str:
    """What a column of a session is sealed for."""
    return f"sessions.{column}:{session_id}"


def _row(row: RowMapping) -> Row:
    return Row(**{name: row[name] for name in Row.__slots__})


def _live(now: float) -> ColumnElement[bool]:
    return and_(sessions.c.ended_at.is_(None), sessions.c.expires_at > now)


async def add(connection: AsyncConnection, row: Row, hash: bytes) -> None:  # noqa: A002 - the column's name
    """Keep a session that begins."""
    await connection.execute(insert(sessions).values(hash=hash, **{name: getattr(row, name) for name in Row.__slots__}))


async def by_hash(connection: AsyncConnection, hash: bytes, now: float) -> tuple[Row, Account] | None:  # noqa: A002 - as above
    """The live session of a secret, and its account."""
    wanted = (
        select(sessions, users.c.disabled_at, users.c.tokens_not_before)
        .join(users, users.c.id == sessions.c.user_id)
        .where(sessions.c.hash == hash, _live(now))
    )
    found = (await connection.execute(wanted)).mappings().first()
    return None if found is None else (_row(found), Account(found["disabled_at"], found["tokens_not_before"]))


async def by_id(connection: AsyncConnection, id: str, now: float) -> Row | None:  # noqa: A002 - the column's name
    """A live session by its name."""
    found = (await connection.execute(select(sessions).where(sessions.c.id == id, _live(now)))).mappings().first()
    return None if found is None else _row(found)


async def live(connection: AsyncConnection, user_id: str, now: float) -> Sequence[Row]:
    """All live sessions of an account, the latest seen first."""
    wanted = select(sessions).where(sessions.c.user_id == user_id, _live(now))
    found = await connection.execute(wanted.order_by(sessions.c.seen_at.desc(), sessions.c.id))
    return [_row(each) for each in found.mappings()]


async def agents(connection: AsyncConnection, user_id: str) -> list[tuple[str, bytes | None]]:
    """Names and sealed agents of all sessions of an account that are still known, live or ended."""
    found = await connection.execute(select(sessions.c.id, sessions.c.agent).where(sessions.c.user_id == user_id))
    return [(row.id, row.agent) for row in found]


async def account(connection: AsyncConnection, user_id: str) -> Account | None:
    """The account, held until the transaction ends: whoever opens a session and whoever ends them all take turns."""
    wanted = select(users.c.disabled_at, users.c.tokens_not_before).where(users.c.id == user_id)
    found = (await connection.execute(wanted.with_for_update(key_share=True))).mappings().first()
    return None if found is None else Account(found["disabled_at"], found["tokens_not_before"])


async def mark(connection: AsyncConnection, user_id: str, not_before: float) -> None:
    """Nothing of the account that began before that time lives; the mark never goes back."""
    earlier = and_(users.c.id == user_id, users.c.tokens_not_before < not_before)
    await connection.execute(update(users).where(earlier).values(tokens_not_before=not_before))


async def touch(connection: AsyncConnection, id: str, now: float, since: float) -> None:  # noqa: A002 - the column's name
    """Note that a session is in use, where that was last noted before `since`."""
    idle = (sessions.c.id == id, sessions.c.seen_at <= since, sessions.c.ended_at.is_(None))
    await connection.execute(update(sessions).where(*idle).values(seen_at=now))


async def age(connection: AsyncConnection, user_id: str, before: float, *, but: str) -> None:
    """No session of an account but one is fresh any more: in them, whoever is there shows again that it is them."""
    others = (sessions.c.user_id == user_id, sessions.c.id != but, sessions.c.ended_at.is_(None))
    fresh = (*others, sessions.c.authenticated_at > before)
    await connection.execute(update(sessions).where(*fresh).values(authenticated_at=before))


async def end(
    connection: AsyncConnection, now: float, why: str, *which: str, user_id: str = "", but: str = ""
) -> list[str]:
    """End sessions by name, or all of an account but one; the names of those that were live.

    Ceremonies that were under way in them are void.
    """
    wanted: list[ColumnElement[bool]] = [sessions.c.ended_at.is_(None)]
    wanted.append(sessions.c.user_id == user_id if user_id else sessions.c.id.in_(which))
    if but:
        wanted.append(sessions.c.id != but)
    done = update(sessions).where(*wanted).values(ended_at=now, ended_why=why).returning(sessions.c.id)
    ended = [str(each) for each in (await connection.execute(done)).scalars()]
    if ended:
        bound = (challenges.c.session_id.in_(ended), challenges.c.used_at.is_(None))
        await connection.execute(update(challenges).where(*bound).values(used_at=now))
    return ended


async def replace(connection: AsyncConnection, old: str, new: str) -> None:
    """Grants of a session rest on the one that took its place; ceremonies under way are void, they are bound to its name."""
    await connection.execute(update(families).where(families.c.session_id == old).values(session_id=new))


async def cut(connection: AsyncConnection, user_id: str, now: float, kept: int) -> None:
    """Forget an account's dead sessions but for the latest so many."""
    dead = or_(sessions.c.ended_at.is_not(None), sessions.c.expires_at <= now)
    old = select(sessions.c.id).where(sessions.c.user_id == user_id, dead).order_by(sessions.c.created_at.desc())
    await connection.execute(delete(sessions).where(sessions.c.id.in_(old.offset(kept).scalar_subquery())))


async def end_families(
    connection: AsyncConnection,
    now: float,
    why: str,
    *,
    family_id: str = "",
    user_id: str = "",
    but: str = "",
    session_ids: Sequence[str] = (),
    offline: bool = True,
) -> tuple[Revoked, ...]:
    """End grants with their codes, refresh and access tokens; the access tokens that were alive, for the guard to hear.

    :param family_id: one grant; or
    :param user_id: all of an account, but those of the session `but`; or
    :param session_ids: those of these sessions.
    :param offline: whether those that may outlive their session end too.
    """
    if family_id:
        which = [families.c.id == family_id]
    elif user_id:
        which = [families.c.user_id == user_id]
        if but:
            which.append(or_(families.c.session_id.is_(None), families.c.session_id != but))
    else:
        which = [families.c.session_id.in_(session_ids)]
    if not offline:
        which.append(families.c.offline.is_(False))
    done = update(families).where(*which, families.c.revoked_at.is_(None)).values(revoked_at=now, revoked_why=why)
    await connection.execute(done)
    ended = select(families.c.id).where(*which, families.c.revoked_at.is_not(None)).scalar_subquery()
    return await _end_tokens(connection, now, ended)


async def _end_tokens(connection: AsyncConnection, now: float, of: Any) -> tuple[Revoked, ...]:
    """A dead grant is asked for wherever a token is used; that the tokens are dead too costs little and forgives much."""
    late = (codes.c.family_id.in_(of), codes.c.expires_at > now)
    await connection.execute(update(codes).where(*late).values(expires_at=now))
    fresh = (refresh_tokens.c.family_id.in_(of), refresh_tokens.c.expires_at > now)
    await connection.execute(update(refresh_tokens).where(*fresh).values(expires_at=now, answer=None))
    waiting = (devices.c.family_id.in_(of), devices.c.used_at.is_(None))
    await connection.execute(update(devices).where(*waiting).values(state="denied"))
    alive = (access_tokens.c.family_id.in_(of), access_tokens.c.revoked_at.is_(None), access_tokens.c.expires_at > now)
    done = update(access_tokens).where(*alive).values(revoked_at=now)
    found = await connection.execute(done.returning(access_tokens.c.hash, access_tokens.c.expires_at))
    return tuple(Revoked(bytes(each.hash), each.expires_at) for each in found)


async def end_links(connection: AsyncConnection, user_id: str, now: float) -> None:
    """Links in mails and codes of an account that wait to be used are void, but those that take a change back."""
    links = (tickets.c.user_id == user_id, tickets.c.used_at.is_(None), tickets.c.purpose.not_in(_SURVIVES))
    await connection.execute(update(tickets).where(*links).values(used_at=now))
    waiting = (challenges.c.user_id == user_id, challenges.c.used_at.is_(None))
    await connection.execute(update(challenges).where(*waiting).values(used_at=now))
