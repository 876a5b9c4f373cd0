"""Clear text is refused before a credential in it is looked at."""

from __future__ import annotations

import functools
from typing import Literal

from ostiary.errors import Denied
from ostiary.model import Exchange, Hook, Hooks, Operation, Site
from ostiary.parts.networks import is_local
from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """``clear-text``: who may call without TLS. ``loopback``: callers on this machine, where no network is crossed.

    Behind a proxy that ends TLS, name it in beyond.host-and-proxy-trust: its word on the scheme counts then.
    """

    clear_text: Literal["loopback", "never", "always"] = "loopback"


@functools.cache
def _refuse(*, loopback: bool) -> Hook:
    def head(exchange: Exchange) -> None:
        if exchange.scheme == "https":
            return
        if loopback and is_local(exchange.peer) and is_local(exchange.client):
            return
        # RFC 9110 section 15.5.22 would have 426 name a protocol to upgrade to on this connection; there is none
        raise Denied(403, "this API answers over HTTPS only; treat what was sent in clear text as known to others")

    return head


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse clear text; no redirect, which would have a client go on sending its credentials twice."""
    if settings.clear_text == "always":
        return None
    return Hooks(head=_refuse(loopback=settings.clear_text == "loopback"), pure=True)
