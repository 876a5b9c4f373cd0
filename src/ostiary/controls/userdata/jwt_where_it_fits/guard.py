"""A token of a kind that was not chosen is refused, where a choice was made."""

from __future__ import annotations

import functools
from typing import Literal

from ostiary.errors import ConfigError
from ostiary.model import Exchange, Hooks, Operation, Principal, Site
from ostiary.parts.tokens import Tokens
from ostiary.parts.tokens.refusals import refused
from ostiary.strict import Strict

Kind = Literal["jwt", "opaque"]


class Settings(Strict, frozen=True):
    """``accepts``: the kinds of token that were chosen, ``"jwt"`` (signed, RFC 9068) and ``"opaque"`` (introspected).

    Empty: whatever the issuers give. An operation whose access must end the moment it is taken back accepts
    ``["opaque"]``; one that no call to the issuer may hold up accepts ``["jwt"]``.
    """

    accepts: tuple[Kind, ...] = ()


@functools.lru_cache(maxsize=16)
def _hooks(accepted: frozenset[Kind], tokens: Tokens) -> Hooks:
    if "opaque" in accepted and not any(each.asks for each in tokens.issuers.values()):
        where = "userdata.jwt-where-it-fits accepts"
        raise ConfigError(where, "names opaque tokens, which no issuer is asked about", "give an issuer introspection")

    def check(exchange: Exchange, principal: Principal) -> None:
        sent = exchange.head(b"authorization") or b""
        kind: Kind = "jwt" if sent.count(b".") == 2 else "opaque"  # noqa: PLR2004 - RFC 7515 section 7.1
        if kind not in accepted:
            raise refused("the token is not of a kind that is accepted here", exchange)

    return Hooks(head=tokens.judge(check), by_caller=True)


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse tokens of a kind that was not chosen, where a choice was made."""
    if site.tokens is None or not settings.accepts:
        return None
    return _hooks(frozenset(settings.accepts), site.tokens)
