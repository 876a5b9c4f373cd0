"""URLs are read strictly, judged by where they lead, and resolved where a name is all they say."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import NamedTuple
from urllib.parse import quote

from ostiary.controls.beyond.ssrf_egress_control.settings import Settings
from ostiary.errors import ConfigError, Denied
from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts import body as bodies
from ostiary.parts.addresses import is_public
from ostiary.parts.fetch_targets import Target, target_of
from ostiary.parts.fetched_fields import Listed, choosing, fetches_nothing
from ostiary.parts.networks import Address, Networks
from ostiary.parts.resolving import Addresses, Resolver, Unresolved
from ostiary.parts.texts import Found, Texts, pointer

_ID = "beyond.ssrf-egress-control"
_NOT_PLAIN = "is not a plain absolute URL"
_NOT_ALLOWED = "leads where this API does not fetch from"


class Check(NamedTuple):
    """One URL of a request: where it stands, where it leads."""

    at: str
    target: Target


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Check the URLs that the operation is sent to fetch; one that has none has no stage."""
    if not settings.schemes:
        raise ConfigError(f"[{_ID}] schemes", "no URL could be fetched", 'write ["https"]')
    listed = Listed.of(settings.fetched, f"[{_ID}] fetched")
    texts = Texts(
        operation, choosing(operation, listed.names, frozenset(settings.not_fetched), recognise=settings.recognise)
    )
    judge = _judge_for(settings, site)
    head = _head(texts, judge) if texts.asks_head else None
    body = _body(texts, listed, judge) if texts.asks_body or (listed.places and operation.method != "GET") else None
    if head is None and body is None:
        return None
    return Hooks(head=head or (judge.strip if settings.header else None), body=body)


class _Judge:
    def __init__(self, settings: Settings, site: Site) -> None:
        self._settings = settings
        self._schemes = frozenset(each.lower() for each in settings.schemes)
        self._hosts = frozenset(each.lower() for each in settings.hosts)
        self._networks = Networks(settings.networks, f"[{_ID}] networks")
        self._header = settings.header.lower().encode("ascii")
        self._resolver = Resolver(site.clock, patience=float(settings.patience))

    def strip(self, exchange: Exchange) -> None:
        """A client does not say what was looked at."""
        if self._header:
            exchange.headers = [pair for pair in exchange.headers if pair[0] != self._header]

    def judge(self, exchange: Exchange, found: list[Found], status: int) -> Awaitable[None] | None:
        """Refuse a request that has a URL which must not be fetched; an awaitable where a name has to be resolved."""
        checks, faults = [], []
        for at, text, strict in found:
            if fetches_nothing(text, strict=strict):
                continue
            try:
                checks.append(Check(pointer(at), target_of(text)))
            except ValueError:
                faults.append((pointer(at), _NOT_PLAIN))
        faults += [(each.at, _NOT_ALLOWED) for each in checks if not self._may(each.target)]
        if faults:
            raise Denied(status, "a URL in the request must not be fetched", faults=faults)
        names = [each for each in checks if self._settings.resolve and self._is_open(each.target)]
        if any(self._resolver.known(each.target.host) is None for each in names):
            return self._later(exchange, checks, names, status)
        self._settle(
            exchange, checks, {each.target.host: self._resolver.known(each.target.host) or () for each in names}, status
        )
        return None

    def _may(self, target: Target) -> bool:
        settings = self._settings
        if target.scheme not in self._schemes or (settings.ports and target.port not in settings.ports):
            return False
        if self._hosts and not self._is_listed(target.host):
            return False
        if target.address is not None:
            return self._reachable(target.address)
        return self._is_listed(target.host) or not target.is_local

    def _is_listed(self, host: str) -> bool:
        return host in self._hosts or any(f"*.{parent}" in self._hosts for parent in _parents(host))

    def _is_open(self, target: Target) -> bool:
        return target.address is None and not self._is_listed(target.host)

    def _reachable(self, address: Address) -> bool:
        return is_public(address) or str(address) in self._networks

    async def _later(self, exchange: Exchange, checks: list[Check], names: list[Check], status: int) -> None:
        found: dict[str, Addresses] = {}
        for each in names:
            try:
                found[each.target.host] = await self._resolver.resolve(each.target.host)
            except Unresolved:
                found[each.target.host] = ()
        self._settle(exchange, checks, found, status)

    def _settle(self, exchange: Exchange, checks: list[Check], found: dict[str, Addresses], status: int) -> None:
        passes = self._settings.unresolved == "pass"
        faults = []
        for each in checks:
            addresses = found.get(each.target.host)
            if addresses is not None and not (all(map(self._reachable, addresses)) and (addresses or passes)):
                faults.append((each.at, _NOT_ALLOWED))
        if faults:
            raise Denied(status, "a URL in the request must not be fetched", faults=faults)
        if self._header and checks:
            self._tell(exchange, checks, found)

    def _tell(self, exchange: Exchange, checks: list[Check], found: dict[str, Addresses]) -> None:
        told = []
        for each in checks:
            addresses = [each.target.address] if each.target.address is not None else found.get(each.target.host, ())
            told += [f"{quote(each.at)} {' '.join(map(str, addresses))}"] if addresses else []
        exchange.headers = [*exchange.headers, (self._header, ", ".join(told).encode("ascii"))]


@functools.lru_cache(maxsize=16)
def _judge_for(settings: Settings, site: Site) -> _Judge:
    return _Judge(settings, site)


def _parents(host: str) -> list[str]:
    labels = host.split(".")
    return [".".join(labels[at:]) for at in range(1, len(labels))]


def _head(texts: Texts, judge: _Judge) -> Callable[[Exchange], Awaitable[None] | None]:
    def head(exchange: Exchange) -> Awaitable[None] | None:
        judge.strip(exchange)
        return judge.judge(exchange, texts.head(exchange), 400)

    return head


def _body(texts: Texts, listed: Listed, judge: _Judge) -> Callable[[Exchange], Awaitable[None] | None]:
    def body(exchange: Exchange) -> Awaitable[None] | None:
        if not exchange.body:
            return None
        found = texts.body(exchange) + listed.found(bodies.media_type(exchange), exchange)
        return judge.judge(exchange, found, 422) if found else None

    return body
