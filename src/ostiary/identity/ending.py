"""What ends takes with it all that rests on it, in one transaction, and guards hear of it after that."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ostiary.errors import StoreError
from ostiary.identity.events import record
from ostiary.identity.storage import sessions as rows
from ostiary.identity.storage.events import when_kept
from ostiary.identity.storage.tokens import Revoked
from ostiary.store.ports import Ban

if TYPE_CHECKING:
    from ostiary.identity.services import Services, Visit
    from ostiary.identity.sessions import Session
    from ostiary.identity.storage.database import AsyncConnection

__all__ = ["Ended", "announce", "announce_when_kept", "end_all", "end_family", "end_others", "end_session"]

logger = logging.getLogger("ostiary.identity")

_LATE: Final = 60.0  # seconds that a guard may believe a token longer than it says
_MOST_ORDERS: Final = 5000  # orders that tokens may fill; the rest of what a store takes is for operators
_ANNOUNCING: Final[set[asyncio.Task[None]]] = set()  # a loop itself does not hold its tasks


@dataclass(frozen=True, slots=True)
class Ended:
    """What was ended: names of sessions, and access tokens that guards have to hear of (`announce`)."""

    sessions: tuple[str, ...] = ()
    tokens: tuple[Revoked, ...] = ()


async def end_session(
    services: Services,
    connection: AsyncConnection,
    session_id: str,
    why: str,
    *,
    actor: str = "",
    visit: Visit | None = None,
) -> Ended:
    """End a session and the grants that rest on it; those that may outlive it (offline) stay. `announce` what it gives."""
    return await _end(services, connection, [session_id], why, actor=actor, visit=visit)


async def end_others(
    services: Services, connection: AsyncConnection, session: Session, why: str, *, visit: Visit | None = None
) -> Ended:
    """End all sessions of an account but this one, as `end_session` does."""
    others = [each.id for each in await rows.live(connection, session.user_id, services.now()) if each.id != session.id]
    return await _end(services, connection, others, why, actor=session.user_id, visit=visit)


async def _end(
    services: Services, connection: AsyncConnection, names: Sequence[str], why: str, *, actor: str, visit: Visit | None
) -> Ended:
    now = services.now()
    there = [each for name in names if (each := await rows.by_id(connection, name, now)) is not None]
    ended = await rows.end(connection, now, why, *names) if names else []
    tokens = await rows.end_families(connection, now, why, session_ids=ended, offline=False) if ended else ()
    for each in there:
        if each.id in ended:
            await record(
                connection, services, "session.ended", user_id=each.user_id, actor=actor or each.user_id, visit=visit,
                session=each.id, why=why,
            )  # fmt: skip
    return Ended(tuple(ended), tokens)


async def end_family(services: Services, connection: AsyncConnection, family_id: str, why: str) -> Ended:
    """End one grant: its code, refresh tokens and access tokens. The caller records what happened."""
    return Ended(tokens=await rows.end_families(connection, services.now(), why, family_id=family_id))


async def end_all(
    services: Services,
    connection: AsyncConnection,
    user_id: str,
    why: str,
    *,
    but: str = "",
    actor: str = "",
    visit: Visit | None = None,
) -> Ended:
    """End everything of an account: sessions, grants (offline ones too), tokens, links and codes that wait to be used.

    Call it in the transaction of what is the reason, and `announce` what it gives afterwards. Links that take a change
    back stay: whoever made the change may be the one who calls this.

    :param but: the name of a session that stays, with what rests on it.
    :param actor: who did it; the account's owner when not given.
    """
    now = services.now()
    await rows.account(connection, user_id)  # whoever signs in now waits, and sees the mark
    kept = await rows.by_id(connection, but, now) if but else None
    if kept is not None and kept.user_id != user_id:
        kept = None
    await rows.mark(connection, user_id, now if kept is None else kept.created_at)
    name = "" if kept is None else kept.id
    ended = await rows.end(connection, now, why, user_id=user_id, but=name)
    tokens = await rows.end_families(connection, now, why, user_id=user_id, but=name)
    await rows.end_links(connection, user_id, now)
    await record(
        connection, services, "session.all-ended", user_id=user_id, actor=actor or user_id, visit=visit,
        why=why, number=len(ended),
    )  # fmt: skip
    return Ended(tuple(ended), tokens)


def announce_when_kept(services: Services, connection: AsyncConnection, ended: Sequence[Ended]) -> None:
    """`announce` for a caller who does not know that something ended."""
    tokens = tuple(token for each in ended for token in each.tokens)
    if not tokens:
        return

    def begin() -> None:
        task = asyncio.get_running_loop().create_task(announce(services, Ended(tokens=tokens)))
        _ANNOUNCING.add(task)
        task.add_done_callback(_ANNOUNCING.discard)

    when_kept(connection, begin)


async def announce(services: Services, ended: Ended) -> None:
    """Have guards that share the store refuse access tokens that were ended; called after the commit.

    What cannot be told is no reason to undo it: such a token dies of age, in ``[identity.lifetimes] access`` at most, and
    whoever asks about it hears that it is dead.
    """
    bans = services.store.bans
    try:
        for each in ended.tokens:
            if len(bans.current()) >= _MOST_ORDERS:
                logger.error("too many tokens were ended at once: those left die of age")
                return
            told = bans.order(Ban(f"token:{each.hash.hex()}", each.expires_at + _LATE, "ended by its account"))
            if isinstance(told, Awaitable):
                await told
    except StoreError as error:
        logger.error("guards could not be told of ended tokens, which die of age: %s", error)  # noqa: TRY400 - expected
