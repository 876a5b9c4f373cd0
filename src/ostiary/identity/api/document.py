"""The OpenAPI document is made of the tables that routes are made of, so that it cannot say anything else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ostiary.identity.flows import standing
from ostiary.identity.web import Call
from ostiary.problem import MEDIA_TYPE, title
from ostiary.strict import schemas_of

__all__ = ["document"]

_PLACE: Final = "#/components/schemas/"
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "A refusal (RFC 9457).",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "maxLength": 200},
        "title": {"type": "string", "maxLength": 200},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "maxLength": 500},
        "instance": {"type": "string", "maxLength": 100},
        "needs": {"type": "string", "enum": ["fresh", "factor", "password", *standing.LIMITS]},
        "challenge": {"type": "object", "description": "A proof of work to solve.", "additionalProperties": True},
        "errors": {
            "type": "array",
            "maxItems": 20,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "pointer": {"type": "string", "maxLength": 300},
                    "rule": {"type": "string", "maxLength": 300},
                },
            },
        },
    },
    "additionalProperties": False,
}
_ALWAYS: Final = (429, 503)
_BY_ACCESS: Final = {
    "public": (403,),  # a captcha is asked for, or the call comes from another site
    "pending": (401, 403),
    "session": (401, 403),
    "fresh": (401, 403),
    "operator": (401, 403, 404),
}
_BRACED: Final = re.compile(r"{([a-z_]+)}")
_LONGEST_NAME: Final = 400


def document(
    calls: Sequence[Call], *, issuer: str, name: str, version: str, extra: Mapping[str, Any]
) -> dict[str, Any]:
    """Make the document (OpenAPI 3.1).

    :param issuer: the public URL, which is the only server.
    :param name: what the service is called.
    :param extra: path items of what is no call: the OAuth endpoints.
    """
    kinds: list[Any] = [kind for call in calls for kind in (call.takes, call.gives) if kind is not None]
    references, named = schemas_of(kinds, _PLACE)
    reference = dict(zip(map(id, kinds), references, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for call in calls:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call, reference)
    for path, item in extra.items():
        paths.setdefault(path, {}).update(item)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{name} accounts", "version": version, "description": "Accounts, sign-in and OAuth 2.1."},
        "servers": [{"url": issuer}],
        "paths": paths,
        "components": {
            "schemas": {**named, "Problem": _PROBLEM},
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-session"},
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "client": {"type": "http", "scheme": "basic", "description": "A client's id and secret (RFC 6749)."},
            },
        },
    }


def _operation(call: Call, reference: Mapping[int, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": _identifier(call),
        "summary": call.summary,
        "tags": [call.path.strip("/").partition("/")[0]],
        "security": [] if call.access == "public" else [{"session": []}],
        "responses": _responses(call, reference),
    }
    parameters = [_in_path(name) for name in _BRACED.findall(call.path)]
    parameters += [{"name": each, "in": "query", "schema": dict(schema)} for each, schema in call.query.items()]
    if parameters:
        made["parameters"] = parameters
    if call.takes is not None:
        made["requestBody"] = {"required": True, "content": {call.accepts: {"schema": reference[id(call.takes)]}}}
    elif call.accepts != "application/json":
        made["requestBody"] = {"required": True, "content": {each: {} for each in call.accepts.split(", ")}}
    return made


def _responses(call: Call, reference: Mapping[int, Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": title(call.status)}
    if call.gives is not None:
        good["content"] = {"application/json": {"schema": reference[id(call.gives)]}}
    refusals = {*_ALWAYS, *_BY_ACCESS[call.access], *call.refusals}
    if call.takes is not None:
        refusals |= {400, 413, 415, 422}
    if call.query:
        refusals.add(400)
    if _BRACED.search(call.path):
        refusals.add(404)
    problem = {MEDIA_TYPE.decode(): {"schema": {"$ref": f"{_PLACE}Problem"}}}
    return {
        str(call.status): good,
        **{str(each): {"description": title(each), "content": problem} for each in sorted(refusals)},
    }


def _in_path(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "maxLength": _LONGEST_NAME}
    if name == "id":
        schema = {"type": "string", "format": "uuid", "maxLength": 36}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _identifier(call: Call) -> str:
    words = [word for word in re.split(r"[^a-z0-9]+", call.path.lower()) if word]
    return call.method.lower() + "".join(word.capitalize() for word in words)
