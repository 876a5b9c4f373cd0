"""A URL with a credential in it is refused, by the name of a parameter or by the shape of a value; a token of ours in it is burnt."""

from __future__ import annotations

import functools
import re
from collections.abc import Awaitable, Callable
from typing import NoReturn
from urllib.parse import unquote_to_bytes

from ostiary.errors import Denied
from ostiary.model import (
    Exchange,
    Hook,
    Hooks,
    Operation,
    Site,
)
from ostiary.parts import media_types
from ostiary.parts.layers import all_layers
from ostiary.parts.tokens.burning import Burning
from ostiary.strict import Strict

_ID = "input.credentials-in-header"
_NAMES = frozenset(  # in lower case, without separators
    """accesstoken authtoken apitoken bearertoken bearer idtoken refreshtoken sessiontoken token jwt auth authorization
    apikey xapikey apisecret secret secretkey clientsecret privatekey password passwd passphrase pwd credentials
    clientassertion""".split()  # noqa: SIM905 - a table of words
)
# A cursor may be signed, and OpenID Connect itself puts tokens into these (RP-Initiated Logout 1.0, RFC 9101).
_MAY_LOOK_SO = frozenset(
    "pagetoken nextpagetoken nexttoken continuationtoken synctoken cursor csrftoken idtokenhint request".split()  # noqa: SIM905 - as above
)
_PAGE_SIZES = frozenset("limit pagesize perpage maxresults maxitems count size top first take".split())  # noqa: SIM905 - as above
_SHAPES = re.compile(  # three base64url parts, and the prefixes that issuers gave their keys so that they be found
    # The look-behind keeps the search linear: a run of such characters is read from its beginning only.
    rb"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    rb"|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{36}|glpat-[A-Za-z0-9_-]{20}|npm_[A-Za-z0-9]{36}"
    rb"|xox[abprs]-[A-Za-z0-9-]{20}|[sr]k_live_[A-Za-z0-9]{16}|AKIA[0-9A-Z]{16}(?![0-9A-Za-z])"
    rb"|AIza[0-9A-Za-z_-]{35}|sk-(?:ant|proj)-[A-Za-z0-9_-]{20}|SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{20}"
)
_SHORTEST = 20  # bytes; no shape is shorter
_REASON = "a credential does not belong in a URL: send it in a header, and replace this one"


class Settings(Strict, frozen=True):
    """``allow``: query parameters that are credentials by name and accepted all the same, such as a mailed ``token``.

    ``burn``: a token of a configured issuer that was sent in a URL, or as a body's ``access_token`` where none belongs,
    is refused from then on in the header as well: others may have read it.
    """

    allow: tuple[str, ...] = ()
    burn: bool = True


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse credentials in path and query, burn tokens there and in bodies, and tell browsers to send no Referer."""
    allowed = frozenset(_plain(each.encode("utf-8")) for each in settings.allow)
    burning = _burning(site) if site.tokens is not None and settings.burn else None
    return _hooks(allowed, _cursors(operation), burning, _takes_no_token(operation) and burning is not None)


@functools.lru_cache(maxsize=8)
def _burning(site: Site) -> Burning | None:
    if site.tokens is None:
        return None
    return Burning(site.tokens, bans=site.store.bans, clock=site.clock, now=site.now)


# Where tokens are made, exchanged, ended or asked about, a body holds them by design (RFC 6749, 7009, 7662, OpenID Connect).
_OF_TOKENS = re.compile(r"token|revo|introspect|refresh|log-?out|userinfo|auth|session|callback", re.IGNORECASE)


def _takes_no_token(operation: Operation) -> bool:
    """Whether an ``access_token`` in a body of this operation can only be the caller's own, in the wrong place."""
    readable = any(_reads(each.lower()) for each in operation.consumes)
    if not operation.declared or not readable or operation.role or _OF_TOKENS.search(operation.path):
        return False
    for media in operation.consumes.values():
        if media.schema is not None:
            layers = all_layers([media.schema.fragment], media.schema.root.get("$defs", {}))
            if any(_FIELD in each.get("properties", {}) for each in layers):
                return False
    return True


def _cursors(operation: Operation) -> frozenset[bytes]:
    """A declared ``token`` beside a page's size is where the next page begins: Kinto's ``_token`` and ``_limit``."""
    names = {each.name.encode("utf-8"): _plain(each.name.encode("utf-8")) for each in operation.parameters}
    if _PAGE_SIZES.isdisjoint(names.values()):
        return frozenset()
    return frozenset(name for name, plain in names.items() if plain == "token")


def _plain(name: bytes) -> str:
    if b"%" in name:
        name = unquote_to_bytes(name)
    return name.lower().translate(None, b"-_. +[]").decode("latin-1")


_FIELD = "access_token"  # RFC 6750 section 2.2
_IN_JSON = re.compile(rb'"access_token"[ \t\r\n]{0,8}:[ \t\r\n]{0,8}"([A-Za-z0-9._~+/=-]{8,16384})"')
_IN_FORM = re.compile(rb"(?:^|&)access_token=([A-Za-z0-9._~%+-]{8,16384})")
_BODY_REASON = "a token does not belong in a body: send it in a header, and replace this one"


def _reads(media: str) -> bool:
    return media_types.is_json(media) or media == "application/x-www-form-urlencoded"


@functools.lru_cache(maxsize=1024)
def _hooks(allowed: frozenset[str], cursors: frozenset[bytes], burning: Burning | None, bodies: bool) -> Hooks:  # noqa: FBT001 - a key of the cache
    return Hooks(
        head=_url(allowed, cursors, burning),
        body=_body(burning) if bodies and burning is not None else None,
        reads=_reads if bodies else None,
        reply=None if burning is None else _reply(burning),
        sets=((b"referrer-policy", b"no-referrer"),),
    )


def _url(allowed: frozenset[str], cursors: frozenset[bytes], burning: Burning | None) -> Hook:
    named = _NAMES - allowed
    shaped_so = _MAY_LOOK_SO | allowed

    def head(exchange: Exchange) -> None:
        path = exchange.raw_path
        if len(path) > _SHORTEST and _SHAPES.search(unquote_to_bytes(path) if b"%" in path else path) is not None:
            _refuse(exchange, path, burning)
        if not exchange.query:
            return
        for piece in exchange.query.split(b"&"):
            name, _, value = piece.partition(b"=")
            if not value:
                continue
            plain = _plain(name)
            if plain in named and name not in cursors:
                _refuse(exchange, value, burning)
            if (
                len(value) >= _SHORTEST
                and plain not in shaped_so
                and _SHAPES.search(unquote_to_bytes(value)) is not None
            ):
                _refuse(exchange, value, burning)

    return head


def _refuse(exchange: Exchange, text: bytes, burning: Burning | None) -> NoReturn:
    token = burning.candidate(unquote_to_bytes(text)) if burning is not None else b""
    if token:
        exchange.note(_ID, token)
    raise Denied(400, _REASON)


def _body(burning: Burning) -> Hook:
    def body(exchange: Exchange) -> Awaitable[None] | None:
        text = exchange.body
        if b"_" not in text or b"access_token" not in text:  # one byte is looked for much faster than several
            return None
        found = _IN_JSON.search(text) or _IN_FORM.search(text)
        token = burning.candidate(unquote_to_bytes(found[1])) if found is not None else b""
        if not token:
            return None
        ours = burning.is_ours(token)
        if not isinstance(ours, bool):
            return later(ours, exchange, token)
        if ours:
            refuse(exchange, token)
        return None

    async def later(ours: Awaitable[bool], exchange: Exchange, token: bytes) -> None:
        if await ours:
            refuse(exchange, token)

    def refuse(exchange: Exchange, token: bytes) -> None:
        exchange.note(_ID, token)
        raise Denied(400, _BODY_REASON, {"www-authenticate": 'Bearer error="invalid_request"'})

    return body


def _reply(burning: Burning) -> Callable[[Exchange], None]:
    def reply(exchange: Exchange) -> None:
        if exchange.ours and exchange.status == 400:  # noqa: PLR2004 - refused indeed, and not only noted by a monitor
            token = exchange.notes.get(_ID)
            if token is not None:
                burning.burn(token)

    return reply
