"""A token without an expiry is refused, and one after it, and one that was given too long a life."""

from __future__ import annotations

import functools

from ostiary.errors import ConfigError
from ostiary.model import Exchange, Hooks, Operation, Principal, Site
from ostiary.parts.tokens import Tokens
from ostiary.parts.tokens.refusals import refused
from ostiary.strict import Duration, Strict


class Settings(Strict, frozen=True):
    """``longest``: the life that a token may have been given, ``exp`` less ``iat``; longer ones are refused while they last.

    How far clocks may differ is each issuer's ``leeway``, a minute at most. Tokens that are introspected need no
    ``exp``: their issuer is asked again before long.
    """

    longest: Duration = Duration("60m")


@functools.lru_cache(maxsize=16)
def _hooks(longest: float, site: Site, tokens: Tokens) -> Hooks:
    if longest < 1:
        raise ConfigError("jwt.access-ttl-short longest", "is so short that no token could be used", 'write "10m"')
    now = site.now
    leeways = {name: issuer.leeway for name, issuer in tokens.issuers.items()}

    def check(exchange: Exchange, principal: Principal) -> None:
        expires = principal.expires
        if not expires:
            raise refused("the token never expires (exp)", exchange)
        moment = now()
        if expires + leeways[principal.issuer] <= moment:
            raise refused("the token has expired", exchange)
        if expires - (principal.issued or moment) > longest:
            raise refused("the token lives too long (exp, iat)", exchange)

    return Hooks(head=tokens.judge(check), by_caller=True)


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse a token without an expiry, after it, and one that was given too long a life."""
    return None if site.tokens is None else _hooks(settings.longest, site, site.tokens)
