"""A URL with a credential in it is refused: by the name of a parameter, or by the shape of a value."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import unquote_to_bytes

from ostiary.errors import Denied
from ostiary.model import (
    Exchange,
    Hooks,
    Operation,
    Site,
)
from ostiary.strict import Strict

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
    """``allow``: query parameters that are credentials by name and accepted all the same, such as a mailed ``token``."""

    allow: tuple[str, ...] = ()


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse credentials in path and query, and tell browsers to send no Referer."""
    allowed = frozenset(_plain(each.encode("utf-8")) for each in settings.allow)
    return _hooks(allowed, _cursors(operation))


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


@cache
def _hooks(allowed: frozenset[str], cursors: frozenset[bytes]) -> Hooks:
    named = _NAMES - allowed
    shaped_so = _MAY_LOOK_SO | allowed

    def head(exchange: Exchange) -> None:
        path = exchange.raw_path
        if len(path) > _SHORTEST and _SHAPES.search(path) is not None:
            raise Denied(400, _REASON)
        if not exchange.query:
            return
        for piece in exchange.query.split(b"&"):
            name, _, value = piece.partition(b"=")
            if not value:
                continue
            plain = _plain(name)
            if plain in named and name not in cursors:
                raise Denied(400, _REASON)
            if (
                len(value) >= _SHORTEST
                and plain not in shaped_so
                and _SHAPES.search(unquote_to_bytes(value)) is not None
            ):
                raise Denied(400, _REASON)

    return Hooks(head=head, sets=((b"referrer-policy", b"no-referrer"),))
