"""Each source has an allowance; above it the cheapest reply there is."""

from __future__ import annotations

import functools
import math
from collections.abc import Awaitable
from typing import Annotated

from ostiary.errors import ConfigError, Denied
from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts.networks import address_of
from ostiary.store.ports import Counters, Rate, Taken
from ostiary.strict import Duration, Meta, Strict

_MOST_REMEMBERED = 8192  # addresses whose key is known; a full memory starts anew
_SHORTEST = 0.001  # seconds
_IPV6_SITE = 64  # bits: what one customer gets at the least (RFC 6177), and may roam in freely


class Settings(Strict, frozen=True):
    """``requests`` ``per`` a time, of which ``burst`` may come at once; per source address, IPv6 by its /64.

    Operations with the same three share one allowance; an operation with others has its own. Loopback is not exempt.
    """

    requests: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 1200
    per: Duration = Duration("1m")
    burst: Annotated[int, Meta(ge=1, le=100_000)] = 200


def key_of(client: str) -> str:
    """What a client is counted by: its IPv4 address, its IPv6 /64, or as it is where it has no address."""
    address = address_of(client)
    if address is None:
        return client
    return str(address) if address.version == 4 else f"{int(address) >> (128 - _IPV6_SITE):x}/64"  # noqa: PLR2004 - an IP version


@functools.lru_cache(maxsize=16)
def _hooks(settings: Settings, site: Site) -> Hooks:  # noqa: C901 - closures, each of them small
    if settings.per < _SHORTEST:
        raise ConfigError("access.throttling per", "is so short that nobody is ever refused", 'write "1m"')
    counters: Counters = site.counters
    rate = Rate(settings.requests, settings.per, settings.burst)
    step = rate.per / rate.amount
    window = max(1, math.ceil(step * rate.burst))  # seconds in which a whole burst comes back
    policy = (b"ratelimit-policy", b'"source";q=%d;w=%d' % (rate.burst, window))
    prefix = f"source:{rate.amount}/{rate.per:g}/{rate.burst}:"
    keys: dict[str, str] = {}

    def head(exchange: Exchange) -> Awaitable[None] | None:
        client = exchange.client
        key = keys.get(client)
        if key is None:
            if len(keys) >= _MOST_REMEMBERED:
                keys.clear()
            key = keys[client] = prefix + key_of(client)
        taken = counters.take(key, rate)
        if taken.__class__ is not Taken:
            return ask(exchange, taken)  # type: ignore[arg-type]  # the class says which
        wait, exchange.allowance = taken
        if wait:
            raise Denied(429, "too many requests", {"retry-after": str(math.ceil(wait))})
        return None

    async def ask(exchange: Exchange, answer: Awaitable[Taken]) -> None:
        wait, exchange.allowance = await answer
        if wait:
            raise Denied(429, "too many requests", {"retry-after": str(math.ceil(wait))})

    def reply(exchange: Exchange) -> None:
        left = exchange.allowance
        if left >= 0:
            exchange.reply_headers += fields.get(left) or tell(left)

    fields: dict[int, tuple[tuple[bytes, bytes], ...]] = {}

    def tell(left: int) -> tuple[tuple[bytes, bytes], ...]:
        until = math.ceil((rate.burst - left) * step)
        told = (policy, (b"ratelimit", b'"source";r=%d;t=%d' % (left, until)))
        if len(fields) < _MOST_REMEMBERED:
            fields[left] = told
        return told

    return Hooks(head=head, reply=reply)


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Count each request by its source, refuse above the rate, tell what is left (ratelimit-headers draft 11)."""
    return _hooks(settings, site)
