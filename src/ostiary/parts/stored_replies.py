"""A reply that is kept to be given again holds what the application said of the result, and nothing of the moment or the caller."""

from __future__ import annotations

from typing import Final

from ostiary.model import Reply
from ostiary.strict import dumps, loads

Pairs = list[tuple[bytes, bytes]]

# Of one exchange, one connection or one caller's session: never given to a later one.
_OF_THE_MOMENT: Final = frozenset(
    {
        b"set-cookie", b"date", b"age", b"connection", b"keep-alive", b"transfer-encoding", b"content-length", b"trailer",
        b"upgrade", b"server", b"via", b"alt-svc", b"server-timing", b"www-authenticate", b"authentication-info",
        b"proxy-authenticate", b"retry-after", b"x-request-id", b"x-correlation-id", b"traceparent", b"tracestate",
        b"ratelimit", b"ratelimit-policy", b"x-ratelimit-limit", b"x-ratelimit-remaining", b"x-ratelimit-reset",
        b"authorization", b"x-auth-token", b"dpop-nonce",
    }
)  # fmt: skip


def kept_names(headers: Pairs) -> frozenset[bytes]:
    """The names of an application's header fields that belong to its result."""
    return frozenset(name for name, _ in headers) - _OF_THE_MOMENT


def pack(status: int, headers: Pairs, body: bytes, names: frozenset[bytes]) -> bytes:
    """A reply as bytes, with the header fields of these names."""
    pairs = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers if name in names]
    return dumps([status, pairs]) + b"\n" + body


def unpack(stored: bytes) -> Reply:
    """The reply of `pack`, marked as one that was given before."""
    head, _, body = stored.partition(b"\n")
    status, pairs = loads(head)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
    headers += [(b"content-length", b"%d" % len(body)), (b"idempotent-replayed", b"true")]
    return Reply(status=status, headers=headers, body=body)
