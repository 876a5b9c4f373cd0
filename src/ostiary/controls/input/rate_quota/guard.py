"""Each consumer has an allowance for the hour, the day or the month, counted durably and exactly, refused when spent."""

from __future__ import annotations

import functools
import math
from collections.abc import Awaitable, Callable, Container
from typing import NamedTuple

from ostiary.controls.input.rate_quota.consumers import Consumer, consumers
from ostiary.controls.input.rate_quota.settings import Settings
from ostiary.errors import ConfigError, StoreError
from ostiary.model import Exchange, Hook, Hooks, Operation, Site
from ostiary.parts.allowances import Lenience, refused
from ostiary.parts.windows import Window, window_of
from ostiary.store.ports import Taken

__all__ = ["Settings", "guard"]

_ID = "input.rate-quota"
_PROOF = f"{_ID} key"
_ACCEPTED = range(200, 300)  # others may have been said before anybody looked at the key
_MOST_PROVEN = 50_000  # API keys that the application has accepted; a full memory starts anew
_Pairs = tuple[tuple[bytes, bytes], ...]


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
    # where nobody is asked for a key, any will do, and none is proven
    return _hooks(_Frozen(settings), site, operation.security != ())


class _Frozen(NamedTuple):
    """Settings as a key: their table of plans has no hash."""

    settings: Settings

    def __hash__(self) -> int:
        return hash(self.settings.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen) and self.settings == other.settings


@functools.lru_cache(maxsize=16)
def _proven(site: Site) -> dict[str, None]:
    return {}


@functools.lru_cache(maxsize=64)
def _hooks(frozen: _Frozen, site: Site, proves: bool) -> Hooks:  # noqa: FBT001 - a key
    proven = _proven(site)

    def reply(exchange: Exchange) -> None:
        fields = exchange.notes.get(_ID)
        if fields is not None:
            exchange.reply_headers += fields
        proof = exchange.notes.get(_PROOF) if proves else None
        if proof is not None and not exchange.ours and exchange.status in _ACCEPTED:
            if len(proven) >= _MOST_PROVEN:
                proven.clear()
            proven[proof] = None

    return Hooks(head=_head(frozen.settings, site, proven), reply=reply)


def _head(settings: Settings, site: Site, proven: Container[str]) -> Hook:
    spend = site.store.quotas.spend
    now = site.now
    consumer_of = consumers(settings, proven)
    cost = settings.cost
    window = window_of(settings.per, now())
    tell = _telling(settings.name)
    ask = _asking(Lenience(settings.on_failure, _ID, site.clock, then="requests are not counted"), tell)

    def head(exchange: Exchange) -> Awaitable[None] | None:
        nonlocal window
        consumer = consumer_of(exchange)
        if consumer is None:
            return None
        key, limit, source, _ = consumer
        moment = now()
        if not window.start <= moment < window.end:
            window = window_of(settings.per, moment)
        if source:
            return both(exchange, consumer, window, moment)
        taken = spend(key, limit, window.end, cost)
        if taken.__class__ is not Taken:
            return ask(exchange, limit, window, moment, taken)
        wait, left = taken
        exchange.note(_ID, tell(limit, window, left, moment))
        if wait:
            raise refused(wait, "the quota is spent")
        return None

    async def both(exchange: Exchange, consumer: Consumer, window: Window, moment: float) -> None:
        """Spend of the source first, so that it cannot open more accounts than it may send requests."""
        exchange.note(_PROOF, consumer.proof)
        for key in (consumer.source, consumer.key):
            await ask(exchange, consumer.limit, window, moment, spend(key, consumer.limit, window.end, cost))

    return head


_Tell = Callable[[int, Window, int, float], _Pairs]
_Ask = Callable[[Exchange, int, Window, float, Taken | Awaitable[Taken]], Awaitable[None]]


def _asking(lenience: Lenience, tell: _Tell) -> _Ask:
    async def ask(
        exchange: Exchange, limit: int, window: Window, moment: float, answer: Taken | Awaitable[Taken]
    ) -> None:
        try:
            wait, left = answer if isinstance(answer, Taken) else await answer
        except StoreError as error:
            lenience.excuse(error)
            return
        exchange.note(_ID, tell(limit, window, left, moment))
        if wait:
            raise refused(wait, "the quota is spent")

    return ask


def _telling(name: str) -> _Tell:
    """A function from limit, window, what is left and the time to the RateLimit fields (ratelimit-headers draft 11)."""
    item = b'"%b";' % name.encode()
    policies: dict[tuple[int, int], tuple[bytes, bytes]] = {}

    def tell(limit: int, window: Window, left: int, moment: float) -> _Pairs:
        start, end = window
        policy = policies.get((limit, end - start))
        if policy is None:  # as many as there are plans, and lengths of a month
            policy = policies[limit, end - start] = (b"ratelimit-policy", b"%bq=%d;w=%d" % (item, limit, end - start))
        return policy, (b"ratelimit", b"%br=%d;t=%d" % (item, max(0, left), math.ceil(end - moment)))

    return tell
