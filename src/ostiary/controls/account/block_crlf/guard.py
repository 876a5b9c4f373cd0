"""Check the request head, the declared single-line texts, and what leaves in header fields."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

from ostiary.errors import Denied
from ostiary.model import Exchange, Hooks, Operation, Parameter, Site
from ostiary.parts.body import is_json, media_type, plain
from ostiary.parts.control_characters import (
    SHORT,
    breaks_header,
    has_any,
    many_lines,
    may_hold_any,
    one_line,
    reorders,
    suspicious,
)
from ostiary.parts.field_words import IDENTIFIERS, has
from ostiary.parts.texts import Choose, Field, Texts, pointer, query_pairs
from ostiary.strict import Strict

_STRICT, _PLAIN = "identifier", "one line"  # how a text is read


class Settings(Strict, frozen=True):
    """Which texts may have more than one line.

    A text of the body is taken for a single line by its ``format``, by a ``maxLength`` up to 200, or by its name
    (``title``, ``email``, ``url``); a parameter of the query is, unless its name says otherwise (``q``, ``query``,
    ``text``). ``lines``: further names of fields that may have line breaks; ``line``: names of fields that may not.
    """

    lines: tuple[str, ...] = ()
    line: tuple[str, ...] = ()


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Check the request head, the declared single-line texts, and what leaves in header fields."""
    texts = Texts(operation, _choosing(settings)) if operation.declared else None
    free = frozenset(each.name for each in operation.parameters if _is_long(each)) - set(settings.line)
    plain = "{" not in operation.path and operation.path != "*"  # the path is the one declared: nothing to look at
    head = _head(settings, free, path=not plain)
    body = _body(texts) if texts is not None and texts.asks_body else None
    return Hooks(head=head, body=body, reply=_reply, pure=plain, pure_reply=True)


@functools.cache
def _choosing(settings: Settings) -> Choose:
    def choose(field: Field) -> str | None:
        if field.fixed or field.name in settings.lines:
            return None
        if field.name not in settings.line and not one_line(field.name, field.formats, field.longest):
            return None
        return _STRICT if has(field.name, IDENTIFIERS) else _PLAIN

    return choose


def _is_long(parameter: Parameter) -> bool:
    fragment = parameter.schema.fragment if parameter.schema is not None else None
    return isinstance(fragment, Mapping) and fragment.get("maxLength", 0) > SHORT


def _head(settings: Settings, free: frozenset[str], *, path: bool) -> Callable[[Exchange], None]:
    def head(exchange: Exchange) -> None:
        if exchange.known is None and breaks_header(exchange.headers):  # known: these very fields have passed
            raise Denied(400, "a header field holds control characters")
        if path and b"%" in exchange.raw_path and has_any(exchange.path):
            raise Denied(400, "the path holds control characters")
        if exchange.query and suspicious(exchange.query):
            for name, text in query_pairs(exchange.query):
                if has_any(name) or (has_any(text) and ("\0" in text or not may_have_lines(name))):
                    raise Denied(400, "a query parameter holds control characters")

    def may_have_lines(name: str) -> bool:
        return name in free or name in settings.lines or (many_lines(name) and name not in settings.line)

    return head


def _body(texts: Texts) -> Callable[[Exchange], None]:
    def body(exchange: Exchange) -> None:
        if is_json(exchange.media_type or media_type(exchange)) and not may_hold_any(plain(exchange)):
            return
        found = [
            at
            for at, text, mark in texts.body(exchange)
            if not (text.isascii() and text.isprintable()) and (has_any(text) or (mark is _STRICT and reorders(text)))
        ]
        if found:
            faults = [(pointer(at), "control characters in a single line") for at in found]
            raise Denied(400, "a single-line text holds control characters", faults=faults)

    return body


def _reply(exchange: Exchange) -> None:
    """RFC 9110 section 5.5: CR, LF and NUL in a value become spaces; a name that holds any is no name."""
    headers = exchange.reply_headers
    blob = b"".join(map(b"".join, headers))
    if b"\n" in blob or b"\r" in blob or b"\0" in blob:
        exchange.reply_headers = [
            (name, value.translate(_SPACED)) for name, value in headers if not name.translate(None, _TOKEN)
        ]


_SPACED = bytes.maketrans(b"\r\n\0", b"   ")
_TOKEN = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
