"""Roles are asked for, and nobody is let into privileged areas for which none are declared."""

from __future__ import annotations

import functools

from ostiary.errors import ConfigError, Denied
from ostiary.model import Exchange, Hook, Hooks, Operation, Site
from ostiary.parts.rights import (
    Need,
    Rights,
    anonymous,
    asked_by_document,
    insufficient,
    marked,
    nothing_here,
    rights_of,
)
from ostiary.parts.rights_areas import Areas
from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """``roles``: any of them is needed for an operation (default: the document's ``x-roles``); ``"*"``: any caller.

    ``privileged-paths`` are starts of paths, behind the server's base, ``/api`` and versions too, and
    ``privileged-tags`` tags of operations, below which nobody passes until roles or scopes are declared.
    """

    roles: tuple[str, ...] = ()
    privileged_paths: tuple[str, ...] = (
        "/admin", "/administration", "/internal", "/manage", "/management", "/actuator", "/backoffice",
    )  # fmt: skip
    privileged_tags: tuple[str, ...] = ("admin", "internal")


_WHERE = "beyond.function-level-authorization"
_DEFAULT = Settings()


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Ask for roles, and let nobody into privileged areas for whom none are declared; None for the rest."""
    if site.tokens is None and settings == _DEFAULT:
        return None  # the application tells its callers apart by itself
    areas = _areas(settings.privileged_paths, settings.privileged_tags, site)
    if not operation.known_path:
        return Hooks(head=_outside(areas)) if areas else None
    rights = rights_of(site)
    if not operation.declared:
        return Hooks(head=_undeclared(rights, operation))
    roles = settings.roles or marked(operation, site, "x-roles")
    if roles and site.tokens is None:
        if settings.roles:
            raise ConfigError(_WHERE, "nobody has roles where no issuer is known", "add a table [issuers.NAME]")
        roles = ()
    need = rights.need(operation)
    need.roles = frozenset(roles)
    need.privileged = areas.has(operation)
    if not need.asked.alternatives:
        need.asked = asked_by_document(operation, site)
    if roles or need.privileged:
        return Hooks(head=_check(rights, need, operation), by_caller=True)
    return Hooks(head=_outside(areas)) if areas.may_have(operation.path) else None


@functools.lru_cache(maxsize=64)
def _areas(paths: tuple[str, ...], tags: tuple[str, ...], site: Site) -> Areas:
    return Areas(paths, tags, site.api.servers if site.api else (), f"{_WHERE} privileged-paths")


def _check(rights: Rights, need: Need, operation: Operation) -> Hook:
    beside = rights.beside(operation)

    def head(exchange: Exchange) -> None:
        principal = exchange.principal
        if principal is None:
            raise anonymous() if need.declared else nothing_here()
        if need.roles:
            if need.has_role(principal):
                return
        elif need.declared and rights.has_scopes(need.asked, principal):
            return
        if not rights.may_any(beside.values(), principal):
            raise nothing_here()  # to him, this is a path like any that does not exist
        raise insufficient(need.asked) if need.declared and not need.roles else Denied(403, _REASON)

    return head


_REASON = "this operation is not for your role"


@functools.lru_cache(maxsize=64)
def _outside(areas: Areas) -> Hook:
    """What is not declared as privileged is not, whatever a lenient application would read in its path."""

    def head(exchange: Exchange) -> None:
        if areas.has_path(exchange.path):
            raise nothing_here()

    return head


def _undeclared(rights: Rights, operation: Operation) -> Hook:
    """A 405 would tell those who may not know that the path exists."""
    beside = rights.beside(operation)

    def head(exchange: Exchange) -> None:
        needs = [need for need in beside.values() if need.roles or need.privileged]
        if not needs:
            return
        principal = exchange.principal
        if principal is None:
            raise anonymous() if any(need.declared for need in needs) else nothing_here()
        if not rights.may_any(beside.values(), principal):
            raise nothing_here()

    return head
