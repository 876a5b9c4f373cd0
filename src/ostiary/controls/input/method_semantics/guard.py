"""Overrides of the method, and bodies where the method gives them no meaning, are refused."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from urllib.parse import unquote_to_bytes

from ostiary.errors import Denied
from ostiary.model import (
    Exchange,
    Hooks,
    Operation,
    Site,
)
from ostiary.parts import body as bodies
from ostiary.parts.schema import searcher
from ostiary.strict import Strict


def _spellings(name: str) -> Iterator[bytes]:
    """A header name with each of its dashes as an underscore too: CGI and WSGI read both as the same."""
    words = name.split("-")
    for marks in itertools.product("-_", repeat=len(words) - 1):
        yield "".join(map("".join, zip(words, (*marks, ""), strict=True))).encode()


_NAMES = ("x-http-method-override", "x-http-method", "x-method-override")
OVERRIDES = frozenset(each for name in _NAMES for each in _spellings(name))
_FRAMING = frozenset({b"content-length", b"transfer-encoding"})
_EITHER = OVERRIDES | _FRAMING
_suspect = searcher(r"_method|\\u00[2-7]")  # the name, or an escape that could spell a letter of it
_UNDERSCORES = bytes.maketrans(b". [", b"___")
_BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"})


class Settings(Strict, frozen=True):
    """``overrides``: let requests name another method in a header or ``_method`` after all."""

    overrides: bool = False


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse overrides of the method, and bodies where the document declares none for GET, HEAD and DELETE."""
    bodiless = operation.method in _BODILESS and not operation.consumes and site.api is not None
    head = None
    if bodiless and not settings.overrides:
        head = _refuse_both
    elif bodiless:
        head = _refuse_bodies
    elif not settings.overrides:
        head = _refuse_overrides
    forms = not settings.overrides and (not operation.consumes or any(map(_names_fields, operation.consumes)))
    body = _refuse_field if forms and operation.method not in _BODILESS else None
    if bodiless and operation.method == "DELETE":
        return Hooks(head=head, body=_refuse_content, pure=True)
    return Hooks(head=head, body=body, reads=_names_fields, pure=True)


def _refuse_overrides(exchange: Exchange) -> None:
    for name, _ in exchange.headers:
        if name in OVERRIDES:
            raise Denied(400, "a header may not replace the request's method")
    _refuse_parameter(exchange.query)


def _refuse_parameter(query: bytes) -> None:
    if query and (b"method" in query.lower() or b"%" in query):
        for piece in query.split(b"&"):
            name = _plain(unquote_to_bytes(piece.partition(b"=")[0].replace(b"+", b" ")))
            if name == b"_method" or name in OVERRIDES:
                raise Denied(400, "a parameter may not replace the request's method")


def _refuse_bodies(exchange: Exchange) -> None:
    for name, value in exchange.headers:
        if name in _FRAMING:
            _refuse_framed(exchange, name, value)


def _refuse_framed(exchange: Exchange, name: bytes, value: bytes) -> None:
    if name == b"content-length" and value == b"0":
        return
    if exchange.method != "DELETE" or not bodies.may_be_blank(exchange):
        raise Denied(400, "this operation takes no body")


def _refuse_content(exchange: Exchange) -> None:
    if exchange.body and not bodies.is_blank(exchange):
        raise Denied(400, "this operation takes no body")


def _refuse_both(exchange: Exchange) -> None:
    for name, value in exchange.headers:  # one pass: every read goes through here
        if name in _EITHER:
            if name in OVERRIDES:
                raise Denied(400, "a header may not replace the request's method")
            _refuse_framed(exchange, name, value)
    if exchange.query:
        _refuse_parameter(exchange.query)


def _names_fields(media: str) -> bool:
    return media in {bodies.FORM, bodies.MULTIPART, "*/*"} or bodies.is_json(media)


def _plain(name: bytes) -> bytes:
    """A parameter's name as PHP would have it: ``.method`` is ``_method`` there."""
    return name.lower().lstrip(b" ").translate(_UNDERSCORES)


def _refuse_field(exchange: Exchange) -> None:
    """Rails and Symfony read ``_method`` from either kind of form, Laravel from JSON besides."""
    body = exchange.body
    media = exchange.media_type or bodies.media_type(exchange)
    names: Iterable[str] = ()
    if bodies.is_json(media):
        if (b"_" not in body and b"\\" not in body) or not _suspect(body.decode("latin-1")):
            return  # as nearly all
        names = document if isinstance(document := bodies.document(exchange), dict) else ()
    elif b"method" in body.lower() or b"%" in body:
        fields = bodies.document(exchange)
        names = (each.name if isinstance(each, bodies.Part) else each[0] for each in fields)
    if any(_plain(name.encode()) == b"_method" for name in names):
        raise Denied(400, "a form field may not replace the request's method")
