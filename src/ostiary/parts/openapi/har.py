"""A HAR 1.2 recording of a browser or proxy: its calls to an API, without the page's own files and without credentials."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from ostiary.parts.openapi.recorded import Recorded, Recording, mappings
from ostiary.parts.openapi.shelf import At, wrong

DIALECT: Final = "HAR 1.2"
_PAGE: Final = ("text/html", "text/css", "image/", "font/", "audio/", "video/", "application/font", "application/wasm")
_SCRIPTS: Final = frozenset({"application/javascript", "text/javascript", "application/x-javascript"})
_SUFFIXES: Final = (".js", ".css", ".map", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".ico", ".woff", ".woff2", ".ttf", ".mjs", ".webp")  # fmt: skip
_SAFE: Final = frozenset({"GET", "HEAD"})
_KEY_HEADERS: Final = frozenset({"x-api-key", "api-key", "apikey", "x-auth-token", "x-access-token", "x-token"})
_CHARACTERS: Final = 2_000_000  # of one reply's text that is looked at


def is_one(document: Mapping[str, Any]) -> bool:
    """Whether a document is a HAR file (HTTP Archive 1.2: a `log` with `entries`)."""
    log = document.get("log")
    return isinstance(log, Mapping) and isinstance(log.get("entries"), list)


def read(document: Mapping[str, Any], name: str) -> Recording:
    """What a HAR file recorded of the API that it calls most.

    :raises ConfigError: when no call to an API is in it.
    """
    entries = mappings(document["log"]["entries"])
    calls = [(where, call) for each in entries for where, call in _call(each)]
    if not calls:
        hint = "record again while the application talks to its API, with contents"
        wrong(At(name, "/log/entries"), f"none of {len(entries)} requests is a call to an API", hint)
    hosts = Counter(where for where, _ in calls)
    host = max(hosts, key=lambda each: hosts[each])
    schemes: dict[str, Mapping[str, Any]] = {}
    for each in entries:
        if _origin(each) == host:
            schemes.update(_schemes(_pairs(_part(each, "request").get("headers"))))
    found = Recording(title=host, requests=[call for where, call in calls if where == host], schemes=schemes)
    others = [each for each in hosts if each != host]
    if others:
        found.notes.append(f"{name}: the calls to {host} were taken, not those to {', '.join(others[:3])}.")
    return found


def _part(entry: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = entry.get(name)
    return part if isinstance(part, Mapping) else {}


def _origin(entry: Mapping[str, Any]) -> str:
    try:
        return urlsplit(str(_part(entry, "request").get("url", ""))).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def _call(entry: Mapping[str, Any]) -> Iterator[tuple[str, Recorded]]:
    """The origin and the request of an entry, unless it is the page's own or nothing that an operation is made of."""
    request, response = _part(entry, "request"), _part(entry, "response")
    try:
        url = urlsplit(str(request.get("url", "")))
    except ValueError:
        return
    method = str(request.get("method", "")).upper()
    if url.scheme not in {"http", "https"} or method == "OPTIONS" or not method.isalpha():
        return
    content = _part(response, "content")
    reply_type = str(content.get("mimeType") or "").lower()
    if method in _SAFE and _is_of_the_page(url.path, reply_type, str(entry.get("_resourceType", ""))):
        return
    status = response.get("status")
    post = _part(request, "postData")
    media = str(post.get("mimeType") or "")
    fields = mappings(post.get("params"))
    files = tuple(str(each.get("name", "")) for each in fields if each.get("fileName"))
    plain = [(str(each.get("name", "")), str(each.get("value", ""))) for each in fields if not each.get("fileName")]
    body = str(post.get("text") or "")
    if plain and (not body or media.startswith("multipart/")):
        body = urlencode(plain)
    elif media.startswith("multipart/"):
        body = ""  # its boundaries are not taken apart again
    yield (
        _origin(entry),
        Recorded(
            method=method,
            path=url.path or "/",
            query=tuple(parse_qsl(url.query, keep_blank_values=True, max_num_fields=1000)),
            headers=tuple(_pairs(request.get("headers"))),
            media_type=media,
            body=body,
            files=files,
            status=status if isinstance(status, int) else 0,
            reply_type=reply_type,
            reply=_text(content),
        ),
    )


def _is_of_the_page(path: str, reply_type: str, kind: str) -> bool:
    if kind in {"xhr", "fetch"}:  # what Chrome and Firefox call a script's own requests
        return reply_type.startswith(("text/html", "text/css")) or path.lower().endswith(_SUFFIXES)
    media = reply_type.partition(";")[0].strip()
    return (
        media in _SCRIPTS
        or media.startswith(_PAGE)
        or path.lower().endswith(_SUFFIXES)
        or kind in {"websocket", "document"}
    )


def _pairs(headers: Any) -> list[tuple[str, str]]:
    return [(str(each.get("name", "")), str(each.get("value", ""))) for each in mappings(headers)]


def _schemes(headers: list[tuple[str, str]]) -> dict[str, Mapping[str, Any]]:
    """How requests showed who they were; the credentials themselves stay where they are."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, value in headers:
        low = name.lower()
        if low == "authorization":
            scheme = value.partition(" ")[0].lower()
            known = {"type": "http", "scheme": scheme} if scheme in {"basic", "bearer", "digest"} else None
            found[scheme if known else "authorization"] = known or {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
            }
        elif low in _KEY_HEADERS:
            found["key"] = {"type": "apiKey", "in": "header", "name": name}
    return found


def _text(content: Mapping[str, Any]) -> str:
    text = content.get("text")
    if not isinstance(text, str) or len(text) > _CHARACTERS:
        return ""
    if content.get("encoding") == "base64":
        try:
            return base64.b64decode(text).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return ""
    return text
