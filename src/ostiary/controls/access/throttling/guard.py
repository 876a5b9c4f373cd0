"""Each source has an allowance, and each caller who is known; above it the cheapest reply there is."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Annotated

from ostiary.model import Exchange, Hook, Hooks, Operation, Site
from ostiary.parts.allowances import (
    Lenience,
    OnFailure,
    keys_of_identities,
    keys_of_sources,
    policy_of,
    rate_of,
    refused,
    rests_of,
)
from ostiary.store.ports import Rate, Taken
from ostiary.strict import Duration, Meta, Strict

_ID = "access.throttling"
_Amount = Annotated[int, Meta(ge=1, le=1_000_000_000)]
_Burst = Annotated[int, Meta(ge=1, le=100_000)]


class Settings(Strict, frozen=True):
    """``requests`` ``per`` a time, of which ``burst`` may come at once; per source address, IPv6 by its /64.

    ``identity-requests`` and ``identity-burst`` say the same of a caller whose token was believed, wherever he calls from;
    0: no such limit. A request takes ``cost`` units of either. Operations with the same numbers share one allowance, at
    different costs if they like; an operation with others has its own. Loopback is not exempt.

    ``on-failure``: while a shared store is out of reach, ``"open"`` lets each process count for itself, ``"closed"``
    answers 503.
    """

    requests: _Amount = 1200
    per: Duration = Duration("1m")
    burst: _Burst = 200
    identity_requests: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 6000
    identity_burst: _Burst = 1000
    cost: _Burst = 1
    on_failure: OnFailure = "open"


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Count each request by its source and by its caller, refuse above a rate, tell what is left (ratelimit-headers 11)."""
    return _hooks(settings, site)


@functools.lru_cache(maxsize=64)
def _hooks(settings: Settings, site: Site) -> Hooks:
    rate = rate_of(settings.requests, settings.per, settings.burst, settings.cost, _ID)
    head = _by_source(settings, site, rate)
    if site.tokens is None or not settings.identity_requests:
        return Hooks(head=head, reply=_reply(rate))
    own = rate_of(settings.identity_requests, settings.per, settings.identity_burst, settings.cost, f"{_ID} identity")
    return Hooks(head=head, caller=_by_identity(settings, site, own), reply=_reply_to_both(rate, own))


def _by_source(settings: Settings, site: Site, rate: Rate) -> Hook:
    take = site.counters.take
    cost = settings.cost
    key_of = keys_of_sources(f"source:{rate.amount}/{rate.per:g}/{rate.burst}:")
    lenience = Lenience(settings.on_failure, _ID, site.clock)

    def head(exchange: Exchange) -> Awaitable[None] | None:
        key = key_of(exchange.client)
        taken = take(key, rate, cost)
        if taken.__class__ is not Taken:
            return ask(exchange, key, taken)  # type: ignore[arg-type]  # the class says which
        wait, exchange.allowance = taken
        if wait:
            raise refused(wait)
        return None

    async def ask(exchange: Exchange, key: str, answer: Awaitable[Taken]) -> None:
        wait, exchange.allowance = await lenience.counted(answer, key, rate, cost)
        if wait:
            raise refused(wait)

    return head


def _by_identity(settings: Settings, site: Site, rate: Rate) -> Hook:
    take = site.counters.take
    cost = settings.cost
    key_of = keys_of_identities(f"identity:{rate.amount}/{rate.per:g}/{rate.burst}:")
    lenience = Lenience(settings.on_failure, f"{_ID} identity", site.clock)

    def caller(exchange: Exchange) -> Awaitable[None] | None:
        principal = exchange.principal
        if principal is None:
            return None
        key = key_of(principal.identity)
        taken = take(key, rate, cost)
        if taken.__class__ is not Taken:
            return ask(exchange, key, taken)  # type: ignore[arg-type]  # the class says which
        wait, left = taken
        exchange.note(_ID, left)
        if wait:
            raise refused(wait)
        return None

    async def ask(exchange: Exchange, key: str, answer: Awaitable[Taken]) -> None:
        wait, left = await lenience.counted(answer, key, rate, cost)
        exchange.note(_ID, left)
        if wait:
            raise refused(wait)

    return caller


def _reply(rate: Rate) -> Callable[[Exchange], None]:
    rest = rests_of("source", rate)
    policy = (b"ratelimit-policy", policy_of("source", rate))

    def reply(exchange: Exchange) -> None:
        left = exchange.allowance
        if left >= 0:
            exchange.reply_headers += (policy, (b"ratelimit", rest(left)))

    return reply


def _reply_to_both(rate: Rate, own: Rate) -> Callable[[Exchange], None]:
    rest, rest_of_own = rests_of("source", rate), rests_of("identity", own)
    by_source = _reply(rate)
    policy = (b"ratelimit-policy", policy_of("source", rate) + b", " + policy_of("identity", own))

    def reply(exchange: Exchange) -> None:
        left = exchange.notes.get(_ID)
        if left is None:
            by_source(exchange)
        else:
            told = rest(exchange.allowance) + b", " + rest_of_own(left)
            exchange.reply_headers += (policy, (b"ratelimit", told))

    return reply
