"""A surge is flattened where it arrives: of one source at one operation, of everybody at one, of everybody at all."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, NamedTuple

from ostiary.model import Exchange, Hook, Hooks, Operation, Site
from ostiary.parts.allowances import Lenience, OnFailure, keys_of_sources, rate_of, refused
from ostiary.store.ports import Rate, Taken
from ostiary.strict import Duration, Meta, Strict

_ID = "input.rate-spike-arrest"
_Amount = Annotated[int, Meta(ge=0, le=1_000_000_000)]


class Settings(Strict, frozen=True):
    """``requests`` ``per`` a time, of which ``burst`` may come at once, of one source at one operation; above it 429.

    ``shared`` is for one operation and ``total`` for all of them, ``per`` the same time, whoever calls; above it 503,
    which says that the service is full and not that this caller did wrong. A whole ``per``'s worth of these may come at
    once. 0: no such limit. What the upstream can bear only its operator knows, so neither is set.

    ``on-failure``: while a shared store is out of reach, ``"open"`` lets each process count for itself, ``"closed"``
    answers 503.
    """

    requests: _Amount = 200
    burst: Annotated[int, Meta(ge=1, le=1_000_000)] = 400
    shared: _Amount = 0
    total: _Amount = 0
    per: Duration = Duration("1s")
    on_failure: OnFailure = "open"


class _Gate(NamedTuple):
    prefix: str  # of the key
    by_source: bool  # whether the source's own key follows
    rate: Rate
    status: int
    reason: str


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Count by generic cell rate: a bucket that leaks at an even rate, with room for a small burst."""
    gates = []
    if settings.requests:
        rate = rate_of(settings.requests, settings.per, settings.burst, 1, _ID)
        gates.append(_Gate(f"spike:{_text(rate)}:{operation.key}:", True, rate, 429, "too many requests at once"))
    for name, amount in (("shared:" + operation.key, settings.shared), ("total", settings.total)):
        if amount:
            rate = rate_of(amount, settings.per, amount, 1, _ID)
            gates.append(_Gate(f"{name}:{_text(rate)}", False, rate, 503, "the service is busy"))
    return Hooks(head=_head(gates, settings, site)) if gates else None


def _text(rate: Rate) -> str:
    return f"{rate.amount}/{rate.per:g}/{rate.burst}"


@functools.lru_cache(maxsize=64)
def _lenience(settings: Settings, site: Site) -> Lenience:
    return Lenience(settings.on_failure, _ID, site.clock)


@functools.lru_cache(maxsize=16)
def _sources(site: Site) -> Callable[[str], str]:
    return keys_of_sources("")


def _head(gates: Sequence[_Gate], settings: Settings, site: Site) -> Hook:
    take = site.counters.take
    lenience = _lenience(settings, site)
    source_key = _sources(site)

    def head(exchange: Exchange) -> Awaitable[None] | None:
        for gate in gates:
            key, by_source, rate, status, reason = gate
            if by_source:
                key += source_key(exchange.client)
            taken = take(key, rate)
            if taken.__class__ is not Taken:
                return ask(exchange, gate, taken)  # type: ignore[arg-type]  # the class says which
            wait, _ = taken
            if wait:
                raise refused(wait, reason, status)
        return None

    async def ask(exchange: Exchange, gate: _Gate, answer: Awaitable[Taken]) -> None:
        """Wait for the gate whose counter has to be asked, then for each behind it."""
        for each in gates[gates.index(gate) :]:
            key, by_source, rate, status, reason = each
            if by_source:
                key += source_key(exchange.client)
            found = answer if each is gate else take(key, rate)
            wait, _ = found if isinstance(found, Taken) else await lenience.counted(found, key, rate, 1)
            if wait:
                raise refused(wait, reason, status)

    return head
