"""Statuses carry the header fields they need, server errors one shape; unreadable JSON is the client's mistake, not a crash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts import body as bodies
from ostiary.parts.reply import has_body, instead, is_json, media_of, plain_body
from ostiary.parts.reply_schema import required_of
from ostiary.strict import DecodeError, Strict, loads

_SERVER_ERROR: Final = 500
_PROBLEM: Final = b"application/problem+json"
_SMALL: Final = 4_096  # bytes; what only says that something failed is short
_AROUND: Final = frozenset(
    {"error", "errors", "message", "msg", "code", "status", "success", "ok", "detail", "details"}
)
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "*"})
_FAILED: Final = frozenset({"error", "fail", "failed", "failure"})


class Settings(Strict, frozen=True):
    """``failed-success``: what happens to a 2xx whose whole document says that it failed.

    ``undeclared``: refused where the declared schema demands fields that it lacks; ``refuse``: refused; ``pass``: not read.

    ``server-errors``: a 5xx that is not JSON leaves as a problem; so does one that is, where the document describes the
    operation's replies and none of that kind (``undescribed``), or it stays (``keep``).
    """

    failed_success: Literal["undeclared", "refuse", "pass"] = "undeclared"
    server_errors: Literal["undescribed", "keep"] = "undescribed"


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Complete 401 and 405, give server errors the shape of a problem; compare bodies with statuses if asked to."""
    undescribed = settings.server_errors == "undescribed" and _describes_none(operation)
    reply = _completing(operation, _challenge(operation, site), undescribed=undescribed)
    body = _readable if operation.method in _WITH_BODY else None
    demanded = _demanded(operation)
    if settings.failed_success == "pass" or (settings.failed_success == "undeclared" and not demanded):
        return Hooks(body=body, reads=bodies.is_json, reply=reply, pure=True)
    if settings.failed_success == "refuse":
        demanded = ()
    return Hooks(
        body=body, reads=bodies.is_json, reply=reply, inspects=_small_success, reply_body=_refusing(demanded), pure=True
    )


def _demanded(operation: Operation) -> tuple[bytes, ...]:
    """The fields, in quotes, without which no declared success of the operation is complete."""
    found: frozenset[str] | None = None
    for status, content in operation.replies.items():
        for media, each in content.items() if status.startswith("2") else ():
            if "json" in media:
                names = required_of(each.schema) if each.schema is not None else frozenset[str]()
                found = names if found is None else found & names
    return tuple(f'"{name}"'.encode() for name in sorted((found or frozenset()) - _AROUND))


def _readable(exchange: Exchange) -> None:
    """400 for what says it is JSON and is not: an application that trips over it would answer 500."""
    if exchange.body and bodies.is_json(bodies.media_type(exchange)):
        bodies.document(exchange)


def _describes_none(operation: Operation) -> bool:
    """Whether the document says what this operation replies, and nothing of server errors."""
    return bool(operation.replies) and not any(key.startswith("5") or key == "default" for key in operation.replies)


def _completing(operation: Operation, challenge: bytes, *, undescribed: bool) -> Callable[[Exchange], None]:
    methods = operation.methods - {"*"} | ({"HEAD"} if "GET" in operation.methods else frozenset())
    allow = ", ".join(sorted(methods)).encode()
    described = frozenset(int(key) for key in operation.replies if key.isdigit() and int(key) >= _SERVER_ERROR)

    def reply(exchange: Exchange) -> None:
        status = exchange.status
        if status < 401:  # noqa: PLR2004 - the common way out
            return
        if status == 401:  # noqa: PLR2004 - RFC 9110 section 15.5.2: a 401 without a challenge is none
            if exchange.reply_head(b"www-authenticate") is None:
                exchange.reply_headers.append((b"www-authenticate", challenge))
        elif status == 405:  # noqa: PLR2004 - RFC 9110 section 15.5.6
            if allow and exchange.reply_head(b"allow") is None:
                exchange.reply_headers.append((b"allow", allow))
        elif status >= _SERVER_ERROR and status not in described and has_body(exchange) and refused(exchange):
            raise instead(exchange, status)

    def refused(exchange: Exchange) -> bool:
        return not is_json(exchange) or (undescribed and media_of(exchange) != _PROBLEM)

    return reply


def _challenge(operation: Operation, site: Site) -> bytes:
    """The scheme that the document declares for this operation; Bearer where it says nothing."""
    schemes = site.api.security_schemes if site.api else {}
    for alternative in operation.security or ():
        for name in alternative:
            scheme = schemes.get(name, {})
            if scheme.get("type") == "basic" or str(scheme.get("scheme", "")).lower() == "basic":
                return b'Basic realm="api", charset="UTF-8"'
            if scheme.get("type") == "apiKey":
                return b"ApiKey"
    return b"Bearer"


def _small_success(exchange: Exchange) -> bool:
    if not 200 <= exchange.status < 300 or not is_json(exchange) or not has_body(exchange):  # noqa: PLR2004
        return False
    length = exchange.reply_head(b"content-length")
    return length is not None and len(length) < 6 and length.isdigit() and int(length) <= _SMALL  # noqa: PLR2004


def _refusing(demanded: tuple[bytes, ...]) -> Callable[[Exchange], None]:
    def reply_body(exchange: Exchange) -> None:
        body = plain_body(exchange)
        if demanded and all(name in body for name in demanded):
            return
        try:
            document = loads(body)
        except (DecodeError, RecursionError, UnicodeDecodeError):
            return
        status = _failed_as(document)
        if status:
            raise instead(exchange, status, "the operation failed")

    return reply_body


def _failed_as(document: Any) -> int:
    """The status a document should have come with, or 0 when it does not say that it failed."""
    if not isinstance(document, dict) or not document.keys() <= _AROUND:
        return 0
    state = document.get("status")
    code = next((document[key] for key in ("status", "code") if isinstance(document.get(key), int)), 0)
    bad = 400 <= code <= 599  # noqa: PLR2004
    said = document.get("success") is False or document.get("ok") is False or bool(document.get("error"))
    said = said or bool(document.get("errors")) or (isinstance(state, str) and state.lower() in _FAILED)
    return (code if bad else 400) if said or bad else 0
