"""Names are resolved without holding anybody up: bounded in time, in number and in memory, and every answer is given."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Final

from ostiary.parts.networks import Address, address_of

MOST_NAMES: Final = 1024  # remembered
MOST_AT_ONCE: Final = 32  # questions under way; each takes a thread
MOST_ADDRESSES: Final = 64  # of one name; a name with more is refused, as some would not be looked at
KEPT: Final = 10.0  # seconds: a burst of requests asks once, and a change shows soon

Addresses = tuple[Address, ...]
Ask = Callable[[str], Awaitable[list[str]]]


class Unresolved(Exception):  # noqa: N818 - an answer
    """The name has no address, or none was found in time."""


async def system(name: str) -> list[str]:
    """Ask the system's resolver (getaddrinfo) for every IPv4 and IPv6 address of a name.

    In a thread of its own: clients choose the names, and one that nobody answers for takes half a minute. The loop's pool
    has a handful of threads, and with them connections to the upstream and to issuers are made.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def settle(found: list[str], error: Exception | None) -> None:
        if answer.done():
            return
        if error is None:
            answer.set_result(found)
        else:
            answer.set_exception(error)

    def ask() -> None:
        found: list[str] = []
        failed: Exception | None = None
        try:
            told = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
            found = list(dict.fromkeys(str(each[4][0]) for each in told))
        except (OSError, UnicodeError) as error:
            failed = error
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, found, failed)

    threading.Thread(target=ask, name="ostiary-resolving", daemon=True).start()
    return await answer


class Resolver:
    """Resolves names; what was asked lately is answered at once."""

    def __init__(self, clock: Callable[[], float], *, patience: float, ask: Ask | None = None) -> None:
        """Take a monotonic clock, and the seconds that an answer may take; `ask` instead of the system's resolver."""
        self._clock = clock
        self._patience = patience
        self._ask = ask
        self._known: dict[str, tuple[float, Addresses]] = {}
        self.asking = 0  # questions that have no answer yet, whether or not somebody still waits for it

    def known(self, name: str) -> Addresses | None:
        """The addresses of a name, if they were found within the last `KEPT` seconds; empty: it has none."""
        found = self._known.get(name)
        return found[1] if found is not None and self._clock() - found[0] < KEPT else None

    async def resolve(self, name: str) -> Addresses:
        """All addresses of a name.

        :raises Unresolved: when there are none, too many, or no answer in time.
        """
        known = self.known(name)
        if known is None:
            known = await self._look(name)
            if len(self._known) >= MOST_NAMES:
                self._known.clear()
            self._known[name] = (self._clock(), known)
        if not known:
            raise Unresolved
        return known

    async def _look(self, name: str) -> Addresses:
        if self.asking >= MOST_AT_ONCE:
            raise Unresolved
        self.asking += 1
        question = asyncio.ensure_future((self._ask or system)(name))
        question.add_done_callback(self._answered)
        try:
            async with asyncio.timeout(self._patience):
                # without a final dot: search lists count, as they do for the application
                texts = await asyncio.shield(question)  # a thread cannot be stopped, and counts until it is over
        except TimeoutError:
            raise Unresolved from None  # not remembered: it may have been our network
        except (OSError, UnicodeError):
            return ()
        found = [address_of(each) for each in texts]
        if len(found) > MOST_ADDRESSES:
            return ()
        return tuple(each for each in found if each is not None) if None not in found else ()

    def _answered(self, question: asyncio.Future[list[str]]) -> None:
        self.asking -= 1
        if not question.cancelled():
            question.exception()  # whoever waited has heard it
