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
