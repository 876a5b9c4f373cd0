"""Sizes, depths and counts are held against their limits before anything is allocated for them."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from ostiary.errors import ConfigError, Denied
from ostiary.model import Exchange, Hooks, Operation, Site
from ostiary.parts import body as bodies
from ostiary.parts import content_codings, json_text, media_types, multipart
from ostiary.strict import Meta, Size, Strict

_SHORTEST = 5  # bytes of a member with its comma: `"":0,`
Count = Annotated[int, Meta(ge=1, le=10_000_000)]


class Settings(Strict, frozen=True):
    """How much a request may bring.

    ``body`` holds for what is parsed (JSON, forms, XML, YAML, text), ``upload`` for everything else: multipart, images,
    archives. ``headers`` counts names and values, ``url`` path and query. ``depth``, ``values`` and ``keys`` (of one
    object) are of JSON, ``fields`` of a form, ``parts`` of a multipart body. ``ratio`` is unpacked to packed bytes.
    """

    body: Size = Size("1MiB")
    upload: Size = Size("16MiB")
    headers: Size = Size("32KiB")
    header_count: Count = 100
    url: Size = Size("8KiB")
    depth: Annotated[int, Meta(ge=1, le=500)] = 64
    values: Count = 100_000
    keys: Count = 5_000
    fields: Count = 1_000
    parts: Count = 100
    ratio: Annotated[int, Meta(ge=2, le=1000)] = content_codings.RATIO


def guard(settings: Settings, operation: Operation, site: Site) -> Hooks | None:
    """Refuse by 413, 414, 431 or 400 what is over a limit, and by 415 a content coding we cannot look into."""
    if settings.headers < Size("1KiB") or settings.url < Size("256B"):
        raise ConfigError("beyond.payload-limits", "no ordinary request fits", "headers >= 1KiB and url >= 256B")
    types = {each.partition(";")[0].strip().lower() for each in operation.consumes}
    uploads = any(not _parsed(each) for each in types) or site.api is None or not operation.declared
    return _hooks(settings, uploads=uploads, reads=bool(types) or operation.method not in {"GET", "HEAD"})


def _parsed(media: str) -> bool:
    return (
        not media
        or bodies.is_json(media)
        or media == bodies.FORM
        or media.startswith("text/")
        or media_types.is_xml(media)
        or media_types.is_yaml(media)
    )


@cache
def _hooks(settings: Settings, *, uploads: bool, reads: bool) -> Hooks:
    limits = _Limits(settings)
    most = max(settings.body, settings.upload) if uploads else settings.body
    return Hooks(head=limits.head, body=limits.body if reads else None, body_limit=most, pure=True)


class _Limits:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._most_body = int(settings.body)
        self._most_url = int(settings.url)
        self._most_headers = int(settings.headers)
        self._most_header_count = settings.header_count

    def head(self, exchange: Exchange) -> None:
        if len(exchange.raw_path) + len(exchange.query) > self._most_url:
            raise Denied(414, "the URL is too long")
        headers = exchange.headers
        size = 0
        for name, value in headers:
            size += len(name) + len(value)
            if name == b"content-length":
                self._check_length(exchange, value)
            elif name == b"content-encoding":
                self._check_coding(exchange)
        if size > self._most_headers or len(headers) > self._most_header_count:
            raise Denied(431, "the header section is too large")

    def _check_length(self, exchange: Exchange, value: bytes) -> None:
        if value.isdigit() and int(value[:20]) > self._limit(exchange):  # what is no number is the framing's affair
            raise Denied(413, "the body is too large")

    def _check_coding(self, exchange: Exchange) -> None:
        coding = bodies.coding(exchange)
        if coding and not content_codings.supported(coding):
            raise Denied(415, "this content coding is not accepted", {"accept-encoding": "gzip, deflate, identity"})

    def _limit(self, exchange: Exchange) -> int:
        settings = self._settings
        return settings.body if _parsed(bodies.media_type(exchange)) else max(settings.body, settings.upload)

    def body(self, exchange: Exchange) -> None:
        settings = self._settings
        text = exchange.body
        if len(text) > self._most_body and len(text) > self._limit(exchange):
            raise Denied(413, "the body is too large")
        media = exchange.media_type or bodies.media_type(exchange)
        if not exchange.unpacked:
            text = bodies.plain(exchange, most=self._limit(exchange), ratio=settings.ratio)
        if not text:
            return
        media = bodies.media_type(exchange)
        if bodies.is_json(media):
            json_text.measure(text, depth=settings.depth, values=settings.values)
            keys = settings.keys
            if (
                len(text) > keys * _SHORTEST
                and text.count(b":") > keys
                and json_text.most_keys(bodies.document(exchange)) > keys
            ):
                raise Denied(400, f"a JSON object holds more than {keys} members")
        elif media == bodies.FORM:
            if text.count(b"&") >= settings.fields:
                raise Denied(400, f"the form holds more than {settings.fields} fields")
        elif media == bodies.MULTIPART:
            boundary = multipart.boundary_of((exchange.head(b"content-type") or b"").decode("latin-1"))
            if text.count(b"--" + boundary) > settings.parts + 1:
                raise Denied(400, f"the form holds more than {settings.parts} parts")
