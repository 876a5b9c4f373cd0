"""A bound token is refused without the proof that it is bound to: a DPoP proof, or the client's certificate."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Literal

from ostiary.errors import ConfigError, Denied
from ostiary.model import Exchange, Hooks, Operation, Principal, Site
from ostiary.parts.identity_headers import TAKEN_AWAY, spellings
from ostiary.parts.tokens.certificates import STANDARD, Certificates, is_bound_to
from ostiary.strict import Duration, Secret, Strict

if TYPE_CHECKING:
    from ostiary.parts.tokens.dpop import Nonces, Proofs

_ID = "beyond.sender-constrained-tokens"
_LEAST_KEY = 32  # bytes


class Settings(Strict, frozen=True):
    """A token that is bound to a key or a certificate is refused without it, whatever is set here.

    ``demand``: what tokens must be bound to, best set for single operations: ``"dpop"``, ``"mtls"``, ``"any"`` of both.
    ``origins``: the API's address as callers see it (``"https://api.example.com"``), which DPoP proofs name; empty: that
    of the document's ``servers``. ``window``: how old a proof may be. ``nonce``: proofs carry a nonce of ours, good for
    ``nonce-lifetime``, so that clients' clocks do not matter; several machines share ``nonce-key``.
    ``certificate-header``: where ``proxies`` that end TLS hand on the client's certificate (RFC 9440, or PEM).
    """

    demand: Literal["none", "dpop", "mtls", "any"] = "none"
    origins: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ("ES256", "ES384", "ES512", "EdDSA", "Ed25519", "PS256", "RS256")
    window: Duration = Duration("60s")
    nonce: bool = False
    nonce_lifetime: Duration = Duration("5m")
    nonce_key: Secret | None = None
    certificate_header: str = ""
    proxies: tuple[str, ...] = ()


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Ask for the proof that a token is bound to; None where no issuer is configured."""
    if site.tokens is None:
        if settings != Settings():
            raise ConfigError(_ID, "asks who holds a token, but no issuer is known", "add a table [issuers.NAME]")
        return None
    return _hooks(settings, site)


@functools.lru_cache(maxsize=64)
def _hooks(settings: Settings, site: Site) -> Hooks:
    proofs = _proofs(settings, site)
    certificates = Certificates(settings.certificate_header, settings.proxies, _ID)
    strange = spellings((*STANDARD, *([settings.certificate_header] if settings.certificate_header else [])))
    demand = settings.demand
    bound = _bound(demand, proofs, certificates)

    def head(exchange: Exchange) -> None:
        if any(name in strange for name, _ in exchange.headers) and not certificates.believes(exchange):
            exchange.headers = [pair for pair in exchange.headers if pair[0] not in strange]

    def caller(exchange: Exchange) -> Awaitable[None] | None:
        principal = exchange.principal
        if principal is None:
            return None  # who is nobody is another control's business
        plain = not (principal.confirmation or principal.wrong) and demand == "none"
        sent = exchange.head(b"authorization") or b""
        return None if plain and sent[:6].lower() == b"bearer" else bound(exchange, principal)

    return Hooks(head=head, pure=True, caller=caller, by_caller=True)


def _bound(
    demand: str, proofs: Proofs, certificates: Certificates
) -> Callable[[Exchange, Principal], Awaitable[None] | None]:
    """What is asked of a token that is bound, or has to be."""

    def bound(exchange: Exchange, principal: Principal) -> Awaitable[None] | None:
        scheme, token, proof = _sent(exchange)
        key = principal.confirmation.get("jkt")
        if demand != "none":
            _demand(demand, principal, proofs)
        if scheme != b"dpop" and key is not None:  # RFC 9449 section 7.2
            proofs.refuse("invalid_token", "a token that is bound to a key is not a bearer token")
        if scheme == b"dpop" and key is None:
            proofs.refuse("invalid_token", "the token is not bound to a key")
        if principal.confirmation or "cnf" in principal.wrong:
            _check_certificate(principal, certificates.of(exchange))
        return None if key is None else proofs.check(exchange, proof, token, key)

    return bound


def _sent(exchange: Exchange) -> tuple[bytes, bytes, list[bytes]]:
    """Scheme (lower case), token and proofs of a request whose token has been verified."""
    fields = exchange.notes.get(TAKEN_AWAY) or exchange.headers
    scheme, _, token = next((value for name, value in fields if name == b"authorization"), b"").partition(b" ")
    return scheme.lower(), token.strip(b" "), [value for name, value in fields if name == b"dpop"]


def _demand(demand: str, principal: Principal, proofs: Proofs) -> None:
    by_key = "jkt" in principal.confirmation
    by_certificate = "x5t#S256" in principal.confirmation
    if demand == "mtls" and not by_certificate:
        raise _unbound("a token that is bound to a certificate is required here")
    if (demand == "dpop" and not by_key) or not (by_key or by_certificate):
        proofs.refuse("invalid_token", "a token that is bound to its holder is required here")


def _check_certificate(principal: Principal, certificate: bytes) -> None:
    thumbprint = principal.confirmation.get("x5t#S256")
    if thumbprint is not None:
        if not is_bound_to(certificate, thumbprint):
            raise _unbound("the token is bound to a certificate that this connection does not show")
    elif "jkt" not in principal.confirmation:  # RFC 7800 section 3.1: bound in a way that nobody here can check
        raise _unbound("the token is bound to something that cannot be checked here")


def _unbound(reason: str) -> Denied:
    return Denied(401, reason, {"www-authenticate": 'Bearer error="invalid_token"'})  # RFC 8705 section 3


@functools.lru_cache(maxsize=64)
def _proofs(settings: Settings, site: Site) -> Proofs:
    from ostiary.parts.tokens.dpop import Proofs  # noqa: PLC0415 - an optional library

    origins = settings.origins or _servers(site)
    if settings.demand in {"dpop", "any"} and not origins:
        raise ConfigError(f"{_ID} origins", "proofs name the API's address, and it is not known", "set origins")
    if settings.window <= 0 or settings.nonce_lifetime <= 0:
        raise ConfigError(f"{_ID} window", "no proof would ever be good", 'write "60s"')
    return Proofs(
        origins,
        algorithms=settings.algorithms,
        window=settings.window,
        nonces=_nonces(settings, site) if settings.nonce else None,
        now=site.now,
        once=site.store.once,
        where=_ID,
    )


@functools.lru_cache(maxsize=64)
def _nonces(settings: Settings, site: Site) -> Nonces:
    from ostiary.parts.tokens.dpop import Nonces  # noqa: PLC0415 - as above

    key = settings.nonce_key.reveal().encode() if settings.nonce_key is not None else _own_key(site)
    if len(key) < _LEAST_KEY:
        raise ConfigError(f"{_ID} nonce-key", f"is shorter than {_LEAST_KEY} bytes", "openssl rand -hex 32")
    return Nonces(key, settings.nonce_lifetime, site.now)


@functools.lru_cache(maxsize=8)
def _own_key(_: Site) -> bytes:
    """Made before the workers are forked, so that each knows the others' nonces."""
    return secrets.token_bytes(_LEAST_KEY)


def _servers(site: Site) -> tuple[str, ...]:
    """The document's own addresses; the base path is part of each operation's path already."""
    found = [each.split("/", 3) for each in (site.api.servers if site.api else ()) if "://" in each and "{" not in each]
    return tuple("/".join(parts[:3]) for parts in found)
