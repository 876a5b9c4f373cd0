"""Refuse a head that is ambiguous about where the request ends, or whom it is for."""

from __future__ import annotations

from ostiary.errors import Denied
from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts.framing import fault
from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """Nothing to set: what two servers could read in two ways is refused. The gateway refuses it while parsing, and more
    that only the bytes show; inside another server this is what can still be seen.
    """


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse a head that is ambiguous about where the request ends, or whom it is for."""
    return _HOOKS


def _clear(exchange: Exchange) -> None:
    found = fault(exchange.headers, exchange.raw_path)
    if found:
        raise Denied(400, found, {"connection": "close"})


_HOOKS = Hooks(head=_clear, pure=True)
