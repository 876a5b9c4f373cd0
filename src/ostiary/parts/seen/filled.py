"""Bodies are filled in by what their members are called: the document's own example, with our values in the right places."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from ostiary.evidence import Http
from ostiary.model import Operation
from ostiary.parts.role_fields import fields_of
from ostiary.parts.seen.bodies import NOT_JSON, parse

FORM: Final = "application/x-www-form-urlencoded"
Wanted = Sequence[
    tuple[frozenset[str], str]
]  # names without decoration (`role_words.squeezed`), and the value for them


def body(http: Http, operation: Operation, wanted: Wanted, otherwise: Mapping[str, str]) -> tuple[str, bytes] | None:
    """Media type and bytes of a body with these values; None when the document names members, and none of ours.

    :param otherwise: the members to send where the document says nothing of the body.
    """
    told = [each for each in fields_of(operation) if each.place == "body"]
    if not told:
        return "application/json", json.dumps(dict(otherwise)).encode()
    paths = [(each.path, value) for each in told if (value := _value(each.key, wanted)) is not None]
    if not paths:
        return None
    base = http.body_of(operation)
    media = base[0] if base is not None else next(iter(operation.consumes), "application/json")
    if "json" in media or not base:
        document = parse(base[1]) if base is not None else {}
        whole: dict[str, Any] = document if document is not NOT_JSON and isinstance(document, dict) else {}
        for path, value in paths:
            _put(whole, path, value)
        return "application/json" if "json" not in media else media, json.dumps(whole).encode()
    if media.startswith(FORM):
        pairs = dict(parse_qsl(base[1].decode("utf-8", "replace"), keep_blank_values=True))
        return media, urlencode({**pairs, **{path[-1]: value for path, value in paths}}).encode()
    return None


def _value(key: str, wanted: Wanted) -> str | None:
    return next((value for names, value in wanted if key in names), None)


def _put(document: dict[str, Any], path: Sequence[str], value: str) -> None:
    for name in path[:-1]:
        inner = document.get(name)
        if not isinstance(inner, dict):
            inner = document[name] = {}
        document = inner
    document[path[-1]] = value
