"""A reply leaves with one media type: a declared one, or one that a browser will not run."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts.reply import has_body, instead, is_json, is_json_type, label, media_of, plain_body
from ostiary.strict import DecodeError, Size, Strict, loads

_MEDIA: Final = re.compile(rb"[!#$&^\w.+-]+/[!#$&^\w.+-]+")
_ACTIVE: Final = frozenset(  # what browsers run or render
    {
        "text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml", "text/xsl",
        "text/javascript", "application/javascript", "application/ecmascript", "application/x-javascript",
        "text/ecmascript", "application/x-shockwave-flash", "text/x-component", "multipart/x-mixed-replace",
    }
)  # fmt: skip
_ACTIVE_BYTES: Final = frozenset(each.encode() for each in _ACTIVE)
_OWN_CHARSET: Final = frozenset({"text/event-stream", "text/xml", "text/xsl", "text/html", "text/x-component"})
_BRACKETS: Final = frozenset({b"{}", b"[]"})
_OPAQUE: Final = b"application/octet-stream"
_TEXT: Final = b"text/plain; charset=utf-8"
_MOST_REMEMBERED: Final = 64  # content types per operation; the upstream chooses them

# What is done with a type: nothing, send that instead, or refuse the reply.
_Verdict = bytes | int | None


class Settings(Strict, frozen=True):
    """``strict``: a success of a type that the document does not declare is refused, active or not.

    ``looks``: JSON and unlabelled replies up to this size are read to see whether the label is true.
    """

    strict: bool = False
    looks: Size = Size("256KiB")


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Compare the type with the declared ones; label what has none; refuse active content nobody declared."""
    verdicts: dict[tuple[int, bytes], _Verdict] = {}

    def verdict_of(status: int, value: bytes) -> _Verdict:
        key = (status, value)
        if key in verdicts:
            return verdicts[key]
        verdict = _judge(status, value, operation, strict=settings.strict)
        if len(verdicts) < _MOST_REMEMBERED:
            verdicts[key] = verdict
        return verdict

    reply = _forcing(verdict_of)
    if not settings.looks:
        return Hooks(reply=reply, pure=True)
    return Hooks(reply=reply, reply_body=_relabel, inspects=_looking(settings.looks, operation), pure=True)


def _forcing(verdict_of: Callable[[int, bytes], _Verdict]) -> Callable[[Exchange], None]:
    def reply(exchange: Exchange) -> None:
        value = None
        several = False
        for name, each in exchange.reply_headers:
            if name == b"content-type":
                several = several or value is not None
                value = each if value is None else value
        if value is None:
            if has_body(exchange):
                exchange.reply_headers.append((b"content-type", _OPAQUE))
            return
        verdict = verdict_of(exchange.status, value)
        if isinstance(verdict, int):
            raise instead(exchange, verdict, "" if verdict == exchange.status else "the reply has an undeclared type")
        if verdict is not None or several:
            label(exchange, value if verdict is None else verdict)

    return reply


def _judge(status: int, value: bytes, operation: Operation, *, strict: bool) -> _Verdict:
    media_bytes = value.partition(b";")[0].strip().lower()
    if _MEDIA.fullmatch(media_bytes) is None:
        return _OPAQUE
    media = media_bytes.decode("ascii")
    declared = declared_types(operation, status)
    if declared and not any(covers(each, media) for each in declared):
        success = 200 <= status < 300  # noqa: PLR2004
        if media in _ACTIVE:
            if success:
                return 502
            return _TEXT if status < 400 else status  # noqa: PLR2004 - a redirect's page is text to whoever reads it
        if strict and success:
            return 502
    if media.startswith("text/") and media not in _OWN_CHARSET and b"charset" not in value.lower():
        return value.rstrip(b"; ") + b"; charset=utf-8"
    return None


def declared_types(operation: Operation, status: int) -> frozenset[str]:
    """The media types declared for this status; where none are, those of all replies of the operation."""
    for key in (str(status), f"{status // 100}XX", "default"):
        content = operation.replies.get(key)
        if content:
            return frozenset(each.partition(";")[0].strip().lower() for each in content)
    return frozenset(each.partition(";")[0].strip().lower() for each in operation.produces)


def covers(declared: str, media: str) -> bool:
    """Whether a declared type or range covers a media type."""
    if declared in {"*/*", media}:
        return True
    if declared.endswith("/*"):
        return media.startswith(declared[:-1])
    return declared == "application/json" and media.endswith("+json")


def _looking(most: int, operation: Operation) -> Callable[[Exchange], bool]:
    """Small replies are read when they say JSON, say nothing, or claim to be active content that nobody declared."""
    pages = frozenset(each.encode() for each in _ACTIVE & operation.produces)

    def inspects(exchange: Exchange) -> bool:
        value = length = None
        for name, each in exchange.reply_headers:
            if name == b"content-type":
                value = each
            elif name == b"content-length":
                length = each
        if length is None or len(length) > 9 or not length.isdigit() or not 0 < int(length) <= most:  # noqa: PLR2004
            return False
        if value is None or is_json_type(value):
            return has_body(exchange)
        media = media_of(exchange)
        return media in _ACTIVE_BYTES and media not in pages and has_body(exchange)

    return inspects


def _relabel(exchange: Exchange) -> None:
    labelled = is_json(exchange)
    raw = exchange.reply_body
    if labelled and raw[:1] + raw[-1:] in _BRACKETS:
        return  # a whole parse would cost more than the label is worth
    body = plain_body(exchange).strip(b" \t\r\n")
    if not body or (labelled and body[:1] + body[-1:] in _BRACKETS):
        return
    unlabelled = exchange.reply_head(b"content-type") is None
    if not labelled and not unlabelled and body[:1] + body[-1:] not in _BRACKETS:
        return  # a page that says so
    if _parses(body):
        if not labelled:
            label(exchange, b"application/json")
    elif labelled or unlabelled:
        label(exchange, _TEXT if _is_text(body) else _OPAQUE)


def _is_text(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _parses(body: bytes) -> bool:
    try:
        loads(body)
    except (DecodeError, RecursionError, UnicodeDecodeError):
        return False
    return True
