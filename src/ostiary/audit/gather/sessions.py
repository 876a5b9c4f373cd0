"""Credentials are kept alive: renewed before they expire, and once more when what used to work is refused."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ostiary.audit.gather.grants import Pairs
from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer, Asked
from ostiary.parts.seen import tokens
from ostiary.parts.seen.doors import granted

if TYPE_CHECKING:
    from ostiary.audit.gather.http import LiveHttp
    from ostiary.audit.gather.live import Live

EARLY: Final = 0.2  # of a token's lifetime: renewed when no more is left
EARLIEST: Final = 15.0  # seconds, however long it lives
MOST_RENEWALS: Final = 60  # of one identity in one audit, asked for by nobody
MOST_REMEMBERED: Final = 2000  # requests that worked, of one identity
_UNAUTHORIZED: Final = 401

Renewal = Callable[["LiveHttp"], Awaitable[Pairs]]


@dataclass(slots=True)
class Session:
    """One identity: its credentials as they are now, and how it gets new ones."""

    account: Account
    pairs: Pairs
    renewal: Renewal | None = None
    issued: float = 0.0  # our clock, seconds
    lifetime: float = 0.0  # seconds; 0: not known
    renewals: int = 0
    stale: bool = False  # whether a renewal failed: not tried again
    watched: bool = True  # whether it is kept alive without being asked: not where a check may end it on purpose
    worked: set[tuple[str, str]] = field(default_factory=set)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def due(self) -> bool:
        """Whether its token is about to expire."""
        if not self.lifetime or self.renewal is None or self.stale or not self.watched:
            return False
        return time.monotonic() > self.issued + self.lifetime - min(EARLIEST, self.lifetime * EARLY)


class Sessions:
    """The identities of an audit."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._held: dict[str, Session] = {}
        self._spent: dict[str, str] = {}  # credentials that once were somebody's

    def __contains__(self, name: str) -> bool:
        return name in self._held

    def __getitem__(self, name: str) -> Session:
        return self._held[name]

    def names(self) -> list[str]:
        """All identities, throwaway accounts too, in the order in which they came."""
        return list(self._held)

    def put(
        self,
        account: Account,
        pairs: Sequence[tuple[str, str]],
        renewal: Renewal | None = None,
        *,
        watched: bool = True,
    ) -> None:
        """Take an identity."""
        session = Session(account=account, pairs=tuple(pairs), renewal=renewal, watched=watched)
        self._held[account.name] = session
        self._live.shower.know(account.name, (), secrets=(account.password,))
        self._use(session, tuple(pairs))

    def replace(self, name: str, account: Account) -> None:
        """Say more of an identity than was known."""
        self._held[name].account = account

    def _use(self, session: Session, pairs: Pairs) -> None:
        name = session.account.name
        session.pairs = pairs
        session.issued = time.monotonic()
        session.lifetime = _lifetime(pairs)
        self._live.identities[name] = pairs
        self._live.shower.know(name, pairs)
        for field_name, value in pairs:
            self._spent[f"{field_name.lower()}:{value}"] = name

    def add(self, name: str, within: str, pairs: Pairs) -> None:
        """Take the credentials by which an identity is known in one part of the API."""
        self._live.areas.setdefault(name, {})[within] = pairs
        self._live.shower.know(name, pairs)
        for field_name, value in pairs:
            self._spent[f"{field_name.lower()}:{value}"] = name

    def whose(self, asked: Asked) -> str:
        """The identity that a request is made as, by name or by credentials that it carries, even former ones."""
        if asked.identity:
            return asked.identity
        found = (self._spent.get(f"{name.lower()}:{value}") for name, value in asked.headers)
        return next((each for each in found if each), "")

    async def keep(self, http: LiveHttp, name: str) -> None:
        """Renew an identity whose token is about to expire."""
        session = self._held.get(name)
        if session is not None and session.due:
            await self._renewed(http, session, session.pairs)

    def saw(self, name: str, answer: Answer) -> None:
        """Remember what works for whom."""
        session = self._held.get(name)
        if session is not None and len(session.worked) < MOST_REMEMBERED and granted(answer):
            session.worked.add((answer.asked.method, answer.asked.target.partition("?")[0]))

    async def revived(self, http: LiveHttp, name: str, answer: Answer, used: Pairs) -> bool:
        """Whether a refusal of what used to work was the session's end, and there is a new one now.

        Never for accounts of single checks: who uses one may have ended its session on purpose.
        :param used: the credentials that the request was sent with.
        """
        session = self._held.get(name)
        if session is None or answer.status != _UNAUTHORIZED or not session.watched:
            return False
        if (answer.asked.method, answer.asked.target.partition("?")[0]) not in session.worked:
            return False
        return await self._renewed(http, session, used)

    async def _renewed(self, http: LiveHttp, session: Session, old: Pairs) -> bool:
        async with session.lock:
            if session.pairs != old:
                return True  # somebody else did
            if session.renewal is None or session.stale or session.renewals >= MOST_RENEWALS:
                return False
            try:
                await self.renew(http, session.account.name)
            except Unanswerable:
                session.stale = True
                return False
            return True

    async def renew(self, http: LiveHttp, name: str) -> None:
        """Get new credentials.

        :raises Unanswerable: when there is no way, or it does not work.
        """
        session = self._held.get(name)
        if session is None or session.renewal is None:
            raise Unanswerable(f"nothing is known of how {name!r} signs in again")
        session.renewals += 1
        self._use(session, await session.renewal(http))


def _lifetime(pairs: Pairs) -> float:
    """How long the first token among these lives from now, in seconds; 0: nothing says."""
    for _, value in pairs:
        token = tokens.find(value)
        if token is not None and token.number("exp"):
            issued = token.number("iat")
            return max(token.number("exp") - (issued or time.time()), 0.0)
    return 0.0
