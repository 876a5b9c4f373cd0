"""How much is under way at once has an end: of one caller, at one operation, in all; the rest waits a moment or goes."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

from ostiary.errors import ConfigError
from ostiary.model import Exchange, Hooks, Operation, Reply, Site
from ostiary.parts.allowances import keys_of_sources, refused, remembering, short
from ostiary.parts.places import Need, Places, Ticket
from ostiary.strict import Duration, Meta, Strict

_ID = "input.rate-concurrency"
_LONGEST = 30.0  # seconds in the queue: clients and proxies give up not much later
_STREAM = "text/event-stream"
_Places = Annotated[int, Meta(ge=0, le=1_000_000)]


class Settings(Strict, frozen=True):
    """How many requests may be under way at once, in each process: ``caller`` for one caller (by token, else by source
    address, IPv6 by its /64), ``operation`` for one operation, ``total`` for all together. 0: any number; what the
    upstream can bear only its operator knows, so the last two are not set.

    ``streams`` stands for ``caller`` where requests are meant to stay: WebSockets, and operations that are declared to
    answer with ``text/event-stream``.

    Where there is a ``total``, one caller gets half of it at the most.

    Who finds no place waits for up to ``wait``, first come, first served, with at most ``queue`` others, a quarter of
    them his own. Then it is 429 where his own are too many, and 503 where everybody's are. Operations with the same
    ``caller`` count together; a smaller ``total`` than elsewhere lets an operation give way first.
    """

    caller: _Places = 100
    streams: _Places = 1000
    operation: _Places = 0
    total: _Places = 0
    queue: Annotated[int, Meta(ge=0, le=100_000)] = 100
    wait: Duration = Duration("1s")


@functools.lru_cache(maxsize=16)
def _places(site: Site) -> Places:
    return Places()


@functools.lru_cache(maxsize=16)
def _sources(site: Site) -> Callable[[str], str]:
    return keys_of_sources("")


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Hold a place until the exchange is over, whatever ends it."""
    if settings.queue and not 0 < settings.wait <= _LONGEST:
        raise ConfigError(f"{_ID} wait", "expected more than nothing and 30 s at most", "queue = 0 lets nobody wait")
    stays = any(_STREAM in media for media in operation.replies.values())
    shared = []
    if settings.operation:
        shared.append(Need(f"operation:{operation.key}", settings.operation))
    if settings.total:
        shared.append(Need("total", settings.total))
    most = max(1, settings.total // 2) if settings.total else settings.caller + settings.streams
    brief, lasting = min(settings.caller, most), min(settings.streams, most)
    if not shared and not brief and not lasting:
        return None
    return _hooks(settings, site, tuple(shared), lasting if stays else brief, lasting)


@functools.lru_cache(maxsize=4096)
def _hooks(settings: Settings, site: Site, shared: tuple[Need, ...], most: int, most_sockets: int) -> Hooks:
    places = _places(site)
    lacking, take, give_back = places.lacking, places.take, places.give_back
    source_of = _sources(site)
    plain = _needs(site, most, shared)
    of_socket = _needs(site, most_sockets, shared)

    def head(exchange: Exchange) -> Awaitable[Reply | None] | None:
        principal = exchange.principal
        who = source_of(exchange.client) if principal is None else principal.identity
        needs = (of_socket if exchange.websocket else plain)(who)
        missing = lacking(needs)
        if missing is None:
            take(needs)
            exchange.when_over(partial(give_back, needs))
            return None
        ticket = Ticket(places, needs, short(who))
        if not places.queue(ticket, settings.queue):
            raise _full(missing, shared)
        exchange.when_over(ticket.end)
        return _wait(ticket, settings.wait, shared)

    return Hooks(head=head)


@functools.lru_cache(maxsize=64)
def _needs(site: Site, limit: int, shared: tuple[Need, ...]) -> Callable[[str], tuple[Need, ...]]:
    """A function from a caller to the places that he needs."""
    if not limit:
        return lambda _: shared
    return remembering(lambda who: (Need(f"{limit}:{short(who)}", limit), *shared))


async def _wait(ticket: Ticket, seconds: float, shared: tuple[Need, ...]) -> Reply | None:
    await ticket.wait(seconds)
    if ticket.holding:
        return None
    if ticket.over:
        return Reply(status=0)  # nobody is there any more
    missing = ticket.places.lacking(ticket.needs) or ticket.needs[0]
    ticket.end()
    raise _full(missing, shared)


def _full(missing: Need, shared: tuple[Need, ...]) -> Exception:
    if missing in shared:
        return refused(1.0, "the service is busy", 503)
    return refused(1.0, "too many requests at once")
