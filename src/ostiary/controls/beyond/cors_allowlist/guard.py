"""The guard owns CORS: what the application says of it is dropped, and the list alone answers."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import NamedTuple

from ostiary.errors import ConfigError, Denied
from ostiary.model import Api, Exchange, Hooks, Operation, Place, Reply, Site
from ostiary.strict import Duration, Strict

_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")  # RFC 6454 section 6.1
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_COMMON = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
_OWN = frozenset({b"same-origin", b"none"})  # Sec-Fetch-Site: from our own pages, or typed in by the user
_THEIRS = frozenset(
    {
        b"access-control-allow-origin", b"access-control-allow-credentials", b"access-control-allow-methods",
        b"access-control-allow-headers", b"access-control-expose-headers", b"access-control-max-age",
        b"access-control-allow-private-network", b"timing-allow-origin",
    }
)  # fmt: skip


class Settings(Strict, frozen=True):
    """``origins``: who may read replies, as browsers send it: ``"https://app.example.com"``; empty: nobody.

    ``credentials``: whether they may send cookies. ``headers``: request headers allowed besides those the document
    declares. ``expose``: reply headers that scripts may read. ``max-age``: how long browsers keep a preflight.
    """

    origins: tuple[str, ...] = ()
    credentials: bool = False
    headers: tuple[str, ...] = ("authorization", "content-type", "if-match", "if-none-match")
    expose: tuple[str, ...] = ()
    max_age: Duration = Duration("10m")


class _Rules(NamedTuple):
    origins: frozenset[bytes]
    anyone: bool
    granted: tuple[tuple[bytes, bytes], ...]  # sent with every granted reply, besides the origin

    def grants(self, origin: bytes | None) -> bool:
        return origin is not None and (origin in self.origins or (self.anyone and origin != b"null"))


@functools.lru_cache(maxsize=64)
def _rules(settings: Settings) -> _Rules:
    where = "beyond.cors-allowlist origins"
    anyone = "*" in settings.origins
    if anyone and settings.credentials:
        raise ConfigError(where, '"*" with credentials would open every account to every site', "list the origins")
    for each in settings.origins:
        if each != "*" and _ORIGIN.fullmatch(each) is None:
            hint = 'scheme, host and port if unusual, no path: "https://app.example.com"'
            raise ConfigError(where, f"{each!r} is not an origin", hint)
    for name in (*settings.headers, *settings.expose):
        if _TOKEN.fullmatch(name) is None or name == "*":
            raise ConfigError("beyond.cors-allowlist headers", f"{name!r} is not a header name")
    granted = [(b"access-control-allow-credentials", b"true")] if settings.credentials else []
    if settings.expose:
        granted.append((b"access-control-expose-headers", ", ".join(settings.expose).encode()))
    return _Rules(frozenset(each.lower().encode() for each in settings.origins), anyone, tuple(granted))


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Answer preflights, grant listed origins, refuse foreign requests that ride on a cookie."""
    rules = _rules(settings)
    if operation.method in {"OPTIONS", "*"}:
        return _with_preflight(settings, rules, operation, site)
    return _plain(rules, unsafe=operation.method not in _SAFE)


@functools.lru_cache(maxsize=64)
def _plain(rules: _Rules, *, unsafe: bool) -> Hooks:
    head = _riding(rules) if unsafe else _riding_websocket(rules)
    return Hooks(head=head, reply=_granting(rules) if rules.origins else None, drops=_THEIRS, pure=True)


def _granting(rules: _Rules) -> Callable[[Exchange], None]:
    origins, anyone, granted = rules.origins, rules.anyone, rules.granted

    def reply(exchange: Exchange) -> None:
        headers = exchange.reply_headers
        if anyone:
            headers.append((b"access-control-allow-origin", b"*"))
            headers += granted
            return
        headers.append((b"vary", b"Origin"))  # also without one: a cache must not serve that reply to a listed origin
        origin = exchange.head(b"origin")
        if origin is not None and origin in origins:
            headers.append((b"access-control-allow-origin", origin))
            headers += granted

    return reply


def _riding(rules: _Rules) -> Callable[[Exchange], None]:
    origins = rules.origins

    def head(exchange: Exchange) -> None:
        origin = site = None
        cookie = False
        for name, value in exchange.headers:
            if name == b"origin":
                origin = value
            elif name == b"sec-fetch-site":
                site = value
            elif name == b"cookie" or (name == b"authorization" and value[:6].lower() == b"basic "):
                cookie = True  # browsers attach both by themselves
        if not cookie or (origin is None and site is None) or site in _OWN:
            return
        if origin is not None and (origin in origins or (origin != b"null" and _same_host(exchange, origin))):
            return
        if origin is None and site == b"same-site":
            return  # no Origin to compare, and the browser vouches that the site is the same
        raise Denied(403, "the request comes from a foreign site")

    return head


def _riding_websocket(rules: _Rules) -> Callable[[Exchange], None]:
    check = _riding(rules)

    def head(exchange: Exchange) -> None:
        if exchange.websocket:  # a handshake is a GET that no CORS protects
            check(exchange)

    return head


def _same_host(exchange: Exchange, origin: bytes) -> bool:
    """The scheme is left out: behind a proxy that ends TLS this hop cannot know it."""
    return origin.partition(b"://")[2].lower() == (exchange.head(b"host") or b"").lower()


def _with_preflight(settings: Settings, rules: _Rules, operation: Operation, site: Site) -> Hooks:
    answers = operation.known_path or site.api is None  # elsewhere it is a 404 like any other request
    ride = _riding(rules)
    grant = _granting(rules) if rules.origins else None
    methods = operation.methods | ({"HEAD"} if "GET" in operation.methods else set())
    allowed = ", ".join(sorted(methods - {"*"}) or _COMMON).encode()
    names = {name.lower() for name in settings.headers} | _declared_headers(site.api).get(operation.path, frozenset())
    preflight = (
        (b"access-control-allow-methods", allowed),
        (b"access-control-allow-headers", ", ".join(sorted(names)).encode()),
        (b"access-control-max-age", b"%d" % int(settings.max_age)),
    )

    def head(exchange: Exchange) -> Reply | None:
        if exchange.websocket or exchange.method not in _SAFE:
            ride(exchange)
        elif answers and _is_preflight(exchange):
            if not rules.grants(exchange.head(b"origin")):
                raise Denied(403, "the origin is not allowed")
            return Reply(
                status=204, headers=[(b"vary", b"Access-Control-Request-Method, Access-Control-Request-Headers")]
            )
        return None

    def reply(exchange: Exchange) -> None:
        if grant is None:
            return
        grant(exchange)
        if answers and exchange.status == 204 and _is_preflight(exchange) and rules.grants(exchange.head(b"origin")):  # noqa: PLR2004
            exchange.reply_headers += preflight

    return Hooks(head=head, reply=reply, drops=_THEIRS)


def _is_preflight(exchange: Exchange) -> bool:
    """Fetch, "CORS-preflight request": OPTIONS with an origin and the method that is asked for."""
    return (
        exchange.method == "OPTIONS"
        and exchange.head(b"origin") is not None
        and exchange.head(b"access-control-request-method") is not None
    )


@functools.lru_cache(maxsize=8)
def _declared_headers(api: Api | None) -> dict[str, frozenset[str]]:
    """By path, the request headers that the document declares, keys in headers included."""
    found: dict[str, frozenset[str]] = {}
    schemes = api.security_schemes.values() if api else ()
    keys = {str(each.get("name", "")).lower() for each in schemes if each.get("in") == "header"} - {""}
    for operation in api.operations if api else ():
        own = {each.name.lower() for each in operation.parameters if each.place is Place.HEADER}
        found[operation.path] = found.get(operation.path, frozenset()) | own | keys
    return found
