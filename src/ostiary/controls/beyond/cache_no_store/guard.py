"""What may be kept is an exception that somebody reviewed; everything private or wrong is not stored."""

from __future__ import annotations

import functools

from ostiary.model import Api, Exchange, Hooks, Operation, Site
from ostiary.strict import Strict

# What shared caches obey instead of Cache-Control, and what older ones do.
_CACHING = frozenset(
    {
        b"cache-control",
        b"pragma",
        b"expires",
        b"surrogate-control",
        b"cdn-cache-control",
        b"cloudflare-cdn-cache-control",
    }
)
_NO_STORE = (b"cache-control", b"no-store")
_CREDENTIALS = frozenset(
    {
        b"authorization",
        b"cookie",
        b"x-api-key",
        b"api-key",
        b"apikey",
        b"x-auth-token",
        b"x-access-token",
        b"x-session-token",
    }
)


class Settings(Strict, frozen=True):
    """``cacheable``: the reviewed exception; the application's own Cache-Control stays, but for errors and cookies."""

    cacheable: bool = False


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """An operation that demands credentials never allows storage; elsewhere each exchange is looked at."""
    if operation.security and all(operation.security) and not settings.cacheable:
        return _ALWAYS
    names = frozenset[bytes]() if settings.cacheable else _CREDENTIALS | _key_headers(site.api)
    return _sometimes(names)


_ALWAYS = Hooks(sets=(_NO_STORE,), drops=_CACHING)


@functools.lru_cache(maxsize=8)
def _key_headers(api: Api | None) -> frozenset[bytes]:
    schemes = api.security_schemes.values() if api else ()
    return frozenset(str(each.get("name", "")).lower().encode() for each in schemes if each.get("in") == "header")


@functools.lru_cache(maxsize=16)
def _sometimes(credentials: frozenset[bytes]) -> Hooks:
    def reply(exchange: Exchange) -> None:
        headers = exchange.reply_headers
        if exchange.status < 400:  # noqa: PLR2004 - an error of the moment must not stay in a cache
            for name, _ in exchange.headers:
                if name in credentials:
                    break
            else:
                for name, _ in headers:
                    if name == b"set-cookie":
                        break
                else:
                    return
        kept = [pair for pair in headers if pair[0] not in _CACHING]
        kept.append(_NO_STORE)
        exchange.reply_headers = kept

    return Hooks(reply=reply, pure=True)
