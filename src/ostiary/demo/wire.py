"""The shop's requests and replies, and what HTTP says of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote


@dataclass(slots=True)
class Request:
    """What arrived; header names in lower case, the first value of each wins."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    hosts: list[str]
    size: int  # of all headers, bytes
    peer: str
    secure: bool
    body: bytes = b""


@dataclass(slots=True)
class Answer:
    """What leaves."""

    status: int
    body: bytes = b""
    media: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)


def request_of(scope: Mapping[str, Any]) -> Request:
    """Read an ASGI scope."""
    pairs = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope.get("query_string", b"").decode("latin-1"),
        headers=dict(reversed(pairs)),
        hosts=[value for name, value in pairs if name == "host"],
        size=sum(len(name) + len(value) for name, value in pairs),
        peer=(scope.get("client") or ("",))[0],
        secure=scope.get("scheme") == "https",
    )


def as_json(status: int, value: Any) -> Answer:
    """A reply in JSON."""
    return Answer(status, json.dumps(value).encode(), "application/json")


def allow(methods: Mapping[str, Any]) -> str:
    """The Allow field for a path."""
    return ", ".join(sorted({*methods, "OPTIONS", *(["HEAD"] if "GET" in methods else [])}))


def match(template: str, path: str) -> dict[str, Any] | None:
    """The values of a template's names in a path, or None when it does not fit."""
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    values = {}
    for name, text in zip(wanted, given, strict=True):
        if name.startswith("{"):
            values[name[1:-1]] = unquote(text)
        elif name != text:
            return None
    return None if "" in values.values() else values


def made(operation: Mapping[str, Any]) -> str:
    """The media type that an operation answers with; empty when its replies have no body."""
    replies = (reply for status, reply in operation["responses"].items() if status.startswith("2"))
    return next((media for reply in replies for media in reply.get("content", {})), "")


def fits(accept: str, made: str) -> bool:
    """Whether an Accept field takes a media type."""
    best = (-1, 0.0)  # the most specific range that fits decides (RFC 9110 section 12.5.1)
    for part in accept.split(","):
        media, *parameters = (each.strip().lower() for each in part.split(";"))
        weight = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        rank = {made: 2, made.partition("/")[0] + "/*": 1, "*/*": 0}.get(media, -1)
        if rank > best[0]:
            best = (rank, 0.0 if weight.strip("0.") == "" else 1.0)
    return best[1] > 0
