"""Each consumer has an allowance for the hour, the day or the month, counted durably and exactly, refused when spent."""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple

from ostiary.errors import ConfigError, Denied, StoreError
from ostiary.model import Exchange, Hook, Hooks, Operation, Principal, Site
from ostiary.parts.allowances import Lenience, OnFailure, keys_of_sources, short
from ostiary.parts.claim_texts import claim_of
from ostiary.parts.windows import Span, Window, window_of
from ostiary.store.ports import Taken
from ostiary.strict import Meta, Strict

_ID = "input.rate-quota"
_Amount = Annotated[int, Meta(ge=0, le=1_000_000_000_000)]
_Spent = tuple[int, int]  # limit, left


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


class _Consumer(NamedTuple):
    key: str
    limit: int


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
    settings = frozen.settings
    name = settings.name.encode()
    now = site.now
    span = settings.per
    known = window_of(span, now())

    def window() -> Window:
        nonlocal known
        moment = now()
        if not known.start <= moment < known.end:
            known = window_of(span, moment)
        return known

    def reply(exchange: Exchange) -> None:
        spent = exchange.notes.get(_ID)
        if spent is not None:
            limit, left = spent
            start, end = window()
            until = max(0, math.ceil(end - now()))
            exchange.reply_headers += (
                (b"ratelimit-policy", b'"%b";q=%d;w=%d' % (name, limit, end - start)),
                (b"ratelimit", b'"%b";r=%d;t=%d' % (name, max(left, 0), until)),
            )

    return Hooks(head=_head(settings, site, window), reply=reply)


def _head(settings: Settings, site: Site, window: Callable[[], Window]) -> Hook:
    spend = site.store.quotas.spend
    consumer_of = _consumers(settings)
    cost = settings.cost
    lenience = Lenience(settings.on_failure, _ID, site.clock, then="requests are not counted")

    def head(exchange: Exchange) -> Awaitable[None] | None:
        consumer = consumer_of(exchange)
        if consumer is None:
            return None
        taken = spend(consumer.key, consumer.limit, window().end, cost)
        if taken.__class__ is not Taken:
            return ask(exchange, consumer.limit, taken)  # type: ignore[arg-type]  # the class says which
        settle(exchange, consumer.limit, taken)
        return None

    async def ask(exchange: Exchange, limit: int, answer: Awaitable[Taken]) -> None:
        try:
            taken = await answer
        except StoreError as error:
            lenience.excuse(error)
            return
        settle(exchange, limit, taken)

    def settle(exchange: Exchange, limit: int, taken: Taken) -> None:
        wait, left = taken
        exchange.note(_ID, (limit, left))
        if wait:
            raise Denied(429, "the quota is spent", {"retry-after": str(max(1, math.ceil(wait)))})

    return head


def _consumers(settings: Settings) -> Callable[[Exchange], _Consumer | None]:
    """A function that says whose allowance an exchange spends; None: nobody's."""
    prefix = f"quota:{settings.name}:{settings.per}"
    header = settings.key_header.lower().encode()
    source_key = keys_of_sources(f"{prefix}:source:")

    def consumer_of(exchange: Exchange) -> _Consumer | None:
        principal = exchange.principal
        if principal is not None:
            limit = _limit_of(principal, settings)
            return _Consumer(f"{prefix}:{_name_of(principal, settings.claim)}", limit) if limit else None
        if header and settings.requests:
            key = exchange.head(header)
            if key:
                return _Consumer(f"{prefix}:key:{hashlib.sha256(key).hexdigest()}", settings.requests)
        if settings.anonymous:
            return _Consumer(source_key(exchange.client), settings.anonymous)
        return None

    return consumer_of


def _limit_of(principal: Principal, settings: Settings) -> int:
    if not settings.plans:
        return settings.requests
    named = [settings.plans.get(each, 0) for each in claim_of(principal.claims, settings.plan_claim)]
    return max(named, default=0) or settings.requests


def _name_of(principal: Principal, claim: str) -> str:
    values = claim_of(principal.claims, claim) if claim else ()
    return f"claim:{principal.issuer}:{short(values[0])}" if values else f"identity:{short(principal.identity)}"
