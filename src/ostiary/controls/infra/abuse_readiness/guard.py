"""What an operator orders holds from the next request on: a source, a caller or a tenant is shut out, a route closed."""

from __future__ import annotations

import functools
import math
from typing import Annotated

from ostiary.errors import Denied
from ostiary.model import Exchange, Hook, Hooks, Operation, Principal, Site
from ostiary.parts.claim_texts import claim_of
from ostiary.parts.orders import Book
from ostiary.store.ports import Ban
from ostiary.strict import Meta, Strict


class Settings(Strict, frozen=True):
    """``tenant-claim``: the claim of a token that says whose tenant the caller is (``"org.id"`` looks inside ``org``).

    Orders are not settings: ``ostiary ban`` gives them, and each ends by itself.
    """

    tenant_claim: Annotated[str, Meta(min_length=1, max_length=200)] = "tenant"


@functools.lru_cache(maxsize=16)
def _book(site: Site) -> Book:
    return Book(site.store.bans, site.now)


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse whoever is banned and whatever is closed; nothing but a comparison while no order is in force."""
    book = _book(site)
    bans = book.bans
    names = (operation.key, f"* {operation.path}", "*")

    def head(exchange: Exchange) -> None:
        orders = book.orders if bans.changes == book.seen else book.read()
        if orders is None:
            return
        if orders.sources:
            ban = orders.of_source(exchange.client)
            if ban is not None and book.holds(ban):
                raise Denied(403, "access is suspended")
        for name in names if orders.closed else ():
            ban = orders.closed.get(name)
            if ban is not None and book.holds(ban):
                wait = max(1, math.ceil(ban.until - book.now()))
                raise Denied(503, "this operation is closed for now", {"retry-after": str(wait)})

    return Hooks(head=head, caller=_caller(settings, site) if site.tokens is not None else None)


@functools.lru_cache(maxsize=16)
def _caller(settings: Settings, site: Site) -> Hook:
    book = _book(site)

    def caller(exchange: Exchange) -> None:
        orders = book.orders
        principal = exchange.principal
        if orders is None or principal is None:
            return
        for ban in _about(principal, orders.identities, orders.tenants, settings.tenant_claim):
            if book.holds(ban):
                raise Denied(403, "access is suspended")

    return caller


def _about(principal: Principal, identities: dict[str, Ban], tenants: dict[str, Ban], claim: str) -> list[Ban]:
    found = [identities.get(principal.identity), identities.get(principal.subject)] if identities else []
    if tenants:
        found += [tenants.get(each) for each in claim_of(principal.claims, claim)]
    return [ban for ban in found if ban is not None]
