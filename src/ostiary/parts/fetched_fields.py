"""Which URLs of a request the application itself will fetch is said by the policy, or by the words of names."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, Self

from ostiary.model import Exchange, Operation
from ostiary.parts import body as bodies
from ostiary.parts.field_words import words
from ostiary.parts.media_types import is_yaml
from ostiary.parts.multipart import Part
from ostiary.parts.protected_members import Spot, in_document, in_form, spot
from ostiary.parts.texts import Choose, Field, Found, place_of
from ostiary.parts.urls import scheme_of

_ABSOLUTE: Final = frozenset({"uri", "iri", "url"})
_RELATIVE: Final = frozenset({"uri-reference", "iri-reference"})
_URL: Final = frozenset({"url", "urls", "uri", "uris", "href", "link", "links", "endpoint", "endpoints"})
_CALLED: Final = frozenset({  # something that is called back or fetched again and again
    "webhook", "webhooks", "hook", "hooks", "callback", "callbacks", "feed", "feeds", "rss", "atom", "notify", "notification",
    "notifications", "ping", "postback", "import", "fetch", "crawl", "scrape", "remote", "mirror", "upstream", "jwks",
})  # fmt: skip
_BROWSER: Final = frozenset(
    {"redirect", "return", "success", "cancel", "logout", "next", "share", "login"}
)  # goes there itself
_FETCHES: Final = frozenset({  # what an operation does that fetches what it is told
    "fetch", "proxy", "preview", "previews", "unfurl", "import", "imports", "scrape", "crawl", "screenshot", "screenshots",
    "ingest", "oembed", "webhook", "webhooks", "ping", "mirror", "thumbnail", "pdf", "download", "subscribe",
})  # fmt: skip
_APPS: Final = frozenset({"client", "clients", "app", "apps", "application", "applications", "oauth", "oauth2", "oidc"})
_SOURCES: Final = frozenset(
    {"src", "source", "target", "image", "file", "document", "picture", "avatar", "feed", "page", "site"}
)
_HOST: Final = re.compile(r"[\x00-\x20]*[/\\]{2}")  # a URL without its scheme, as browsers read it
_WRITES: Final = frozenset({"POST", "PUT", "PATCH"})


class Listed(NamedTuple):
    """What a policy says is fetched: names, and places of bodies."""

    names: frozenset[str]
    places: tuple[Spot, ...]

    @classmethod
    def of(cls, texts: Iterable[str], where: str) -> Self:
        """Read them; what begins with a slash is a place.

        :raises ConfigError: for a place that is none.
        """
        texts = tuple(texts)
        places = tuple(spot(each, where) for each in texts if each.startswith("/"))
        return cls(frozenset(each for each in texts if not each.startswith("/")), places)

    def found(self, media: str, exchange: Exchange) -> list[Found]:
        """The texts at these places of a body."""
        if not self.places or not (bodies.is_json(media) or is_yaml(media) or media in {bodies.FORM, bodies.MULTIPART}):
            return []
        document = bodies.document(exchange)
        if media in {bodies.FORM, bodies.MULTIPART}:
            fields = [document[at] for place in self.places for at in in_form(document, place, inside=False)]
            return [_of_field(each) for each in fields]
        values = [(place, holder[key]) for place in self.places for holder, key in in_document(document, place)]
        return [
            (place_of(place.tokens), each, True)
            for place, value in values
            for each in (value if isinstance(value, list) else [value])
            if isinstance(each, str)
        ]


def _of_field(field: Any) -> Found:
    if isinstance(field, Part):
        return place_of([field.name]), field.content.decode("utf-8", "replace"), True
    return place_of([field[0]]), field[1], True


def choosing(operation: Operation, names: frozenset[str], others: frozenset[str], *, recognise: bool) -> Choose:
    """The fields of an operation that are fetched; marked True where they have to be URLs, False where they may be else."""
    said = frozenset(words(f"{operation.path} {operation.id}"))
    fetches = recognise and not _FETCHES.isdisjoint(said)
    writes = recognise and operation.method in _WRITES
    return _choosing(names, others, fetches=fetches, writes=writes, apps=not _APPS.isdisjoint(said))


@functools.lru_cache(maxsize=256)
def _choosing(names: frozenset[str], others: frozenset[str], *, fetches: bool, writes: bool, apps: bool) -> Choose:
    def choose(field: Field) -> bool | None:
        if field.name in names:
            return True
        if field.fixed or field.name in others or not (fetches or writes):
            return None
        found = frozenset(words(field.name))
        is_url = not _ABSOLUTE.isdisjoint(field.formats)
        last = words(field.name)[-1:]
        named = is_url or not _RELATIVE.isdisjoint(field.formats) or not _URL.isdisjoint(last)
        if found & _BROWSER or (apps and found & {"callback", "callbacks"}):
            return None  # a browser is sent there: it is its own network that it reaches
        if fetches and (named or found & _SOURCES):
            return is_url
        return is_url if writes and named and found & _CALLED else None

    return choose


def fetches_nothing(text: str, *, strict: bool) -> bool:
    """Whether nothing would be fetched for a text: it is empty, carries its data itself, or is no URL where none has to be."""
    if not text:
        return True
    scheme = scheme_of(text)
    return scheme == "data" or (not strict and not scheme and not _HOST.match(text))
