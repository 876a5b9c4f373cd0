"""Where a document takes URLs is where somebody has to look what is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ostiary.evidence import Spec
from ostiary.model import Finding, Operation, Place, not_applicable, unknown
from ostiary.parts.seen.addressed import is_url
from ostiary.parts.seen.fields import resolve

_DEEPEST: Final = 6


async def audit_spec(spec: Spec) -> Finding:
    """Name the parameters and members that are URLs; whether they are fetched, no document says."""
    found = []
    for operation in spec.api.operations:
        names = list(dict.fromkeys(_urls(operation)))
        found += [spec.at(operation.pointer, f"{name} of {operation.key} is a URL of the caller's") for name in names]
    if not found:
        return not_applicable("no parameter and no member of a body is a URL by its format or name")
    return unknown(
        f"{len(found)} URLs come from callers; whether and how they are fetched, no document says", *found[:5]
    )


def _urls(operation: Operation) -> Iterator[str]:
    for each in operation.parameters:
        if each.place is Place.QUERY and each.schema is not None:
            schema = resolve(each.schema.fragment, each.schema.root)
            if _is_text(each.name, schema):
                yield each.name
    for media in operation.consumes.values() if operation.method != "GET" else ():
        if media.schema is not None:
            yield from _members(media.schema.fragment, media.schema.root, 0)


def _members(node: Any, root: Mapping[str, Any], depth: int) -> Iterator[str]:
    node = resolve(node, root)
    if not isinstance(node, Mapping) or depth > _DEEPEST:
        return
    for name, each in node.get("properties", {}).items():
        if _is_text(name, resolve(each, root)):
            yield name
        else:
            yield from _members(each, root, depth + 1)
    for part in (node.get("items"), *node.get("allOf", ()), *node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _members(part, root, depth + 1)


def _is_text(name: str, schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("type", "string") == "string" and is_url(name, schema)
