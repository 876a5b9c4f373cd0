"""What a document itself says of bodies: schemas as written, with all that describes and does not validate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ostiary.evidence import Spec
from ostiary.model import Operation, Schema
from ostiary.parts.seen.fields import resolve

DEEPEST = 5
MOST = 2_000  # properties of one body


def taken(operation: Operation) -> Iterator[Schema]:
    """The schemas of an operation's bodies."""
    yield from (each.schema for each in operation.consumes.values() if each.schema is not None)


def given(operation: Operation) -> Iterator[Schema]:
    """The schemas of its replies."""
    for content in operation.replies.values():
        yield from (each.schema for each in content.values() if each.schema is not None)


def properties(spec: Spec, schema: Schema) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The properties of a body at any depth, by name, as written."""
    written = resolve({"$ref": f"#{schema.pointer.removeprefix('#')}"}, spec.document) if schema.pointer else None
    root = spec.document if isinstance(written, Mapping) else schema.root
    stack: list[tuple[Any, int]] = [(written if isinstance(written, Mapping) else schema.fragment, 0)]
    left = MOST
    while stack and left:
        fragment, depth = stack.pop()
        found = resolve(fragment, root)
        if not isinstance(found, Mapping) or depth > DEEPEST:
            continue
        own = found.get("properties")
        for name, each in own.items() if isinstance(own, Mapping) else ():
            described = resolve(each, root)
            if isinstance(described, Mapping):
                left -= 1
                yield str(name), described
            stack.append((each, depth + 1))
        inner = [found.get("items"), *(each for word in ("allOf", "anyOf", "oneOf") for each in found.get(word) or ())]
        stack += [(each, depth + 1) for each in inner]
        if left <= 0:
            return
