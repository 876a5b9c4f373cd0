"""Whoever is nobody is refused with 401, unless the policy lists the operation as public."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable

from ostiary.errors import ConfigError, Denied
from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts.public_operations import PublicOperations, Said, said_of
from ostiary.strict import Strict

logger = logging.getLogger("ostiary.guard")
_Read = Callable[[Exchange], Awaitable[None] | None]

_ID = "processing.all-endpoints-authenticated"
_CHALLENGE = 'Bearer realm="api"'  # RFC 6750 section 3.1: a request without credentials is told of no error
_SECURITY_TXT = b"/.well-known/security.txt"  # RFC 9116 section 3: it is written for strangers
_KNOWN = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "QUERY", "TRACE", "TRACK", "CONNECT"})


class Settings(Strict, frozen=True):
    """``public``: the operations that need no token, ``"GET /health"`` as in the document, or ``"GET /docs/*"`` for all
    below a path; so is one that the application itself asks for something else, such as an API key. Nothing else opens
    one: not the document's ``security: []``, not what an operation is for.
    ``ostiary check --open`` writes the list to choose from.

    ``optional``: the same for operations whose document demands a token although the application takes none for an
    answer, as it does where a framework cannot say otherwise (FastAPI's ``auto_error=False``).

    A token sent to a public operation has to be good all the same: what an application reads from it must be true.
    """

    public: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse whoever is nobody with 401; None where no issuer is configured, since then everybody is."""
    if site.tokens is None:
        if settings.public or settings.optional:
            raise ConfigError(f"{_ID} public", "lists what is open, but no issuer is known", "add [issuers.NAME]")
        _warn(site)
        return None
    if f"x-ostiary-{_ID.replace('.', '-')}" in operation.extensions:
        where = f"{operation.pointer or operation.key} x-ostiary"
        raise ConfigError(where, "a document cannot open its own operations", "list them in the policy")
    public = _public(settings, site)
    read = site.tokens.read
    if operation in public:
        return _open(read) if operation.declared else _asking(read, _undeclared(operation.methods))
    return _asking(read, _demand if operation.known_path else _elsewhere(public))


@functools.lru_cache(maxsize=1)
def _warn(site: Site) -> None:
    logger.warning("%s: no issuer is configured: who calls is not checked, every operation is open to anybody", _ID)


@functools.lru_cache(maxsize=8)
def _public(settings: Settings, site: Site) -> PublicOperations:
    public = PublicOperations(settings.public, site, f"{_ID} public", optional=settings.optional)
    said = {Said.OPEN, Said.OPTIONAL}
    shut = sum(said_of(each, site.api) in said and each not in public for each in site.operations)
    if shut:
        logger.warning("%s: %d operations are open in the document and not in the policy; see ostiary check", _ID, shut)
    return public


@functools.lru_cache(maxsize=256)
def _asking(read: _Read, refuse: Callable[[Exchange], None]) -> Hooks:
    """Whoever is known passes; `refuse` decides on the others."""

    def head(exchange: Exchange) -> Awaitable[None] | None:
        if exchange.principal is not None:
            return None
        answer = read(exchange)  # again, or for the first time where no other control on tokens is on
        if answer is not None:
            return later(answer, exchange)
        if exchange.principal is None:
            refuse(exchange)
        return None

    async def later(answer: Awaitable[None], exchange: Exchange) -> None:
        await answer
        if exchange.principal is None:
            refuse(exchange)

    return Hooks(head=head, reply=_challenge, pure_reply=True, by_caller=True)


def _demand(_: Exchange) -> None:
    raise Denied(401, "a token is required", {"www-authenticate": _CHALLENGE})


@functools.lru_cache(maxsize=8)
def _elsewhere(public: PublicOperations) -> Callable[[Exchange], None]:
    """For a path that nothing declares."""

    def refuse(exchange: Exchange) -> None:
        if exchange.raw_path == _SECURITY_TXT and exchange.method in {"GET", "HEAD"}:
            return
        if not public.serves(exchange.method, exchange.path):
            _demand(exchange)

    return refuse


@functools.cache
def _undeclared(methods: frozenset[str]) -> Callable[[Exchange], None]:
    """A stranger's undeclared method ends here, lest input.method-405, switched off, let it through to what is open."""
    allow = ", ".join(sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))

    def refuse(exchange: Exchange) -> None:
        if exchange.method == "OPTIONS":
            return
        if exchange.method not in _KNOWN:
            raise Denied(501, "this method is not known here")
        raise Denied(405, "this resource does not have that method", {"allow": allow})

    return refuse


def _challenge(exchange: Exchange) -> None:
    """The application's own 401 says how to do better, as RFC 9110 section 15.5.2 has it."""
    if exchange.status == 401 and exchange.reply_head(b"www-authenticate") is None:  # noqa: PLR2004
        exchange.reply_headers += ((b"www-authenticate", _CHALLENGE.encode()),)


@functools.lru_cache(maxsize=8)
def _open(read: _Read) -> Hooks:
    return Hooks(head=read, reply=_challenge, pure_reply=True)
