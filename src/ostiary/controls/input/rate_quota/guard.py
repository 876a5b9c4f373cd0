"""Each consumer has an allowance for the hour, the day or the month, counted durably and exactly, refused when spent."""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple

from ostiary.errors import ConfigError, StoreError
from ostiary.model import Exchange, Hook, Hooks, Operation, Principal, Site
from ostiary.parts.allowances import Lenience, OnFailure, keys_of_identities, keys_of_sources, refused, short
from ostiary.parts.claim_texts import claim_of
from ostiary.parts.windows import Span, window_of
from ostiary.store.ports import Taken
from ostiary.strict import Meta, Strict

_ID = "input.rate-quota"
_Amount = Annotated[int, Meta(ge=0, le=1_000_000_000_000)]
Pairs = tuple[tuple[bytes, bytes], ...]


class Settings(Strict, frozen=True):
    """``requests`` ``per`` ``"hour"``, ``"day"`` or ``"month"`` of UTC for each caller whose token was believed; 0, the
    default: no quota. ``plans`` gives other numbers to those whose token has one of these values in the claim
    ``plan-claim``, the largest of several. ``claim`` counts by a claim of the token (a tenant, ``"client_id"``) instead of by who calls.

    ``key-header`` counts callers without a token by an API key in this header, which the application has to check;
    ``anonymous`` is the quota of those who have neither, by source address, IPv6 by its /64. 0: they have no quota.

    A request takes ``cost`` units. Operations share one allowance, unless ``name`` gives one another; clients see the
    name. ``on-failure``: while a shared store is out of reach, ``"open"`` lets requests pass uncounted, ``"closed"``
    answers 503.
    """

    requests: _Amount = 0
    per: Span = "day"
    plans: dict[str, Annotated[int, Meta(ge=1, le=1_000_000_000_000)]] = {}
    plan_claim: Annotated[str, Meta(min_length=1)] = "plan"
    claim: str = ""
    key_header: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]*$")] = ""
    anonymous: _Amount = 0
    cost: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,40}$")] = "quota"
    on_failure: OnFailure = "open"


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Spend before the application works; nothing configured is no quota."""
    if not settings.requests and (settings.plans or settings.key_header):
        raise ConfigError(f"{_ID} requests", "is not given", "say what callers have who are of no plan")
    if not settings.requests and not settings.anonymous:
        return None
    if settings.requests and site.tokens is None and not settings.key_header:
        hint = "configure [issuers.NAME], count API keys by key-header, or sources by anonymous"
        raise ConfigError(f"{_ID} requests", "no caller can be told from another", hint)
    small = min([each for each in (settings.requests, settings.anonymous, *settings.plans.values()) if each])
    if settings.cost > small:
        raise ConfigError(f"{_ID} cost", f"is more than a whole quota of {small}, so it could never be paid")
    return _hooks(_Frozen(settings), site)


class _Frozen(NamedTuple):
    """Settings as a key: their table of plans has no hash."""

    settings: Settings

    def __hash__(self) -> int:
        return hash(self.settings.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen) and self.settings == other.settings


@functools.lru_cache(maxsize=64)
def _hooks(frozen: _Frozen, site: Site) -> Hooks:
    def reply(exchange: Exchange) -> None:
        fields = exchange.notes.get(_ID)
        if fields is not None:
            exchange.reply_headers += fields

    return Hooks(head=_head(frozen.settings, site), reply=reply)


def _head(settings: Settings, site: Site) -> Hook:
    spend = site.store.quotas.spend
    now = site.now
    consumer_of = _consumers(settings)
    cost = settings.cost
    span = settings.per
    window = window_of(span, now())
    tell = _telling(settings.name)
    lenience = Lenience(settings.on_failure, _ID, site.clock, then="requests are not counted")

    def head(exchange: Exchange) -> Awaitable[None] | None:
        nonlocal window
        consumer = consumer_of(exchange)
        if consumer is None:
            return None
        key, limit = consumer
        start, end = window
        moment = now()
        if not start <= moment < end:
            start, end = window = window_of(span, moment)
        taken = spend(key, limit, end, cost)
        if taken.__class__ is not Taken:
            return ask(exchange, limit, end - start, end - moment, taken)  # type: ignore[arg-type]  # the class says which
        wait, left = taken
        exchange.note(_ID, tell(limit, end - start, left, end - moment))
        if wait:
            raise refused(wait, "the quota is spent")
        return None

    async def ask(exchange: Exchange, limit: int, length: int, rest: float, answer: Awaitable[Taken]) -> None:
        try:
            wait, left = await answer
        except StoreError as error:
            lenience.excuse(error)
            return
        exchange.note(_ID, tell(limit, length, left, rest))
        if wait:
            raise refused(wait, "the quota is spent")

    return head


def _telling(name: str) -> Callable[[int, int, int, float], Pairs]:
    """A function from limit, length of the window, what is left of both, to the RateLimit fields of the same draft 11."""
    start = b'"%b";' % name.encode()
    policies: dict[tuple[int, int], tuple[bytes, bytes]] = {}

    def tell(limit: int, length: int, left: int, rest: float) -> Pairs:
        policy = policies.get((limit, length))
        if policy is None:  # as many as plans, and lengths of a month
            policy = policies[limit, length] = (b"ratelimit-policy", b"%bq=%d;w=%d" % (start, limit, length))
        return policy, (b"ratelimit", b"%br=%d;t=%d" % (start, max(0, left), math.ceil(rest)))

    return tell


def _consumers(settings: Settings) -> Callable[[Exchange], tuple[str, int] | None]:
    """A function that says whose allowance an exchange spends, and how large it is; None: nobody's."""
    prefix = f"quota:{settings.name}:{settings.per}"
    header = settings.key_header.lower().encode()
    source_key = keys_of_sources(f"{prefix}:source:")

    identity_key = keys_of_identities(f"{prefix}:identity:")
    plain = not settings.plans and not settings.claim
    requests = settings.requests

    def consumer_of(exchange: Exchange) -> tuple[str, int] | None:
        principal = exchange.principal
        if principal is not None:
            if plain:
                return (identity_key(principal.identity), requests) if requests else None
            limit = _limit_of(principal, settings)
            values = claim_of(principal.claims, settings.claim) if settings.claim else ()
            if values:
                return f"{prefix}:claim:{principal.issuer}:{short(values[0])}", limit
            return identity_key(principal.identity), limit
        if header and requests:
            key = exchange.head(header)
            if key:
                return f"{prefix}:key:{hashlib.sha256(key).hexdigest()}", requests
        if settings.anonymous:
            return source_key(exchange.client), settings.anonymous
        return None

    return consumer_of


def _limit_of(principal: Principal, settings: Settings) -> int:
    named = [settings.plans.get(each, 0) for each in claim_of(principal.claims, settings.plan_claim)]
    return max(named, default=0) or settings.requests
