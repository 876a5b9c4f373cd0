"""Callers reach what is their own under an alias, and the form that names somebody is closed."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Literal

from ostiary.errors import ConfigError, Denied
from ostiary.model import Exchange, Hook, Hooks, Operation, Principal, Site
from ostiary.parts.rights import anonymous, nothing_here, rights_of
from ostiary.parts.rights_aliases import Alias, Rewriter, led_back, read_aliases
from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """``aliases``: paths that stand for the caller's own, ``"/me" = "/users/{token.sub}"``: every operation at or below
    ``/users/{..}`` is served below ``/me`` too, with the same controls, unless the document has it there already.

    ``direct``: what the form with an id is to callers who have none of ``exempt-roles`` and ``exempt-scopes``: ``"closed"``
    (404), ``"own"`` (their own id may stand there), or ``"open"``. It says nothing about objects further down the path.
    """

    aliases: dict[str, str] = {}
    direct: Literal["closed", "own", "open"] = "closed"
    exempt_roles: tuple[str, ...] = ()
    exempt_scopes: tuple[str, ...] = ()


_ID = "processing.me-not-user-id"
_REFERENCES = frozenset({b"location", b"content-location"})


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Rewrite requests for an alias, and close the form that names somebody; None for all other operations."""
    aliases = _aliases(tuple(settings.aliases.items()))
    if not aliases or not operation.declared:
        return None
    if site.tokens is None:
        raise ConfigError(_ID, "nobody can be told who he is where no issuer is known", "add a table [issuers.NAME]")
    if operation.alias_of:
        for alias in aliases:
            if alias.leads_to(operation.alias_of) and alias.path_of(operation.alias_of) == operation.path:
                return _aliasing(alias, site)
    for alias in aliases:
        if settings.direct != "open" and alias.leads_to(operation.path, whole=False):
            own = _own(alias, operation, site) if settings.direct == "own" else None
            return Hooks(head=_closed(settings.exempt_roles, settings.exempt_scopes, own, site))
    return None


@functools.lru_cache(maxsize=64)
def _aliases(pairs: tuple[tuple[str, str], ...]) -> tuple[Alias, ...]:
    return read_aliases(dict(pairs), f"{_ID} aliases")


@functools.lru_cache(maxsize=64)
def _aliasing(alias: Alias, site: Site) -> Hooks:
    rewriter = Rewriter(alias, site.operations)
    path = alias.path.encode("ascii")

    def head(exchange: Exchange) -> None:
        principal = exchange.principal
        if principal is None:
            raise anonymous()
        exchange.note(_ID, rewriter.rewrite(exchange, principal))

    def reply(exchange: Exchange) -> None:
        exchange.reply_headers.append((b"vary", b"Authorization"))  # the same URL is another thing to another caller
        own = exchange.notes.get(_ID)
        if own is None or exchange.ours or _REFERENCES.isdisjoint(dict(exchange.reply_headers)):
            return
        exchange.reply_headers = [
            (name, (led_back(value, own, path) or value) if name in _REFERENCES else value)
            for name, value in exchange.reply_headers
        ]

    return Hooks(head=head, reply=reply)


def _own(alias: Alias, operation: Operation, site: Site) -> Callable[[Exchange, Principal], bool]:
    rewriter = Rewriter(alias, site.operations)

    def own(exchange: Exchange, principal: Principal) -> bool:
        try:
            values = rewriter.own(principal)[1]
        except Denied:
            return False
        return exchange.path_values[: len(values)] == values

    return own


@functools.lru_cache(maxsize=256)
def _closed(
    roles: tuple[str, ...], scopes: tuple[str, ...], own: Callable[[Exchange, Principal], bool] | None, site: Site
) -> Hook:
    rights = rights_of(site)
    any_role, any_scope = frozenset(roles), frozenset(scopes)

    def head(exchange: Exchange) -> None:
        principal = exchange.principal
        if principal is not None:
            if not any_role.isdisjoint(principal.roles) or not any_scope.isdisjoint(rights.scopes(principal)):
                return
            if own is not None and own(exchange, principal):
                return
        raise nothing_here()

    return head
