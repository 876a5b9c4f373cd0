"""Before a write, the application itself is asked whose the object is, with the caller's own credentials."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from typing import Final, NamedTuple
from urllib.parse import quote

from ostiary.errors import ConfigError, StoreError
from ostiary.model import Asked, Exchange, Operation, Site
from ostiary.parts.ownership_requests import names_of

_NAME: Final = re.compile(r"\{([^{}/]+)\}")
_SAFE: Final = "-._~!$&'()*+,=:@"  # RFC 3986 section 3.3, without the semicolon of path parameters
# Fields that are about this request and no other: its body, its conditions, its key, its proof, and what would make
# another method of it.
_OWN: Final = frozenset(
    {
        b"accept", b"accept-encoding", b"content-length", b"content-type", b"content-encoding", b"content-md5",
        b"content-disposition", b"content-range", b"transfer-encoding", b"trailer", b"te", b"expect", b"upgrade",
        b"connection", b"keep-alive", b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since",
        b"if-range", b"range", b"idempotency-key", b"dpop", b"digest", b"content-digest", b"repr-digest", b"signature",
        b"signature-input", b"prefer", b"x-http-method", b"x-http-method-override", b"x-method-override", b"origin",
        b"access-control-request-method", b"access-control-request-headers",
    }
)  # fmt: skip
_ASKING: Final = ((b"accept", b"application/json"), (b"accept-encoding", b"identity"))


class Source(NamedTuple):
    """Where the object of an operation can be read: texts between path values, by their place in the operation's path."""

    texts: tuple[str, ...]
    values: tuple[int, ...]

    def target(self, exchange: Exchange) -> bytes:
        """The path to ask for."""
        pieces = [self.texts[0]]
        for at, text in zip(self.values, self.texts[1:], strict=True):
            pieces += (quote(exchange.path_values[at], safe=_SAFE), text)
        return "".join(pieces).encode("ascii")


def source_of(text: str, operation: Operation, site: Site, where: str) -> Source:
    """Read ``"GET /orders/{id}"``.

    :raises ConfigError: when it is no GET, is not declared, or has a name that the operation's own path lacks.
    """
    method, _, path = text.partition(" ")
    if method != "GET" or not path.startswith("/"):
        raise ConfigError(where, f"{text!r} is not a GET", 'as in "GET /orders/{id}"')
    shape = _NAME.sub("{}", path)
    known = {_NAME.sub("{}", each.path) for each in site.operations if each.method == "GET"}
    if site.api is not None and shape not in known:
        raise ConfigError(where, f"the document has no {text!r}")
    names = names_of(operation)
    for name in _NAME.findall(path):
        if name not in names:
            hint = f"it has {', '.join(names)}" if names else ""
            raise ConfigError(where, f"the path of {operation.key} has no {name!r}", hint)
    pieces = _NAME.split(path)
    texts = tuple(quote(piece, safe=_SAFE + "/") for piece in pieces[::2])
    return Source(texts, tuple(names.index(name) for name in pieces[1::2]))


def ask(site: Site, exchange: Exchange, target: bytes) -> Awaitable[Asked]:
    """Send a GET of our own, as the caller.

    :raises StoreError: when the application cannot be asked.
    """
    if site.upstream.ask is None:
        raise StoreError("there is nobody to ask")
    headers = [pair for pair in exchange.headers if pair[0] not in _OWN]
    return site.upstream.ask("GET", target, [*headers, *_ASKING], client=exchange.client, scheme=exchange.scheme)
