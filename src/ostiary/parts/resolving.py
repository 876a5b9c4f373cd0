"""Names are resolved without holding anybody up: bounded in time, in number and in memory, and every answer is given."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Final

from ostiary.parts.networks import Address, address_of

MOST_NAMES: Final = 1024  # remembered
MOST_AT_ONCE: Final = 32  # questions under way; each takes a thread of the loop's pool while it waits
MOST_ADDRESSES: Final = 64  # of one name; a name with more is refused, as some would not be looked at
KEPT: Final = 10.0  # seconds: a burst of requests asks once, and a change shows soon

Addresses = tuple[Address, ...]
Ask = Callable[[str], Awaitable[list[str]]]


class Unresolved(Exception):  # noqa: N818 - an answer
    """The name has no address, or none was found in time."""


async def system(name: str) -> list[str]:
    """Ask the system's resolver (getaddrinfo) for every IPv4 and IPv6 address of a name."""
    found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class Resolver:
    """Resolves names; what was asked lately is answered at once."""

    def __init__(self, clock: Callable[[], float], *, patience: float, ask: Ask | None = None) -> None:
        """Take a monotonic clock, and the seconds that an answer may take; `ask` instead of the system's resolver."""
        self._clock = clock
        self._patience = patience
        self._ask = ask
        self._known: dict[str, tuple[float, Addresses]] = {}
        self._asking = 0

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
        if self._asking >= MOST_AT_ONCE:
            raise Unresolved
        self._asking += 1
        try:
            async with asyncio.timeout(self._patience):
                texts = await (self._ask or system)(
                    name
                )  # without a final dot: search lists count, as they do for the application
        except TimeoutError:
            raise Unresolved from None  # not remembered: it may have been our network
        except (OSError, UnicodeError):
            return ()
        finally:
            self._asking -= 1
        found = [address_of(each) for each in texts]
        if len(found) > MOST_ADDRESSES:
            return ()
        return tuple(each for each in found if each is not None) if None not in found else ()
