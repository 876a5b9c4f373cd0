"""Who the audit can be: the operator's credentials, accounts that it registers itself, and how each signs in again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostiary.errors import Unanswerable
from ostiary.evidence import Account, Answer

if TYPE_CHECKING:
    from ostiary.audit.gather.http import LiveHttp
    from ostiary.audit.gather.live import Live


class Accounts:
    """What is known of identities; the credentials themselves are in `Live.identities`."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._known: dict[str, Account] = {}

    @property
    def owner(self) -> str:
        """As in the port."""
        return next(iter(self._live.identities), "")

    @property
    def other(self) -> str:
        """As in the port."""
        return ""

    def account(self, identity: str) -> Account | None:
        """As in the port."""
        return self._known.get(identity)

    async def throwaway(self, http: LiveHttp) -> Account:
        """As in the port."""
        raise Unanswerable("no account can be registered")

    async def sign_in(self, http: LiveHttp, user: str, password: str, *, fresh: bool) -> Answer:
        """As in the port."""
        raise Unanswerable("no login operation is known")

    def signed_in(self, answer: Answer) -> bool:
        """As in the port."""
        return False

    async def renew(self, http: LiveHttp, identity: str) -> None:
        """As in the port."""
        raise Unanswerable("no login operation is known")

    async def close(self, http: LiveHttp) -> None:
        """Remove what was registered, where the API lets us."""
