"""Look at every Location of a redirect and at every Refresh, before a browser does."""

from __future__ import annotations

import functools
from typing import Final, Literal
from urllib.parse import urlsplit

from ostiary.errors import ConfigError, Denied
from ostiary.model import Api, Exchange, Hooks, Operation, Site
from ostiary.parts.host_names import name_of, split
from ostiary.parts.networks import address_of
from ostiary.parts.redirects import Allowed, Target, places, read
from ostiary.parts.submitted import names
from ostiary.strict import Strict

_WHERE: Final = "account.no-open-redirect"
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "*"})
_BY_PROTOCOL: Final = (  # parameters of OAuth 2.0 and OpenID Connect, whose server knows the places of its clients
    frozenset({"client_id", "redirect_uri", "response_type"}),
    frozenset({"post_logout_redirect_uri"}),
)
_OF_PROTOCOL: Final = frozenset({"iss", "samlrequest", "samlresponse"})  # they name the party one came from
_PORTS: Final = frozenset({"80", "443"})


class Settings(Strict, frozen=True):
    """``allow``: places that replies may lead to besides this API's own hosts: ``"https://pay.example.com"``,
    ``"https://*.example.com"``, ``"myapp:"``.

    ``foreign``: what happens to any other. ``asked``: refused where the caller named it in path, query, body or cookies,
    and let pass where the application alone did (sign-in elsewhere); ``refuse``; ``pass``. Targets that run script or
    that readers disagree on never pass. ``instead``: a local path that takes the place of a refused target.
    """

    allow: tuple[str, ...] = ()
    foreign: Literal["asked", "refuse", "pass"] = "asked"
    instead: str = ""


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Look at every Location of a redirect and at every Refresh, before a browser does."""
    foreign = settings.foreign
    if foreign == "asked" and not settings.allow and _is_protocol(operation, site.api):
        foreign = "pass"
    fixed = operation.declared and "{" not in operation.path and not operation.consumes
    return _hooks(settings, foreign, site, operation.method in _WITH_BODY, fixed and operation.method == "GET")


@functools.lru_cache(maxsize=64)
def _hooks(settings: Settings, foreign: str, site: Site, has_body: bool, fixed: bool) -> Hooks:  # noqa: FBT001 - a key
    allowed = Allowed(settings.allow, f"{_WHERE} allow")
    instead = settings.instead
    if instead and (not instead.startswith("/") or not read(instead, "https").local):
        raise ConfigError(f"{_WHERE} instead", "is not a path on this host", 'write "/"')
    served = _served(site.api)

    def reply(exchange: Exchange) -> None:
        if exchange.ours:
            return
        for place in places(exchange):
            target = read(place, exchange.scheme)
            if target.local or target in allowed or _is_own(target, exchange, served):
                continue
            if not target.wrong and (
                foreign == "pass" or (foreign == "asked" and not _chosen(target, exchange, served))
            ):
                continue
            if not instead:
                raise Denied(400 if foreign == "asked" else 502, "the redirect leads to a place that is not allowed")
            _lead_to(exchange, instead)
            return

    # the body is only wanted at hand, to see what the caller named
    return Hooks(body=_kept if has_body else None, reads=_reads_none, reply=reply, pure=fixed)


def _kept(exchange: Exchange) -> None:
    pass


def _reads_none(_: str) -> bool:
    return False


def _is_own(target: Target, exchange: Exchange, served: frozenset[str]) -> bool:
    """Whether it is the host that was asked (beyond.host-and-proxy-trust saw to it that it is ours), or a server of the document."""
    if not target.host or "@" in target.authority or target.scheme not in {"http", "https"}:
        return False
    name, port = split((exchange.head(b"host") or b"").decode("latin-1"))
    return target.host in {name, *served} and target.port in {port, *_PORTS}


def _chosen(target: Target, exchange: Exchange, served: frozenset[str]) -> bool:
    """Whether the place is the caller's choice: named by him, a look-alike of ours, or a bare public address."""
    if not target.authority:
        return names(exchange, target.scheme, but=_OF_PROTOCOL)
    host = target.authority.rpartition("@")[2]
    address = address_of(target.host.strip("[]"))
    if not target.host or "@" in target.authority or (address is not None and address.is_global):
        return True
    own = {name_of(exchange.head(b"host") or b""), *served} - {""}
    if any(target.host.startswith(each + ".") for each in own):  # "https://api.example.com" + ".evil.example"
        return True
    return any(
        names(exchange, each, but=_OF_PROTOCOL) for each in {target.host, host.partition(":")[0], _unicode(target.host)}
    )


def _unicode(host: str) -> str:
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host


def _lead_to(exchange: Exchange, path: str) -> None:
    gone = {b"location", b"refresh"} if 300 <= exchange.status < 400 else {b"refresh"}  # noqa: PLR2004
    exchange.reply_headers = [pair for pair in exchange.reply_headers if pair[0] not in gone]
    if b"location" in gone:
        exchange.reply_headers.append((b"location", path.encode("ascii", "ignore")))


@functools.lru_cache(maxsize=8)
def _served(api: Api | None) -> frozenset[str]:
    hosts = (split(urlsplit(each).netloc)[0] for each in (api.servers if api else ()))
    return frozenset(hosts) - {""}


def _is_protocol(operation: Operation, api: Api | None) -> bool:
    declared = {each.name for each in operation.parameters}
    if any(wanted <= declared for wanted in _BY_PROTOCOL):
        return True
    schemes = api.security_schemes.values() if api else ()
    flows = (flow for each in schemes for flow in (each.get("flows") or {}).values())
    urls = (str(flow.get("authorizationUrl", "")) for flow in flows if isinstance(flow, dict))
    return any(url and urlsplit(url).path == operation.path and _at_home(url, api) for url in urls)


def _at_home(url: str, api: Api | None) -> bool:
    host = split(urlsplit(url).netloc)[0]
    return not host or host in _served(api)
