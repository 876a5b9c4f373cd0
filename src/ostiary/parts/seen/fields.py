"""Fields of a reply held against its declared schema: those only ever written, and those a closed schema has no place for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ostiary.model import Operation, Schema

_MOST_DEEP: Final = 12


def schema_for(operation: Operation, status: int) -> Schema | None:
    """The JSON schema that the document declares for a status."""
    for key in (str(status), f"{str(status)[0]}XX", "default"):
        found = [media.schema for name, media in operation.replies.get(key, {}).items() if "json" in name]
        if found:
            return found[0]
    return None


def written_back(document: Any, operation: Operation, status: int) -> list[tuple[str, str]]:
    """(pointer, why) of fields that should not be there."""
    schema = schema_for(operation, status)
    return list(_compare(document, schema.fragment, schema.root, "", 0)) if schema else []


def _compare(value: Any, schema: Any, root: Mapping[str, Any], pointer: str, depth: int) -> Iterator[tuple[str, str]]:
    schema = resolve(schema, root)
    if not isinstance(schema, Mapping) or depth > _MOST_DEEP:
        return
    if isinstance(value, list):
        for at, each in enumerate(value[:5]):
            yield from _compare(each, schema.get("items"), root, f"{pointer}/{at}", depth + 1)
        return
    if not isinstance(value, dict):
        return
    for part in schema.get("allOf", ()):
        yield from _compare(value, part, root, pointer, depth + 1)
    properties = schema.get("properties", {})
    for name, each in value.items():
        here = f"{pointer}/{name}"
        if name not in properties:
            if schema.get("additionalProperties") is False and not schema.get("patternProperties"):
                yield here, "not declared, though the schema is closed"
            continue
        declared = resolve(properties[name], root)
        if isinstance(declared, Mapping) and declared.get("writeOnly") is True:
            yield here, "declared writeOnly"
        else:
            yield from _compare(each, declared, root, here, depth + 1)


def taken_by(operation: Operation) -> set[str]:
    """The names of all members, at whatever depth, that the document lets a client send to an operation."""
    found: set[str] = set()
    for media in operation.consumes.values():
        if media.schema is not None:
            _collect(media.schema.fragment, media.schema.root, found, 0)
    return found


def members_taken(operation: Operation) -> dict[str, Mapping[str, Any]]:
    """The members of an operation's body with their schemas: of its envelope, where it has one."""
    found: dict[str, Mapping[str, Any]] = {}
    for media in operation.consumes.values():
        if media.schema is not None:
            found |= _top(media.schema.fragment, media.schema.root, 0)
    return found


def _top(node: Any, root: Mapping[str, Any], depth: int) -> dict[str, Mapping[str, Any]]:
    node = resolve(node, root)
    if not isinstance(node, Mapping) or depth > _MOST_DEEP:
        return {}
    found: dict[str, Mapping[str, Any]] = {}
    for part in (*node.get("allOf", ()), *node.get("anyOf", ())[:1], *node.get("oneOf", ())[:1]):
        found |= _top(part, root, depth + 1)
    for name, each in node.get("properties", {}).items():
        declared = resolve(each, root)
        options = declared.get("anyOf", ()) if isinstance(declared, Mapping) else ()
        real = [resolve(option, root) for option in options if option != {"type": "null"}]
        declared = real[0] if len(real) == 1 else declared
        found[str(name)] = declared if isinstance(declared, Mapping) else {}
    if len(found) == 1 and "properties" in (inner := next(iter(found.values()))):
        return _top(inner, root, depth + 1)
    return found


def _collect(node: Any, root: Mapping[str, Any], found: set[str], depth: int) -> None:
    node = resolve(node, root)
    if not isinstance(node, Mapping) or depth > _MOST_DEEP:
        return
    for part in (*node.get("allOf", ()), *node.get("anyOf", ()), *node.get("oneOf", ()), node.get("items")):
        _collect(part, root, found, depth + 1)
    for name, each in node.get("properties", {}).items():
        if resolve(each, root) is not None and not (isinstance(each, Mapping) and each.get("readOnly") is True):
            found.add(str(name))
            _collect(each, root, found, depth + 1)


def declares(operation: Operation, status: int, pointer: str) -> bool:
    """Whether the declared schema names the field at a JSON pointer, as a member of one object: not one in a list."""
    schema = schema_for(operation, status)
    at = [schema.fragment] if schema else []
    for name in pointer.split("/")[1:]:
        at = [each for one in at for each in _members(one, name.replace("~1", "/").replace("~0", "~"), schema, 0)]
    return bool(at)


def _members(node: Any, name: str, schema: Schema | None, depth: int) -> Iterator[Any]:
    node = resolve(node, schema.root) if schema else None
    if not isinstance(node, Mapping) or depth > _MOST_DEEP:
        return
    if name in node.get("properties", {}):
        yield node["properties"][name]
    for part in (*node.get("allOf", ()), *node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _members(part, name, schema, depth + 1)


def resolve(schema: Any, root: Mapping[str, Any]) -> Any:
    """Follow local references, a bounded number of them."""
    for _ in range(16):
        if not isinstance(schema, Mapping) or not isinstance(schema.get("$ref"), str):
            return schema
        at: Any = root
        for part in schema["$ref"].removeprefix("#").split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            at = at.get(key) if isinstance(at, Mapping) else None
        schema = at
    return None
