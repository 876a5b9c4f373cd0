"""Requests that somebody recorded become an OpenAPI document: templates for paths, schemas with examples, no secret."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from ostiary.parts.field_words import SECRETS, has
from ostiary.parts.openapi.inferred import looks_secret, merged, schema_of
from ostiary.parts.openapi.templates import Template, templates

FOUND: Final = "x-ostiary-found"  # marks an operation that the document does not declare and the audit found
MOST: Final = 5_000  # requests; a day's recording has fewer that differ
_FORM: Final = "application/x-www-form-urlencoded"
_METHODS: Final = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"})
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_OWN_HEADERS: Final = frozenset({  # what clients and proxies say of themselves, not what an operation asks for
    "accept", "accept-encoding", "accept-language", "authorization", "cache-control", "connection", "content-length",
    "content-type", "cookie", "dnt", "expect", "forwarded", "from", "host", "if-modified-since", "if-none-match",
    "keep-alive", "origin", "pragma", "priority", "purpose", "range", "referer", "te", "trailer", "transfer-encoding",
    "upgrade", "upgrade-insecure-requests", "user-agent", "via", "postman-token", "x-requested-with", "x-real-ip",
})  # fmt: skip
_NO_CALLER: Final = ("csrf", "xsrf", "idempoten")
_OWN_STARTS: Final = ("sec-", "proxy-", "x-forwarded-", "x-b3-", "x-amzn-", "cf-", ":")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One request and what is known of its reply.

    ``path`` is as sent, or has names in braces where its source told them (``holes`` are their values). ``body`` is
    text, or the fields of a form. ``schemes`` are names of `Recording.schemes`; None: the source does not say.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = ""
    body: str = ""
    files: tuple[str, ...] = ()  # names of a multipart form's fields that are files
    holes: Mapping[str, str] = field(default_factory=dict)
    status: int = 0
    reply_type: str = ""
    reply: str = ""
    schemes: tuple[str, ...] | None = None
    name: str = ""  # what its source calls it
    schema: Mapping[str, Any] | None = None  # of the body, where it is known and no body was seen


@dataclass(slots=True, kw_only=True)
class Recording:
    """What a file recorded, and what it says of credentials; ``notes`` are sentences about what had to be left out."""

    title: str
    requests: list[Recorded]
    schemes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def document_of(recording: Recording) -> dict[str, Any]:
    """A plain OpenAPI 3.1 document of everything that was recorded."""
    wanted = [each for each in recording.requests[:MOST] if each.method in _METHODS]
    places = templates(
        [Template(each.path, each.method, each.status, _json(each.reply), each.holes) for each in wanted]
    )
    grouped: dict[tuple[str, str], list[Recorded]] = {}
    holes: dict[str, dict[str, list[str]]] = {}
    for each, (path, values) in zip(wanted, places, strict=True):
        grouped.setdefault((path, each.method), []).append(each)
        known = holes.setdefault(path, {})
        for name, value in values.items():
            known.setdefault(name, []).append(value)
    paths: dict[str, Any] = {}
    for (path, method), group in grouped.items():
        item = paths.setdefault(path, {"parameters": [_path_parameter(*pair) for pair in holes[path].items()]})
        item[method.lower()] = _operation(group)
    document: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": recording.title, "version": "0"}, "paths": paths}
    if recording.schemes:
        document["components"] = {"securitySchemes": dict(recording.schemes)}
    return document


def _operation(group: Sequence[Recorded]) -> dict[str, Any]:
    made: dict[str, Any] = {"responses": _replies(group)}
    name = next((each.name for each in group if each.name), "")
    if name:
        made["summary"] = name
    parameters = [*_parameters(group, "query"), *_parameters(group, "header")]
    if parameters:
        made["parameters"] = parameters
    body = _body(group) if group[0].method in _WITH_BODY else None
    if body is not None:
        made["requestBody"] = body
    said = [each.schemes for each in group if each.schemes is not None]
    if said:
        made["security"] = [] if () in said else [{name: []} for name in dict.fromkeys(sum(said, ()))]
    return made


def _path_parameter(name: str, values: Iterable[str]) -> dict[str, Any]:
    shown = [unquote(each) for each in values if each and not has(name, SECRETS) and not looks_secret(unquote(each))]
    schema = schema_of(_typed(shown)) if shown else {"type": "string"}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _typed(values: Sequence[str]) -> list[Any]:
    """Numbers and truths where all of a parameter's values are written so."""
    if all(each.isascii() and each.isdigit() and (each == "0" or each[0] != "0") and len(each) < 19 for each in values):  # noqa: PLR2004 - digits of a 64-bit number
        return [int(each) for each in values]
    if all(each in {"true", "false"} for each in values):
        return [each == "true" for each in values]
    return list(values)


def _parameters(group: Sequence[Recorded], place: str) -> list[dict[str, Any]]:
    found: dict[str, list[str]] = {}
    for each in group:
        for name, value in each.query if place == "query" else each.headers:
            if place == "query" or _is_asked_for(name):
                found.setdefault(name if place == "query" else name.lower(), []).append(value)
    made = []
    for name, values in found.items():
        shown = [] if has(name, SECRETS) else [each for each in values if each and not looks_secret(each)]
        schema = schema_of(_typed(shown)) if shown else {"type": "string"}
        everywhere = sum(any(_same(name, one, place) for one, _ in _pairs(each, place)) for each in group) == len(group)
        required = everywhere and bool(shown) and (place == "header" or len(group) > 1)
        made.append({"name": name, "in": place, "required": required, "schema": schema})
    return made


def _pairs(each: Recorded, place: str) -> tuple[tuple[str, str], ...]:
    return each.query if place == "query" else each.headers


def _same(name: str, other: str, place: str) -> bool:
    return name == other if place == "query" else name == other.lower()


def _is_asked_for(name: str) -> bool:
    low = name.lower()
    return low not in _OWN_HEADERS and not low.startswith(_OWN_STARTS) and not _is_secret(low)


def is_credential(name: str) -> bool:
    """Whether a header field of the API's own carries who is asking, by its name; a token against forgery does not."""
    low = name.lower()
    own = low in _OWN_HEADERS or low.startswith(_OWN_STARTS) or any(each in low for each in _NO_CALLER)
    return not own and _is_secret(low)


def _is_secret(low: str) -> bool:
    return has(low, SECRETS | {"auth", "session"})


def _body(group: Sequence[Recorded]) -> dict[str, Any] | None:
    content: dict[str, dict[str, Any]] = {}
    for each in group:
        media = each.media_type.partition(";")[0].strip().lower()
        if not media or not (each.body or each.files or each.schema is not None):
            continue
        schema = dict(each.schema) if each.schema is not None else _body_schema(media, each)
        known = content.get(media)
        content[media] = {"schema": merged(known["schema"], schema) if known else schema}
    if not content:
        return None
    return {"required": all(each.body or each.files or each.schema is not None for each in group), "content": content}


def _body_schema(media: str, each: Recorded) -> dict[str, Any]:
    if media in {_FORM, "multipart/form-data"}:
        fields = dict(parse_qsl(each.body, keep_blank_values=True, max_num_fields=1000))
        made = schema_of([{name: _typed([value])[0] for name, value in fields.items()}])
        for name in each.files:
            made["properties"][name] = {"type": "string", "format": "binary"}
            made["required"].append(name)
        return made
    plain = _json(each.body)
    if plain is not _NOTHING and (media.endswith(("json", "javascript")) or media == "text/plain"):
        return schema_of([plain])
    return {"type": "string"} if looks_secret(each.body) else {"type": "string", "examples": [each.body[:10_000]]}


def _replies(group: Sequence[Recorded]) -> dict[str, Any]:
    """Statuses and the form of their documents; values of replies are other people's data and stay out."""
    made: dict[str, Any] = {}
    for each in group:
        if not 100 <= each.status < 600:  # noqa: PLR2004 - RFC 9110 section 15
            continue
        media = each.reply_type.partition(";")[0].strip().lower()
        content = made.setdefault(str(each.status), {"description": "recorded"})
        plain = _json(each.reply)
        if media and "/" in media:
            known = content.setdefault("content", {}).setdefault(media, {})
            if plain is not _NOTHING:
                schema = schema_of([plain], examples=False)
                known["schema"] = merged(known["schema"], schema) if "schema" in known else schema
    return made or {"default": {"description": "not recorded"}}


_NOTHING: Final = object()


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """The mappings of a list; nothing of what is no list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text.lstrip()[:1] in tuple('{["') or text.strip().isdigit() else _NOTHING
    except (ValueError, RecursionError):
        return _NOTHING
