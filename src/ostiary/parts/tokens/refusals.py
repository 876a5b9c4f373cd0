"""A token that is not believed is refused in one way: 401, and a challenge that says so (RFC 6750 section 3)."""

from __future__ import annotations

from ostiary.errors import Denied
from ostiary.exchange import Exchange


def scheme_of(exchange: Exchange) -> str:
    """The scheme in which a request's token came: "DPoP" (RFC 9449), or "Bearer" for all others."""
    sent = exchange.head(b"authorization") or b""
    return "DPoP" if sent[:5].lower() == b"dpop " else "Bearer"


def refused(reason: str, exchange: Exchange) -> Denied:
    """The refusal of a token; `reason` names the rule and repeats nothing of the token."""
    return Denied(401, reason, {"www-authenticate": f'{scheme_of(exchange)} error="invalid_token"'})
