"""What a path does not declare gets 405 with the methods it has; what reflects requests gets 501."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from ostiary.errors import Denied
from ostiary.model import Exchange, Hooks, Operation, Reply, Site
from ostiary.strict import Strict

REFLECTING = frozenset({"TRACE", "TRACK", "CONNECT"})  # they echo credentials or open tunnels; no API needs them
RECOGNISED = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "QUERY"}) | REFLECTING


class Settings(Strict, frozen=True):
    """Nothing to set: the document says it all."""


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Answer OPTIONS, refuse what the path does not have, and correct the Allow of the application's own 405."""
    if not operation.known_path:
        return Hooks(head=_refuse_reflecting)
    methods = frozenset(operation.methods if not operation.declared else operation.methods | {operation.method})
    allowed = methods - REFLECTING | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
    return _hooks(allowed, declared=operation.declared and operation.method not in REFLECTING)


@cache
def _hooks(allowed: frozenset[str], *, declared: bool) -> Hooks:
    allow = ", ".join(sorted(allowed))

    def reply(exchange: Exchange) -> None:
        if exchange.status == 405:  # noqa: PLR2004 - RFC 9110 section 15.5.6
            true = allow if exchange.method not in allowed else ", ".join(sorted(allowed - {exchange.method}))
            kept = [pair for pair in exchange.reply_headers if pair[0] != b"allow"]
            exchange.reply_headers = [*kept, (b"allow", true.encode("ascii"))]

    return Hooks(head=None if declared else _answer_undeclared(allow), reply=reply, pure=True)


def _answer_undeclared(allow: str) -> Callable[[Exchange], Reply | None]:
    def head(exchange: Exchange) -> Reply | None:
        if exchange.method == "OPTIONS":
            return Reply(status=204, headers=[(b"allow", allow.encode("ascii"))])
        if exchange.method not in RECOGNISED:
            raise Denied(501, "this method is not known here")  # RFC 9110 section 15.6.2
        raise Denied(405, "this resource does not have that method", {"allow": allow})

    return head


def _refuse_reflecting(exchange: Exchange) -> None:
    if exchange.method in REFLECTING:
        raise Denied(501, "this method is not known here")  # a 405 would owe an Allow that nobody knows
