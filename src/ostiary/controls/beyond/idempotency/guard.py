"""Run a request once per key, caller and operation; answer its repetitions with what was said then."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Awaitable
from typing import Final, Literal

from ostiary.errors import ConfigError, Denied
from ostiary.model import Api, Exchange, Hooks, Operation, Place, Reply, Site
from ostiary.parts import body as bodies
from ostiary.parts.attempts_sessions import sessions_of
from ostiary.parts.stored_replies import kept_names, pack, unpack
from ostiary.store.ports import Begun
from ostiary.strict import Duration, Size, Strict

_ID: Final = "beyond.idempotency"
_METHODS: Final = frozenset({"POST", "PATCH"})
_KEY: Final = re.compile(rb"[!-~]{1,255}")
# What the same request would be answered again in any case; other errors may be gone at the next try.
_FINAL_ERRORS: Final = frozenset({400, 405, 406, 410, 413, 414, 415, 422})
_CREDENTIALS: Final = (
    b"authorization",
    b"x-api-key",
    b"api-key",
    b"x-auth-token",
    b"x-access-token",
    b"x-session-token",
)


class Settings(Strict, frozen=True):
    """``demand``: POST and PATCH without a key are refused. ``honour``: whose keys count: of operations whose document
    declares the ``header``, ``always``, or ``never``.

    ``keep``: for how long a repetition gets the stored reply; ``lock``: how long a request may run before its key is free
    again; ``largest``: a reply that is stored. What is larger, streams or is an error worth another try is not stored.
    """

    demand: bool = False
    honour: Literal["declared", "always", "never"] = "declared"
    header: str = "Idempotency-Key"
    keep: Duration = Duration("24h")
    lock: Duration = Duration("2m")
    largest: Size = Size("256KiB")


class _Claim:
    """A key that this exchange runs under."""

    __slots__ = ("fingerprint", "key", "names", "settled")

    def __init__(self, key: str, fingerprint: str) -> None:
        self.key = key
        self.fingerprint = fingerprint
        self.names: frozenset[bytes] | None = (
            None  # the application's header fields that are kept; None: not read whole
        )
        self.settled = False


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Run a request once per key, caller and operation; answer its repetitions with what was said then."""
    name = settings.header.lower()
    declared = any(each.place is Place.HEADER and each.name.lower() == name for each in operation.parameters)
    honoured = settings.honour == "always" or (settings.honour == "declared" and declared)
    if operation.method not in _METHODS or not (settings.demand or honoured):
        return None
    if not name.isascii() or not name.replace("-", "").isalnum():
        raise ConfigError(f"{_ID} header", f"{settings.header!r} is not a header name")
    return _hooks(settings, site, operation.key)


@functools.lru_cache(maxsize=256)
def _hooks(  # noqa: C901 - closures, each of them small
    settings: Settings, site: Site, operation: str
) -> Hooks:
    header = settings.header.lower().encode()
    replies = site.store.replies
    credentials = _credentials(site.api)

    def key_of(exchange: Exchange) -> bytes:
        found = exchange.all(header)
        if len(found) > 1 or (found and _KEY.fullmatch(found[0]) is None):
            raise Denied(400, f"{settings.header} must be one text of 1 to 255 visible characters")
        return found[0] if found else b""

    def head(exchange: Exchange) -> None:
        if settings.demand and not key_of(exchange):
            raise Denied(400, f"{settings.header} is required")
        if settings.demand and not bodies.readable(exchange):
            raise Denied(415, "a body of this type cannot be told from another")

    def body(exchange: Exchange) -> Reply | Awaitable[Reply | None] | None:
        key = key_of(exchange)
        if not key:
            return None
        who = _caller(exchange, credentials)
        claim = _Claim(f"{operation}|{who}|{hashlib.sha256(key).hexdigest()}", _fingerprint(exchange))
        begun = replies.begin(claim.key, claim.fingerprint, settings.keep, settings.lock)
        return decided(exchange, claim, begun) if begun.__class__ is Begun else later(exchange, claim, begun)  # type: ignore[arg-type]  # the class says which

    async def later(exchange: Exchange, claim: _Claim, begun: Awaitable[Begun]) -> Reply | None:
        return decided(exchange, claim, await begun)

    def decided(exchange: Exchange, claim: _Claim, begun: Begun) -> Reply | None:
        if begun.state == "done":
            return unpack(begun.reply)
        if begun.state == "busy":
            raise Denied(409, "a request with this key is under way", {"retry-after": "1"})
        if begun.state == "other":
            raise Denied(422, "this key was used for another request")
        exchange.note(_ID, claim)
        exchange.when_over(functools.partial(give_back, claim))
        return None

    def give_back(claim: _Claim) -> None:
        if not claim.settled:
            replies.drop(claim.key, claim.fingerprint)

    def inspects(exchange: Exchange) -> bool:
        return exchange.head(header) is not None

    def reply_body(exchange: Exchange) -> None:
        claim = exchange.notes.get(_ID)
        if claim is not None:
            claim.names = kept_names(exchange.reply_headers)

    def reply(exchange: Exchange) -> None:
        claim = exchange.notes.get(_ID)
        if claim is None or exchange.ours or claim.names is None or claim.settled:
            return
        final = 200 <= exchange.status < 400 or exchange.status in _FINAL_ERRORS  # noqa: PLR2004
        if final and len(exchange.reply_body) <= settings.largest:
            claim.settled = True
            stored = pack(exchange.status, exchange.reply_headers, exchange.reply_body, claim.names)
            replies.finish(claim.key, claim.fingerprint, stored, settings.keep)

    return Hooks(head=head, body=body, inspects=inspects, reply_body=reply_body, reply=reply)


@functools.lru_cache(maxsize=8)
def _credentials(api: Api | None) -> tuple[frozenset[bytes], frozenset[bytes]]:
    """Names of header fields, and of cookies, that say who calls."""
    schemes = [each for each in (api.security_schemes.values() if api else ()) if each.get("type") == "apiKey"]
    headers = {str(each.get("name", "")).lower().encode() for each in schemes if each.get("in") == "header"}
    cookies = {str(each.get("name", "")).encode() for each in schemes if each.get("in") == "cookie"}
    return frozenset(headers.union(_CREDENTIALS)), frozenset(cookies)


def _caller(exchange: Exchange, credentials: tuple[frozenset[bytes], frozenset[bytes]]) -> str:
    """Who a key belongs to: the verified caller, else whoever has these credentials, or what looks like some, else the source."""
    if exchange.principal is not None:
        return "who:" + exchange.principal.identity
    headers, cookies = credentials
    shown = [name + b"=" + value for name, value in exchange.headers if name in headers]
    if cookies:
        pairs = (pair.strip() for value in exchange.all(b"cookie") for pair in value.split(b";"))
        shown += [pair for pair in pairs if pair.partition(b"=")[0] in cookies]
    if not shown:  # what the document does not declare may tell callers apart all the same
        shown = [each.encode("latin-1") for each in sessions_of(exchange)]
    if shown:
        return "key:" + hashlib.sha256(b"\n".join(shown)).hexdigest()
    return "source:" + exchange.client


def _fingerprint(exchange: Exchange) -> str:
    parts = (exchange.method.encode(), exchange.raw_path, exchange.query, bodies.media_type(exchange).encode())
    return hashlib.sha256(b"\0".join(parts) + b"\0" + exchange.body).hexdigest()
