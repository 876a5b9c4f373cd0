"""A token of ours that was sent where others can read it is believed no more, in a header either."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

from ostiary.errors import Denied, StoreError
from ostiary.exchange import Exchange, Principal
from ostiary.store.memory import MemoryCounters
from ostiary.store.ports import Ban, Bans, Rate

if TYPE_CHECKING:
    from ostiary.parts.tokens import Tokens

__all__ = ["Burning"]

logger = logging.getLogger("ostiary.tokens")

LATE: Final = 60.0  # seconds beyond a token's end: issuers may be given so much leeway
UNKNOWN: Final = 24 * 3600.0  # seconds for a token that does not say when it ends
LONGEST: Final = 366 * 24 * 3600.0  # seconds; what is to be valid for longer has to be revoked at its issuer
PER_CALLER: Final = Rate(10, 3600.0, 10)  # orders are few, and a caller who gets token after token must not use them up
MOST_TASKS: Final = 100
_JWT: Final = re.compile(rb"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")
_OPAQUE: Final = re.compile(rb"[A-Za-z0-9._~+/-]{8,4096}=*")


class Burning:
    """Finds out whether a text is a token that our issuers made, and puts an order in force against it.

    Only a token that is verified is burnt, so nobody can fill the list with what was never one.
    """

    def __init__(self, tokens: Tokens, *, bans: Bans, clock: Callable[[], float], now: Callable[[], float]) -> None:
        self._tokens = tokens
        self._bans = bans
        self._now = now
        self._burnt = MemoryCounters(clock=clock, most_keys=10_000)
        self._tasks: set[asyncio.Task[None]] = set()
        opaque = [each.prefix for each in tokens.issuers.values() if each.asks and each.prefix]
        self._prefixes = tuple(each.encode() for each in opaque)

    def candidate(self, text: bytes) -> bytes:
        """What in a text may be a token of ours, by its shape alone; b"" where nothing is."""
        found = _JWT.search(text)
        if found is not None:
            return found[0]
        return text if self._prefixes and text.startswith(self._prefixes) and _OPAQUE.fullmatch(text) else b""

    def is_ours(self, token: bytes) -> bool | Awaitable[bool]:
        """Whether an issuer of ours made it, and it is believed still; an awaitable where keys have to be asked for."""
        found = self._whose(token)
        return found is not None if found is None or isinstance(found, Principal) else self._is(found)

    def burn(self, token: bytes) -> None:
        """Have a token refused from now on, if it is ours; what has to be asked for is, without waiting for it."""
        found = self._whose(token)
        if isinstance(found, Principal):
            self._order(found)
        elif found is not None:
            self._later(self._burn(found))

    def _whose(self, token: bytes) -> Principal | Awaitable[Principal | None] | None:
        """The principal of a token that did not come as one: it is read as if it had."""
        for scheme in self._tokens.schemes:
            sent = Exchange("GET", b"/", b"", [(b"authorization", scheme + b" " + token)])
            try:
                answer = self._tokens.read(sent)
            except Denied:
                continue
            return sent.principal if answer is None else self._wait(answer, sent)
        return None

    async def _wait(self, answer: Awaitable[None], sent: Exchange) -> Principal | None:
        try:
            await answer
        except (Denied, StoreError):
            return None
        return sent.principal

    async def _is(self, found: Awaitable[Principal | None]) -> bool:
        return await found is not None

    async def _burn(self, found: Awaitable[Principal | None]) -> None:
        principal = await found
        if principal is not None:
            self._order(principal)

    def _order(self, principal: Principal) -> None:
        now = self._now()
        end = principal.claims.get("exp")
        until = float(end) + LATE if isinstance(end, (int, float)) else now + UNKNOWN
        if until <= now or self._burnt.take(principal.identity, PER_CALLER).wait:
            return
        logger.warning(
            "a token of issuer %s was sent where others can read it: token:%s", principal.issuer, principal.key
        )
        ban = Ban(f"token:{principal.key}", min(until, now + LONGEST), "sent where others can read it")
        try:
            answer = self._bans.order(ban)
        except StoreError as error:
            logger.error("a burnt token cannot be revoked: %s", error)  # noqa: TRY400 - its message says it all
            return
        if answer is not None:
            self._later(_told(answer))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        if len(self._tasks) >= MOST_TASKS:
            work.close()
            return
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _told(answer: Awaitable[None]) -> None:
    try:
        await answer
    except StoreError as error:
        logger.error("a burnt token cannot be revoked: %s", error)  # noqa: TRY400 - as above
