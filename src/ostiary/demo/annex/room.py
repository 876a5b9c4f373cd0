"""What a room is written with: the call it serves, the answers it gives, and its part of the document."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ostiary.demo.annex.people import People, Person
from ostiary.demo.annex.tokens import Tokens
from ostiary.demo.reading import Refused
from ostiary.demo.tries import Tries
from ostiary.demo.wire import Answer, Request, as_json

__all__ = [
    "Answer", "Call", "Person", "Premises", "Refused", "array", "done", "found", "hole", "made", "object_of",
    "operation", "query", "text", "uuid_text",
]  # fmt: skip

PROBLEM = {"$ref": "#/components/responses/Problem"}


@dataclass(slots=True)
class Premises:
    """What all rooms share."""

    faults: frozenset[str]
    db: sqlite3.Connection
    people: People
    tokens: Tokens
    tries: Tries
    kept: dict[str, Any] = field(default_factory=dict)  # what a room keeps besides its tables, by its own name


@dataclass(slots=True)
class Call:
    """A request that got past the door: known operation, checked values, caller told apart from nobody."""

    operation: str
    values: dict[str, Any]
    body: Any
    who: Person | None
    request: Request
    premises: Premises

    @property
    def faults(self) -> frozenset[str]:
        """The switches that are on."""
        return self.premises.faults

    @property
    def db(self) -> sqlite3.Connection:
        """The one database; rows come as `sqlite3.Row`."""
        return self.premises.db

    @property
    def person(self) -> Person:
        """Who asks; refuses with 401 when nobody does."""
        if self.who is None:
            raise Refused(401, "say who you are", www_authenticate='Bearer realm="annex"')
        return self.who


def found(value: Any) -> Answer:
    """200 with JSON."""
    return as_json(200, value)


def made(value: Any, location: str) -> Answer:
    """201 with JSON and where the new thing is."""
    answer = as_json(201, value)
    answer.headers = [("location", location)]
    return answer


def done() -> Answer:
    """204."""
    return Answer(204)


def text(most: int, *, least: int = 0, **more: Any) -> dict[str, Any]:
    """The schema of a text of `least` to `most` characters; `more` are further keywords."""
    return {"type": "string", "minLength": least, "maxLength": most, **more}


def uuid_text() -> dict[str, Any]:
    """The schema of an id."""
    return {"type": "string", "format": "uuid", "maxLength": 36}


def array(items: Mapping[str, Any], most: int = 100) -> dict[str, Any]:
    """The schema of a bounded list."""
    return {"type": "array", "maxItems": most, "items": dict(items)}


def object_of(properties: Mapping[str, Any], *, optional: Sequence[str] = ()) -> dict[str, Any]:
    """The schema of an object with these members and no other."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name in properties if name not in optional],
        "properties": dict(properties),
    }


def hole(name: str, schema: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A path parameter; an id unless `schema` says otherwise."""
    return {"name": name, "in": "path", "required": True, "schema": dict(schema or uuid_text())}


def query(name: str, schema: Mapping[str, Any], example: Any, *, required: bool = False) -> dict[str, Any]:
    """A query parameter."""
    return {"name": name, "in": "query", "required": required, "schema": dict(schema), "example": example}


def operation(
    name: str,
    summary: str,
    *,
    gives: Mapping[str, Any] | None = None,
    status: int = 200,
    media: str = "application/json",
    takes: Mapping[str, Any] | None = None,
    example: Any = None,
    taken: str = "application/json",
    parameters: Sequence[Mapping[str, Any]] = (),
    public: bool = False,
    loose: bool = False,
    anyone: bool = False,
) -> dict[str, Any]:
    """One operation.

    :param gives: the schema of its reply; None for a reply without body (204 unless `status` says otherwise).
    :param takes: the schema of its body in the media type `taken`, with a valid `example`.
    :param public: served to nobody in particular.
    :param loose: members that `takes` does not name reach `serve` as well; not told in the published document.
    :param anyone: served to callers without a token as well, ``call.who`` being None then; not told either.
    """
    status = 204 if gives is None and status == 200 else status  # noqa: PLR2004 - the usual one
    reply: dict[str, Any] = {"description": summary}
    if gives is not None:
        reply["content"] = {media: {"schema": dict(gives)}}
    whole: dict[str, Any] = {"operationId": name, "summary": summary, "parameters": list(parameters)}
    if takes is not None:
        body = {"schema": dict(takes)} | ({"example": example} if example is not None else {})
        whole["requestBody"] = {"required": True, "content": {taken: body}}
    if public:
        whole["security"] = []
    if anyone:
        whole["x-anyone"] = True
    if loose:
        whole["x-loose"] = True
    return whole | {"responses": {str(status): reply, "429": PROBLEM, "default": PROBLEM}}
