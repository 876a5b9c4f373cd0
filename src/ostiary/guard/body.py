"""Bodies are read once, bounded, and never before the route and the caller are known."""

from __future__ import annotations

from ostiary.guard.plan import Plan
from ostiary.model import UNPARSED, Exchange, Reply
from ostiary.parts import body as parsers

_STREAMING = frozenset({b"text/event-stream", b"application/x-ndjson", b"application/jsonl", b"application/json-seq"})
_FRAMING = frozenset({b"content-length", b"transfer-encoding", b"content-encoding"})
_MOST_REMEMBERED = 256  # the application chooses its types: keep few
_streams: dict[bytes, bool] = {}  # Content-Type as sent -> whether it streams


def wanted(exchange: Exchange, *, framed: bool = True) -> bool:
    """Whether the request has a body that our parsers can read; what they cannot read is counted, not held.

    :param framed: whether a body shows in the header fields, as in HTTP/1; HTTP/2 and 3 send one without saying so.
    """
    if framed and exchange.head(b"content-length") in {None, b"0"} and exchange.head(b"transfer-encoding") is None:
        operation = exchange.operation  # empty: a required body that is missing must be refused
        return exchange.method in {"POST", "PUT", "PATCH"} or (operation is not None and operation.body_required)
    return parsers.readable(exchange)


def canonical(exchange: Exchange) -> None:
    """Replace a parsed JSON or form body by its own re-serialisation: what was checked is what the application reads."""
    if exchange.document is UNPARSED or exchange.verbatim:
        return
    body = parsers.serialise(exchange)
    if body is None or body == exchange.body:
        return
    exchange.body = body
    headers = [pair for pair in exchange.headers if pair[0] not in _FRAMING]
    headers.append((b"content-length", b"%d" % len(body)))
    exchange.headers = headers


def streams(exchange: Exchange) -> bool:
    """Whether a reply is one that must never be held back."""
    values = [value for name, value in exchange.reply_headers if name == b"content-type"]
    if len(values) != 1:
        return exchange.status == 101  # noqa: PLR2004 - two types: the client may believe the one that does not stream
    value = values[0]
    known = _streams.get(value)
    if known is None:
        media = value.partition(b";")[0].strip().lower()
        known = media in _STREAMING or media.startswith(b"multipart/x-mixed-replace")
        if len(_streams) < _MOST_REMEMBERED:
            _streams[value] = known
    return known or exchange.status == 101  # noqa: PLR2004


def inspect(plan: Plan, exchange: Exchange) -> Reply | None:
    """Run the inspecting hooks and then the head hooks over a reply that was read whole; a refusal if one objects."""
    before = exchange.reply_body
    refusal = plan.leave_body(exchange) or plan.leave(exchange)
    if refusal is None and exchange.reply_body is not before:
        length = b"%d" % len(exchange.reply_body)
        kept = [p for p in exchange.reply_headers if p[0] not in {b"content-length", b"etag", b"content-md5"}]
        exchange.reply_headers = [*kept, (b"content-length", length)]
    return refusal
