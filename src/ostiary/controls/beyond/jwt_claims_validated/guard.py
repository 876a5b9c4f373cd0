"""A token of another issuer, for another service, of another kind or of another time is refused."""

from __future__ import annotations

import functools

from ostiary.model import Exchange, Hooks, Operation, Principal, Site
from ostiary.parts.tokens import Tokens
from ostiary.parts.tokens.refusals import refused
from ostiary.strict import Strict


class Settings(Strict, frozen=True):
    """Nothing to set here: ``[issuers.NAME]`` says which ``iss``, ``aud``, ``typ`` and other claims its tokens have."""


_REASONS = {  # what a client can do something about; the others are called by their names
    "iss": "the token's issuer (iss) is not the expected one",
    "aud": "the token is not for this service (aud)",
    "typ": "the token is not an access token (typ)",
}


@functools.lru_cache(maxsize=16)
def _hooks(site: Site, tokens: Tokens) -> Hooks:
    now = site.now
    leeways = {name: issuer.leeway for name, issuer in tokens.issuers.items()}

    def check(exchange: Exchange, principal: Principal) -> None:
        if principal.wrong:
            name = min(principal.wrong)
            raise refused(_REASONS.get(name, f"the token's {name} is missing or wrong"), exchange)
        leeway = leeways[principal.issuer]
        moment = now()
        # RFC 7519 section 4.1.4: whatever is thought of how long a token may live (jwt.access-ttl-short), not afterwards
        if principal.expires and principal.expires + leeway <= moment:
            raise refused("the token has expired", exchange)
        latest = moment + leeway
        if principal.starts > latest:
            raise refused("the token is not valid yet (nbf)", exchange)
        if principal.issued > latest:
            raise refused("the token was issued in the future (iat)", exchange)

    return Hooks(head=tokens.judge(check), by_caller=True)


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse a token of another issuer, for another service, of another kind, or from the future."""
    return None if site.tokens is None else _hooks(site, site.tokens)
