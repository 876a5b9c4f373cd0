"""The token is verified before any other control or the application sees a claim of it, and who calls is passed on."""

from __future__ import annotations

import functools
from collections.abc import Awaitable

from ostiary.errors import ConfigError
from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts.identity_headers import IdentityHeaders, Signer
from ostiary.strict import Duration, Secret, Strict

_ID = "jwt.verify-before-use"
_LONGEST = 3600.0  # seconds: what vouches for a caller inside the house is short-lived too


class Signed(Strict, frozen=True):
    """What is known of the caller in one header, as a JWT (HS256) that the application verifies with the same ``key``.

    It says ``iss`` ("ostiary"), ``iat``, ``exp`` (after ``ttl``, and never after the token's), ``issuer`` (its name in the
    policy), ``sub``, ``client``, ``scope``, ``roles``, and under ``claims`` those that ``claims`` names.
    """

    key: Secret
    header: str = "x-ostiary-identity"
    ttl: Duration = Duration("60s")
    claims: tuple[str, ...] = ()


class Settings(Strict, frozen=True):
    """Whoever has a token is known by it after its signature was checked, or not at all.

    ``pass`` tells the application who calls in headers: ``{ "x-user-id" = "sub", "x-user-roles" = "roles" }``; lists are
    joined by commas, and what is not visible ASCII is percent-encoded. ``signed`` says it in a header that the
    application can verify: ``{ key = { env = "NAME" } }``. No client can send these headers, and whoever is nobody has
    none. ``forward-token``: whether the token itself goes on to the application.
    """

    pass_: dict[str, str] = {}
    signed: Signed | None = None
    forward_token: bool = True


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Verify the token before any other control or the application sees a claim of it."""
    named = bool(settings.pass_) or settings.signed is not None
    if site.tokens is None:
        if named or not settings.forward_token:
            raise ConfigError(_ID, "passes on who calls, but no issuer is known", "add a table [issuers.NAME]")
        return None
    if not named and settings.forward_token:
        return Hooks(head=site.tokens.read)
    return _hooks(tuple(settings.pass_.items()), settings.signed, settings.forward_token, site)


@functools.lru_cache(maxsize=64)
def _hooks(names: tuple[tuple[str, str], ...], signed: Signed | None, forward_token: bool, site: Site) -> Hooks:  # noqa: FBT001 - a key of the cache
    signer = None
    if signed is not None:
        if not 1 <= signed.ttl <= _LONGEST:
            raise ConfigError(f"{_ID} signed", "ttl is not between a second and an hour", 'write ttl = "60s"')
        signer = Signer(signed.key.reveal().encode(), signed.ttl, signed.claims, site.now, f"{_ID} signed")
    headers = IdentityHeaders(
        dict(names),
        signed=signed.header if signed is not None else "",
        signer=signer,
        forward_token=forward_token,
        now=site.now,
        where=f"{_ID} pass",
    )
    tokens = site.tokens
    strip, write = headers.strip, headers.write

    def head(exchange: Exchange) -> Awaitable[None] | None:
        strip(exchange)
        if exchange.principal is None and tokens is not None:
            answer = tokens.read(exchange)  # again, or for the first time where no other control on tokens is on
            if answer is not None:
                return later(answer, exchange)
        if exchange.principal is not None:
            write(exchange, exchange.principal)
        return None

    async def later(answer: Awaitable[None], exchange: Exchange) -> None:
        await answer
        if exchange.principal is not None:
            write(exchange, exchange.principal)

    return Hooks(head=head)
