"""A GraphQL request is found wherever servers read one: in the query, in JSON alone or in a batch, in a form, as bare text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ostiary.errors import Denied
from ostiary.model import Exchange, Operation
from ostiary.parts import body as bodies
from ostiary.parts.multipart import Part
from ostiary.parts.texts import query_pairs
from ostiary.strict import DecodeError, dumps, loads

BARE: Final = "application/graphql"
MEDIA: Final = frozenset({BARE, bodies.FORM, bodies.MULTIPART})  # that are looked into, beside JSON
_SEGMENT: Final = re.compile(r"graphql|gql|graphql-api|graph-ql", re.IGNORECASE)
_SUGGESTION: Final = re.compile(r"(?<![ \t])[ \t]*\bDid you mean\b.*", re.DOTALL | re.IGNORECASE)


class Asked(NamedTuple):
    """One GraphQL request: the document ("" where it is named by a digest alone), its variables, the digest."""

    text: str
    variables: Mapping[str, Any]
    digest: str = ""


def is_graphql(path: str) -> bool:
    """Whether a path is, by its name, one where GraphQL is spoken."""
    return any(_SEGMENT.fullmatch(each) for each in path.split("/"))


def speaks_graphql(operation: Operation) -> bool:
    """Whether an operation is a GraphQL endpoint by its path, or by a media type of its own."""
    return is_graphql(operation.path) or any(each.startswith(BARE) for each in operation.consumes)


def in_query(query: bytes) -> list[Asked]:
    """The requests in a URL (GraphQL over HTTP, section "GET"); each `query` counts, as servers choose differently."""
    pairs = [(name.lower(), text) for name, text in query_pairs(query)]  # as in `_request`
    texts = [text for name, text in pairs if name == "query" and text]
    variables = next((text for name, text in pairs if name == "variables"), "")
    digest = _digest_of(_loaded(next((text for name, text in pairs if name == "extensions"), "")))
    if not texts and digest:
        return [Asked("", {}, digest)]
    return [Asked(each, _variables(_loaded(variables)), digest) for each in texts]


def in_body(exchange: Exchange, most: int) -> list[Asked]:
    """The requests in a body.

    :param most: how many a batch may hold.
    :raises Denied: 415 for a media type that cannot be looked into, 400 for a body that is no GraphQL request or a batch too large.
    """
    media = exchange.media_type or bodies.media_type(exchange)
    if bodies.is_json(media):
        return _requests(bodies.document(exchange), most)
    if media == BARE:
        return [Asked(bodies.document(exchange), {})]
    if media == bodies.FORM:
        return _in_fields(bodies.document(exchange), most)
    if media == bodies.MULTIPART:  # files: GraphQL multipart request specification
        parts: list[Part] = bodies.document(exchange)
        fields = [(each.name, each.content.decode("utf-8", "replace")) for each in parts if each.filename is None]
        return _in_fields(fields, most)
    raise Denied(415, "GraphQL is not accepted in this media type", {"accept": "application/json"})


def _in_fields(fields: list[tuple[str, str]], most: int) -> list[Asked]:
    found: list[Asked] = []
    fields = [(name.lower(), text) for name, text in fields]
    variables = next((text for name, text in fields if name == "variables"), "")
    for name, text in fields:
        if name == "operations":
            found += _requests(_loaded(text), most)
        elif name == "query":
            found.append(Asked(text, _variables(_loaded(variables))))
    return found


def _requests(document: Any, most: int) -> list[Asked]:
    several = document if isinstance(document, list) else [document]
    if len(several) > most:
        raise Denied(400, f"a batch holds more than {most} requests")
    return [_request(each) for each in several]


def _request(document: Any) -> Asked:
    if not isinstance(document, dict):
        raise Denied(400, "the body is no GraphQL request")
    members = {name.lower(): each for name, each in document.items()}  # .NET takes names in any case
    text = members.get("query")
    if len(members) < len(document) or not (text is None or isinstance(text, str)):
        raise Denied(400, "the query is not one text")
    named = [members.get(name) for name in ("documentid", "doc_id", "id") if isinstance(members.get(name), str)]
    digest = _digest_of(members.get("extensions")) or (str(named[0]) if named else "")
    return Asked(text or "", _variables(members.get("variables")), digest.removeprefix("sha256:"))


def _variables(value: Any) -> Mapping[str, Any]:
    if isinstance(value, str):  # some servers take them as JSON text
        value = _loaded(value)
    return value if isinstance(value, dict) else {}


def _digest_of(extensions: Any) -> str:
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    return digest if isinstance(digest, str) else ""


def _loaded(text: str) -> Any:
    try:
        return loads(text.encode()) if text else None
    except (DecodeError, RecursionError, UnicodeEncodeError):
        raise Denied(400, "a part of the GraphQL request is not JSON") from None


def without_suggestions(body: bytes) -> bytes | None:
    """A reply whose errors name no field that was only guessed at; None when there is nothing to take away.

    What ``data`` says is left alone.
    """
    try:
        document = loads(body)
    except (DecodeError, RecursionError, UnicodeDecodeError):
        return None
    changed = False
    for each in document if isinstance(document, list) else [document]:
        errors = each.get("errors") if isinstance(each, dict) else None
        for error in errors if isinstance(errors, list) else ():
            message = error.get("message") if isinstance(error, dict) else None
            if isinstance(message, str) and (shown := _SUGGESTION.sub("", message)) != message:
                error["message"] = shown
                changed = True
    return dumps(document) if changed else None
