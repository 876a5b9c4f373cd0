"""Request bodies become documents here: one strict parser per media type, each bounded, the result kept."""

from __future__ import annotations

from typing import Any

from ostiary.errors import Denied
from ostiary.model import UNPARSED, Exchange
from ostiary.strict import DecodeError, dumps, loads


def media_type(exchange: Exchange) -> str:
    """The request's media type without parameters, lower case; empty when it names none."""
    if not exchange.media_type:
        value = exchange.head(b"content-type") or b""
        exchange.media_type = value.partition(b";")[0].strip().lower().decode("latin-1")
    return exchange.media_type


def is_json(media: str) -> bool:
    """JSON by name or by structured suffix (RFC 6839)."""
    return media == "application/json" or media.endswith("+json")


def readable(exchange: Exchange) -> bool:
    """Whether a parser here can read this request's body."""
    return is_json(media_type(exchange))


def document(exchange: Exchange) -> Any:
    """The parsed body; parsed at the first call, kept in the exchange.

    :raises Denied: 400 when the body is not what its media type says.
    """
    if exchange.document is UNPARSED:
        try:
            exchange.document = loads(exchange.body)
        except (DecodeError, RecursionError, UnicodeDecodeError):
            raise Denied(400, "the body is not valid JSON") from None
    return exchange.document


def serialise(exchange: Exchange) -> bytes | None:
    """The document as bytes again, or None for types that are passed on as they came."""
    return dumps(exchange.document) if is_json(media_type(exchange)) else None
