"""Host is on the list, and who the client is comes from the socket or from a named proxy, never from a stranger."""

from __future__ import annotations

import functools
import logging
from typing import Literal
from urllib.parse import urlsplit

from ostiary.controls.beyond.host_and_proxy_trust.forwarding import (
    FORWARDING,
    REWRITING,
    WORD_OF_PROXIES,
    believe,
    spellings,
)
from ostiary.controls.beyond.host_and_proxy_trust.hosts import Hosts, Verdict
from ostiary.errors import ConfigError, Denied
from ostiary.model import Exchange, Hook, Hooks, Operation, Place, Site
from ostiary.parts.networks import Networks, is_local
from ostiary.strict import Strict

logger = logging.getLogger("ostiary.guard")

_WHERE = "beyond.host-and-proxy-trust"


class Settings(Strict, frozen=True):
    """``hosts``: the names served, ``"api.example.com"`` or ``"*.example.com"``; ``"*"`` serves any. Empty: those of the
    document's ``servers``. Callers on this machine may use loopback names besides.

    ``proxies``: networks whose word on the client counts (``"unix"``: callers over a UNIX socket); ``forwarding``: the
    one header they give it in, the other being a stranger's. ``identity``: headers that name a user, taken from proxies
    alone, unless the document declares them.
    """

    hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    forwarding: Literal["x-forwarded-for", "forwarded"] = "x-forwarded-for"
    identity: tuple[str, ...] = (
        "remote-user", "x-remote-user", "x-remote-group", "x-user", "x-user-id", "x-user-name", "x-user-email",
        "x-user-role", "x-user-roles", "x-authenticated-user", "x-authenticated-userid", "x-authenticated-email",
        "x-authenticated-groups", "x-authenticated-scope", "x-auth-user", "x-auth-request-user",
        "x-auth-request-email", "x-auth-request-groups", "x-forwarded-user", "x-forwarded-email",
        "x-forwarded-groups", "x-forwarded-preferred-username", "x-forwarded-access-token", "x-webauth-user",
        "x-consumer-id", "x-consumer-username", "x-credential-identifier", "x-goog-authenticated-user-email",
        "x-goog-authenticated-user-id", "x-goog-iap-jwt-assertion", "x-amzn-oidc-identity", "x-amzn-oidc-data",
        "x-ms-client-principal", "x-ms-client-principal-id", "x-ms-client-principal-name", "x-ssl-client-dn",
        "x-ssl-client-verify", "x-client-cert", "x-client-verify",
    )  # fmt: skip


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Check Host, find out who calls and how, and take from the request what strangers must not say."""
    declared = {each.name.lower() for each in operation.parameters if each.place is Place.HEADER}
    kept = frozenset(declared.intersection(settings.identity))
    return Hooks(head=_edge(settings, _hosts(settings, site), kept), pure=True)


@functools.lru_cache(maxsize=16)
def _hosts(settings: Settings, site: Site) -> Hosts:
    names = list(settings.hosts)
    if not names and site.api is not None:
        found = (urlsplit(each).hostname for each in site.api.servers if "://" in each)
        names = [f"[{each}]" if ":" in each else each for each in found if each and "{" not in each]
    if not names:
        hint = 'set hosts = ["api.example.com"], or give the document absolute servers'
        listens = site.listen.rpartition(":")[0].strip("[]")
        if listens and listens != "localhost" and not is_local(listens):
            raise ConfigError(f"{_WHERE} hosts", "no host name is known, and callers come from other machines", hint)
        logger.warning("%s: no host name is known, so callers on this machine alone are served; %s", _WHERE, hint)
    return Hosts(names, f"{_WHERE} hosts")


@functools.lru_cache(maxsize=64)
def _edge(  # noqa: C901 - asked of every request: one loop, no calls but the needed
    settings: Settings, hosts: Hosts, kept: frozenset[str]
) -> Hook:
    trusted = Networks(settings.proxies, f"{_WHERE} proxies")
    by_standard = settings.forwarding == "forwarded"
    identity = [each.lower() for each in settings.identity if each not in kept]
    strange = spellings((*FORWARDING, *REWRITING, *identity))
    word = frozenset() if by_standard else spellings((*WORD_OF_PROXIES, *identity))
    unasked = strange - word
    verdict_on = hosts.verdict
    hinted = False

    def head(exchange: Exchange) -> None:
        nonlocal hinted
        named = 0
        forged = False
        host = b""
        for name, value in exchange.headers:
            if name == b"host":
                named += 1
                host = value
            elif name in strange:
                forged = True
        verdict = verdict_on(host)
        if named != 1 or verdict is Verdict.MALFORMED:
            raise Denied(400, "exactly one valid Host header is required")
        peer = exchange.peer
        if verdict and (verdict is Verdict.UNKNOWN or not is_local(peer)):
            raise Denied(421, "this host name is not served here")
        if peer in trusted:
            believe(exchange, trusted, by_standard=by_standard)
            known = [pair for pair in exchange.headers if pair[0] not in unasked] if forged else exchange.headers
            if exchange.client != peer:
                known = [*known, (b"x-forwarded-for", exchange.client.encode())]
            exchange.headers = known
        elif forged:
            if not hinted and is_local(peer) and exchange.head(b"x-forwarded-for") is not None:
                hinted = True
                logger.warning("%s: a local peer sends X-Forwarded-For; if it is a proxy, add it to proxies", _WHERE)
            exchange.headers = [pair for pair in exchange.headers if pair[0] not in strange]

    return head
