"""Who is counted as whom, how what is left is told, and what happens while nobody can count."""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Awaitable, Callable
from typing import Final, Literal, TypeVar

from ostiary.errors import ConfigError, Denied, StoreError
from ostiary.parts.networks import address_of
from ostiary.store.memory import MemoryCounters
from ostiary.store.ports import Rate, Taken

logger = logging.getLogger("ostiary.guard")

_Value = TypeVar("_Value")
OnFailure = Literal["open", "closed"]
_IPV6_SITE: Final = 64  # bits: what one customer gets at the least (RFC 6177), and may roam in freely
_LONGEST: Final = 120  # characters of a key that are kept as they are
_MOST_REMEMBERED: Final = 8192  # keys, or lines; a full memory starts anew
_SHORTEST: Final = 0.001  # seconds
_QUIET: Final = 10.0  # seconds between two log lines about the same


def source_of(client: str) -> str:
    """What a client is counted by: its IPv4 address, its IPv6 /64, or as it is where it has no address."""
    address = address_of(client)
    if address is None:
        return short(client)
    return str(address) if address.version == 4 else f"{int(address) >> (128 - _IPV6_SITE):x}/64"  # noqa: PLR2004 - an IP version


def short(text: str) -> str:
    """A text as part of a key: itself, or a digest where it is so long that keeping many would cost us."""
    if len(text) <= _LONGEST:
        return text
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def remembering(make: Callable[[str], _Value]) -> Callable[[str], _Value]:
    """A function that remembers what it has made of a client or an identity; bounded, and cheap to ask again."""
    known: dict[str, _Value] = {}

    def made_of(text: str) -> _Value:
        try:
            return known[text]
        except KeyError:
            pass
        if len(known) >= _MOST_REMEMBERED:
            known.clear()
        made = known[text] = make(text)
        return made

    return made_of


def keys_of_sources(prefix: str) -> Callable[[str], str]:
    """A function from a client to its key."""
    return remembering(lambda client: prefix + source_of(client))


def keys_of_identities(prefix: str) -> Callable[[str], str]:
    """A function from a caller's identity to its key."""
    return remembering(lambda identity: prefix + short(identity))


def rate_of(amount: int, per: float, burst: int, cost: int, where: str) -> Rate:
    """A rate from settings.

    :raises ConfigError: when it would refuse nobody, or everybody.
    """
    if per < _SHORTEST:
        raise ConfigError(f"{where} per", "is so short that nobody is ever refused", 'write "1m"')
    if cost > burst:
        raise ConfigError(f"{where} cost", f"is more than a burst of {burst}, so every request would be refused")
    return Rate(amount, per, burst)


def refused(wait: float, reason: str = "too many requests", status: int = 429) -> Denied:
    """The refusal of one who has to wait so many seconds; 429 for his own doing (RFC 6585), 503 for everybody's."""
    return Denied(status, reason, {"retry-after": str(max(1, math.ceil(wait)))})


def policy_of(name: str, rate: Rate) -> bytes:
    """A rate as an item of RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-11)."""
    window = max(1, math.ceil(rate.per / rate.amount * rate.burst))  # seconds in which a whole burst comes back
    return b'"%b";q=%d;w=%d' % (name.encode(), rate.burst, window)


def rests_of(name: str, rate: Rate) -> Callable[[int], bytes]:
    """A function from what is left of a rate to an item of RateLimit, from the same draft."""
    step = rate.per / rate.amount
    start = b'"%b";' % name.encode()
    known: dict[int, bytes] = {}

    def rest(left: int) -> bytes:
        told = known.get(left)
        if told is None:
            told = b"%br=%d;t=%d" % (start, left, math.ceil((rate.burst - left) * step))
            if len(known) < _MOST_REMEMBERED:
                known[left] = told
        return told

    return rest


class Lenience:
    """What a limit does while its state is out of reach.

    "open": this process counts by itself, as well as it can. "closed": 503. Either way the log says so, every ten
    seconds at most.
    """

    def __init__(
        self,
        on_failure: OnFailure,
        where: str,
        clock: Callable[[], float],
        *,
        then: str = "each process counts for itself",
    ) -> None:
        self._open = on_failure == "open"
        self._then = then if self._open else "requests are refused"
        self._where = where
        self._clock = clock
        self._spare = MemoryCounters(clock=clock)
        self._said = -math.inf

    async def counted(self, answer: Awaitable[Taken], key: str, rate: Rate, cost: int) -> Taken:
        """What a counter answers, or would if it could be asked.

        :raises Denied: 503 where there must be an answer.
        """
        try:
            return await answer
        except StoreError as error:
            self.excuse(error)
            return self._spare.take(key, rate, cost)

    def excuse(self, error: StoreError) -> None:
        """Let a request pass although it could not be counted, or refuse it.

        :raises Denied: 503 where it must have been counted.
        """
        now = self._clock()
        if now - self._said >= _QUIET:
            self._said = now
            logger.error("%s: the store is out of reach, so %s: %s", self._where, self._then, error)
        if not self._open:
            raise Denied(503, "the service is not ready", {"retry-after": "1"}) from error
