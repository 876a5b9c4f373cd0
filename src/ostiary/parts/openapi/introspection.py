"""What a GraphQL schema offers, from the answer to an introspection query: one operation, its fields kept beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ostiary.parts.openapi.recorded import FOUND, mappings

DIALECT: Final = "GraphQL"
EXTENSION: Final = "x-graphql"  # on the operation: {"query": {field: {...}}, "mutation": ..., "types": ...}
QUERY: Final = (
    "query { __schema { queryType { name } mutationType { name } subscriptionType { name } types { kind name"
    " fields(includeDeprecated: true) { name isDeprecated args { name defaultValue type { ...T } } type { ...T } }"
    " inputFields { name defaultValue type { ...T } } enumValues(includeDeprecated: true) { name }"
    " possibleTypes { name } } } }"
    " fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name"
    " ofType { kind name } } } } }"
)
_MOST_TYPES: Final = 3_000
_MOST_FIELDS: Final = 2_000
_WRAPS: Final = 8  # lists and non-nulls around a named type
_ROOTS: Final = (("query", "queryType"), ("mutation", "mutationType"), ("subscription", "subscriptionType"))


def is_one(document: Mapping[str, Any]) -> bool:
    """Whether a document is the answer to an introspection query, with or without the ``data`` around it."""
    return _schema(document) is not None


def document_of(answer: Mapping[str, Any] | None, *, path: str) -> dict[str, Any]:
    """A plain OpenAPI 3.1 document with the one operation that a GraphQL endpoint has (GraphQL over HTTP)."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "GraphQL", "version": "0"},
        "paths": {path: {"post": {**operation_of(answer), FOUND: True}}},
    }


def operation_of(answer: Mapping[str, Any] | None) -> dict[str, Any]:
    """The POST operation of an endpoint; without an answer it is one whose schema is not known."""
    schema = {
        "type": "object",
        "required": ["query"],
        "properties": {
            "query": {"type": "string", "examples": ["{ __typename }"]},
            "variables": {"type": ["object", "null"]},
            "operationName": {"type": ["string", "null"]},
        },
    }
    made: dict[str, Any] = {
        "summary": "GraphQL",
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"200": {"description": "data or errors", "content": {"application/json": {}}}},
    }
    found = _schema(answer or {})
    if found is not None:
        made[EXTENSION] = fields_of(found)
    return made


def fields_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of the root types and of all others, plain: ``{"query": {"user": {"args": {"id": "ID!"}, "type": "User"}},
    "mutation": {...}, "types": {"User": {"fields": {...}}, "Role": {"values": [...]}, "NewUser": {"inputs": {...}}}}``.
    """
    types = {str(each["name"]): each for each in mappings(schema.get("types"))[:_MOST_TYPES] if each.get("name")}
    made: dict[str, Any] = {}
    roots = set()
    for key, word in _ROOTS:
        root = schema.get(word)
        name = str(root.get("name")) if isinstance(root, Mapping) else ""
        roots.add(name)
        made[key] = dict(_fields(types.get(name, {}), "fields"))
    made["types"] = {
        name: _type(each) for name, each in types.items() if name not in roots and not name.startswith("__")
    }
    return made


def _type(plain: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"kind": str(plain.get("kind", ""))}
    if plain.get("fields"):
        made["fields"] = dict(_fields(plain, "fields"))
    if plain.get("inputFields"):
        made["inputs"] = {str(each.get("name")): written(each.get("type")) for each in mappings(plain["inputFields"])}
    if plain.get("possibleTypes") and made["kind"] in {"UNION", "INTERFACE"}:
        made["possible"] = [str(each.get("name")) for each in mappings(plain["possibleTypes"])]
    if plain.get("enumValues"):
        made["values"] = [str(each.get("name")) for each in mappings(plain["enumValues"])]
    return made


def _fields(plain: Mapping[str, Any], key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in mappings(plain.get(key))[:_MOST_FIELDS]:
        args = {str(one.get("name")): written(one.get("type")) for one in mappings(each.get("args"))}
        yield str(each.get("name")), {"args": args, "type": written(each.get("type"))}


def written(kind: Any) -> str:
    """A type as the schema language writes it: ``[User!]!``."""
    around = []
    for _ in range(_WRAPS):
        if not isinstance(kind, Mapping) or not kind.get("ofType"):
            break
        around.append(kind.get("kind"))
        kind = kind["ofType"]
    text = str(kind.get("name") or "?") if isinstance(kind, Mapping) else "?"
    for each in reversed(around):
        text = f"[{text}]" if each == "LIST" else f"{text}!"
    return text


def _schema(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    data = document.get("data")
    found = (data if isinstance(data, Mapping) else document).get("__schema")
    return found if isinstance(found, Mapping) and isinstance(found.get("types"), list) else None
