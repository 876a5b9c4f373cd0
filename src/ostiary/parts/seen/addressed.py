"""Places of a request that hold an address, by name, by format, or because a valid request has one there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ostiary.parts.seen.inputs import Input, words

FORMATS: Final = frozenset({"uri", "url", "iri", "uri-reference", "iri-reference"})
_URLS: Final = frozenset({
    "url", "urls", "uri", "uris", "href", "link", "webhook", "hook", "callback", "callbackurl", "feed", "rss", "endpoint", "target",
    "source", "src", "proxy", "fetch", "import", "imageurl", "remote", "website", "site", "homepage", "webpage", "wsdl", "sitemap",
    "avatar", "image", "img", "picture", "photo", "logo", "icon", "thumbnail", "upstream", "origin", "resource", "download", "preview",
    "ping", "jwks", "jku", "manifest", "notify", "notification", "scrape", "crawl", "destination", "dest", "location",
})  # fmt: skip
HOSTS: Final = frozenset({"host", "hostname", "domain", "server", "ip", "ipaddress", "fqdn"})
_PICTURES: Final = frozenset({"image", "img", "imageurl", "picture", "photo", "logo", "icon", "thumbnail", "avatar"})
_OTHERS: Final = frozenset(
    {"email", "date", "date-time", "uuid", "binary", "byte"}
)  # a file that is handed in is none either
_URL: Final = re.compile(r"https?://", re.IGNORECASE)


def is_url(name: str, schema: Mapping[str, Any], value: str = "") -> bool:
    """Whether a text there is likely to be a URL or the name of a host."""
    if "enum" in schema or (schema.get("format") or schema.get("x-format")) in _OTHERS:
        return False
    known = words(name)
    declared = (schema.get("format") or schema.get("x-format")) in FORMATS
    return declared or bool(_URL.match(value)) or not (_URLS | HOSTS).isdisjoint(known)


def takes_url(at: Input) -> bool:
    """The same of a place that can be tried."""
    return is_url(at.name, at.schema, at.value)


def spelt_for(at: Input, url: str) -> str:
    """A URL as the place would have it: a host without a scheme, a picture with an ending."""
    known = words(at.name)
    if not known.isdisjoint(HOSTS) and known.isdisjoint(_URLS):
        return url.partition("://")[2]
    return f"{url}/a.png" if not known.isdisjoint(_PICTURES) else url
